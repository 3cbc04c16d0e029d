"""The config folder as it was taken over: whole files into the history, and an agency out of them again."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from bridge.model.findings import Finding
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.rule_sets import TakenOver, last_rule_set
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.settings import Settings
from bridge.wiring.writing import write_files
from rules.rule_tests import run_tests

_SUFFIXES = (".yaml", ".yml")


def files_of(folder: Path) -> dict[str, str]:
    """Every YAML file of a config folder by its name within it. What cannot be read as text is left out."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file() and not path.name.startswith("."):
            with suppress(OSError, UnicodeDecodeError):
                found[path.relative_to(folder).as_posix()] = path.read_bytes().decode()
    return found


def agency_of(files: Mapping[str, str], folder: Path) -> tuple[Agency | None, list[Finding]]:
    """The agency that these files say. Templates of documents are those of the config folder: only files are kept."""
    with TemporaryDirectory(prefix="bridge-rules-") as made:
        here = Path(made)
        for name in sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else ():
            copytree(folder / name, here / name, ignore=lambda _folder, names: [n for n in names if _is_yaml(n)])
        put_back(files, here)
        agency, findings = load_agency(here, shown=folder)
        if agency is None:
            return None, findings
        return replace(agency, folder=folder, templates=folder / agency.templates.relative_to(here)), findings


def put_back(files: Mapping[str, str], folder: Path) -> None:
    """Writes the files into a folder as they were taken over; YAML files that were not there then are removed.

    Raises BridgeError, with the folder as it was, where it cannot be written.
    """
    write_files({folder / name: text for name, text in files.items()})
    for name in files_of(folder).keys() - files.keys():
        (folder / name).unlink()


def note_start(store: Store, agency: Agency, now: datetime) -> None:
    """Notes what a process starts with, when it is not what was in force."""
    known, files = store.in_force(), files_of(agency.folder)
    if known is None or known.hash != agency.ruleset.hash or dict(known.files) != files:
        store.take_over(agency.ruleset.hash, files, how="start", by=whoever(), at=now)


def red_tests(settings: Settings, agency: Agency) -> list[Finding]:
    """The tests of the rules that are red, when these rules would follow others. The very first follow none to keep."""
    taken = last_rule_set(database_path(settings))
    if taken is None or (taken.hash == agency.ruleset.hash and dict(taken.files) == files_of(agency.folder)):
        return []
    return [
        Finding(result.where, "red-test", worded("a test is red: {test}", test=result.what), "run: bridge test")
        for result in run_tests(agency.ruleset, agency.tests)
        if not result.passed
    ]


def last_good(settings: Settings) -> tuple[TakenOver, Agency] | None:
    """The rules that were in force last, and the agency they make; None where there are none that can be read."""
    taken = last_rule_set(database_path(settings))
    agency = agency_of(taken.files, settings.config_dir)[0] if taken is not None else None
    return (taken, agency) if taken is not None and agency is not None else None


def database_path(settings: Settings) -> Path:
    """The file of the database."""
    return Path(settings.database_url.partition(":///")[2]).expanduser()


def whoever() -> str:
    """The user of this machine by name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "?"


def _is_yaml(name: str) -> bool:
    return Path(name).suffix in _SUFFIXES
