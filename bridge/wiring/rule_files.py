"""Rule files by their path: of a whole config folder, or alone, when nothing else of the configuration is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Position
from bridge.model.wording import worded
from bridge.wiring.agency import ENGINE_TEXTS, FREE_NAMES, load_agency, read_blob, spoken_in
from bridge.wiring.shape_values import LANGUAGES
from rules.load import Context, load_rules
from rules.names import Known
from rules.ruleset import RuleSet
from rules.written_tests import RawTest

_MANUAL = "docs/reference/configuration.md"
_DEEPEST = 3
"""How far up a config folder is looked for: config/rules/sales/lead.yaml."""


@dataclass(frozen=True, slots=True)
class RulesAt:
    """What was read at a path. `ruleset` is None while any finding is an error.

    `unchecked` are notes on names that only the rest of the configuration could check, `notes` what is worth reading
    about rules that are in order; `texts` the files as they were read, by the name that findings give them; `names`
    what the files may name.
    """

    ruleset: RuleSet | None
    findings: tuple[Finding, ...]
    unchecked: tuple[Finding, ...] = ()
    tests: tuple[RawTest, ...] = ()
    texts: Mapping[str, bytes] | None = None
    names: Known | None = None
    notes: tuple[Finding, ...] = ()


def load_rules_at(path: Path) -> RulesAt:
    """The rules in a file or a folder, with the config folder it belongs to; alone where there is none.

    A path where nothing is to be read is a finding like any other.
    """
    home = _config_folder(path)
    try:
        return _alone(path) if home is None else _of(home, path)
    except ConfigError as error:
        return RulesAt(None, tuple(error.findings))


def spoken_at(path: Path) -> str:
    """The language of the config folder that a path belongs to; English where there is none."""
    home = _config_folder(path)
    return "en" if home is None else spoken_in(home)


def _config_folder(path: Path) -> Path | None:
    here = path if path.is_dir() else path.parent
    names = [here, *here.parents] if here.is_absolute() else [here, *here.parents, *here.resolve().parents]
    return next((folder for folder in names[:_DEEPEST] if (folder / "bridge.yaml").is_file()), None)


def _alone(path: Path) -> RulesAt:
    blobs: dict[str, bytes] = {}
    findings: list[Finding] = []
    for file in _files(path):
        try:
            blobs[file.as_posix()] = read_blob(file)
        except OSError as error:
            what = worded("{name} cannot be read: {reason}", name=file.as_posix(), reason=error.strerror)
            findings.append(Finding(Position(file.as_posix()), "unreadable-file", what))
    around = Context(languages=LANGUAGES, names=FREE_NAMES, texts=ENGINE_TEXTS, tzdata=version("tzdata"), alone=True)
    loaded = load_rules(list(blobs.items()), around)
    every = tuple(sorted({*findings, *loaded.findings}))
    ruleset = None if findings else loaded.ruleset
    return RulesAt(ruleset, every, loaded.unchecked, loaded.tests, blobs, loaded.names, loaded.notes)


def _of(home: Path, path: Path) -> RulesAt:
    """Everything in the folder counts; what is told and tested is what stands at the path."""
    agency, findings = load_agency(home)
    here = [finding for finding in findings if _is_at(finding.where.file, path)]
    if agency is None:
        return RulesAt(None, tuple(here or findings), texts=_texts(findings))
    tests = tuple(test for test in agency.tests if _is_at(test.places.position(test.path).file, path))
    notes = tuple(note for note in agency.notes if _is_at(note.where.file, path))
    return RulesAt(agency.ruleset, tuple(here), (), tests, _texts([*findings, *notes]), agency.names, notes)


def _texts(findings: Iterable[Finding]) -> dict[str, bytes]:
    files = {finding.where.file for finding in findings}
    return {name: read_blob(Path(name)) for name in sorted(files) if Path(name).is_file()}


def _is_at(file: str, path: Path) -> bool:
    return Path(file).resolve().is_relative_to(path.resolve())


def _files(path: Path) -> list[Path]:
    """The file itself, or the YAML files of the folder and its subfolders in order of their names."""
    if path.is_file():
        return [path]
    if not path.exists():
        raise _nothing(path, worded("{name} is not there", name=path.as_posix()))
    found = [
        file
        for file in sorted(path.rglob("*"))
        if file.suffix in (".yaml", ".yml") and file.is_file() and not file.name.startswith(".")
    ]
    if not found:
        raise _nothing(path, worded("no .yaml file is in {name}", name=path.as_posix()))
    return found


def _nothing(path: Path, what: str) -> ConfigError:
    advice = "name a file with rules, or a folder of such files"
    return ConfigError([Finding(Position(path.as_posix()), "missing-file", what, advice, _MANUAL)])
