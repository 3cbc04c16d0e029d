"""Rules by themselves at the command line: checked and tested without any account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from textwrap import shorten

from bridge.cli.editors import diagnostics
from bridge.cli.errors import FINDINGS, GOOD, in_numbers, print_findings
from bridge.cli.output import complain, counted, print_json, say
from bridge.cli.output import spoken as spoken_line
from bridge.model.errors import BridgeError
from bridge.model.findings import Finding, Level, fails
from bridge.model.wording import worded
from bridge.store import Store
from bridge.wiring.rule_files import load_rules_at, spoken_at
from bridge.wiring.rule_history import database_path
from bridge.wiring.workspaces import settings_here
from bridge.words import lines_of, said, spoken
from rules import manual
from rules.coverage import Coverage, Seen, coverage
from rules.manual import Page
from rules.rule_tests import TestResult, rules_without_test, run_tests
from rules.ruleset import RuleSet
from rules.schema import schema

_KINDS = {
    "trigger": worded("a trigger: what wakes a rule"),
    "action": worded("an action: what a rule does"),
    "comparison": worded("a comparison: how a condition looks at a fact"),
    "filter": worded("a filter: how a text shows a value"),
    "type": worded("a type of facts"),
    "key": worded("a key of a rule"),
}
"""What each kind of element is, by its word in the manual."""


_FEW = 7
"""So many lines of findings and notes leave the last line in sight."""
_ALIKE = 2
"""So many notes of one kind are told one by one; more stand below a title of theirs."""
_WIDE = 160
"""So much of an effect is shown; its whole text stands in --json."""


class Form(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    LSP = "lsp-json"


def check_rules(path: Path, form: Form, language: str) -> int:
    """Prints what is wrong with the rules at a path; the exit code is 1 from a warning upwards."""
    read = load_rules_at(path)
    if form is Form.LSP:  # an editor asks at every change, and shows what stands wrong in the file: no test is run
        told = (spoken(finding, language) for finding in (*read.findings, *read.notes))
        print_json(diagnostics(told, read.texts or {}))
        return FINDINGS if fails(read.findings) else GOOD
    tested = run_tests(read.ruleset, read.tests) if read.ruleset is not None else []
    findings, notes = [*read.findings, *red(tested)], [*read.unchecked, *read.notes]
    if form is Form.TEXT:
        tell_first(in_numbers(findings) if findings else worded("all is well"), findings, notes, language)
    tell_notes(notes, language)
    print_findings(findings, as_json=form is Form.JSON, language=language)
    if form is Form.TEXT and read.ruleset is not None:
        tell_coverage(read.ruleset, tested, language)
    if not findings and form is Form.TEXT:
        say(said("all is well", language))
    return FINDINGS if fails(findings) else GOOD


def red(results: Iterable[TestResult]) -> Iterator[Finding]:
    """One finding for all the red tests, at the first of them: with them `bridge apply` puts nothing in force."""
    failed = [result for result in results if not result.passed]
    if failed:
        what = worded("{tests} failed", tests=counted(len(failed), "test"))
        yield Finding(failed[0].where, "red-test", what, "run: bridge test")


def tell_first(answer: str, findings: Sequence[Finding], notes: Sequence[Finding], language: str) -> None:
    """Prints the answer ahead of what is found, where complaints go, when that may push its last line out of sight."""
    if len([*lines_of(findings, language), *lines_of(notes, language)]) > _FEW:
        complain(answer, language)


def tell_notes(notes: Iterable[Finding], language: str) -> None:
    """Prints what is for reading only, where complaints go: it is no answer, and fails nothing."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for note in notes:
        alike.setdefault((note.code, note.see), []).append(note)
    for (code, page), those in alike.items():
        if len(those) <= _ALIKE:
            for line in lines_of(those, language):
                complain(line)
            continue
        title = worded("[{code}] {notes}", notes=in_numbers(those), code=code)
        complain(
            worded("{title}; {see}", title=title, see=worded("see: {page}", page=page)) if page else title, language
        )
        for line in lines_of([replace(one, see="") for one in those], language):
            complain(f"    {line.replace(f'{said(worded(Level.NOTE.value), language)}: [{code}] ', '', 1)}")


def tell_coverage(ruleset: RuleSet, results: Sequence[TestResult], language: str) -> None:
    """One line, where complaints go, when there are tests and parts of rules that none of them exercises."""
    found = coverage(ruleset, _seen(results)) if results else None
    if found is not None and found.unseen:
        said_ = worded(
            "tests exercise {percent} % of the rules; the rest: bridge test --coverage", percent=found.percent
        )
        complain(said_, language)


def test_rules(path: Path, as_json: bool, covered: bool, language: str) -> int:
    """Runs the tests at a path; the exit code is 1 when one is red, or the rules cannot be read.

    With `covered`, also names the parts of rules that were never exercised, in these tests or in life as far as the
    database here tells of it.
    """
    read = load_rules_at(path)
    if read.ruleset is None:
        print_findings(read.findings, as_json=as_json, language=language)
        if not read.findings:
            tell_notes(read.unchecked, language)
            complain(worded("no test was run: the rules name what is declared elsewhere"), language)
        return FINDINGS
    results = run_tests(read.ruleset, read.tests)
    untested = rules_without_test(read.ruleset, results)
    made = coverage(read.ruleset, _seen(results, _life(read.ruleset)), "" if as_json else language) if covered else None
    if as_json:
        answer: dict[str, object] = {"tests": [_plain(result) for result in results], "rules_without_test": untested}
        if made is not None:
            unseen = [{"where": str(part.where), "what": part.what} for part in made.unseen]
            answer["coverage"] = {"parts": made.parts, "percent": made.percent, "never_exercised": unseen}
        print_json(answer)
    else:
        _tell(results, untested, language)
        for line in _covered(made):
            say(line, language)
    return GOOD if all(result.passed for result in results) else FINDINGS


def explain(word: str, as_json: bool, language: str) -> int:
    """Prints the manual page of every element with that word: its frame in that language, the rest in English."""
    found = manual.find(word)
    if as_json:
        print_json([asdict(page) for page in found])
        return GOOD
    for line in (line for page in found for line in _page(page, language)):
        say(line, language)
    return GOOD


def write_schema(path: Path) -> int:
    """Prints the JSON Schema of the rules at a path: with their own names, or without any while they cannot be read."""
    read = load_rules_at(path)
    print_json(schema(read.names))
    if read.names is not None:
        return GOOD
    print_findings(read.findings, language=spoken_at(path))
    return FINDINGS


def _page(page: Page, language: str) -> Iterator[str]:
    kind = _KINDS[page.kind]
    title = "{word} ({kind}): not carried out by this version" if page.missing else "{word} ({kind})"
    yield from (worded(title, word=page.word, kind=kind), "", said(page.summary, language), *page.facts)
    if page.example:
        yield from ("", worded("An example:"), *(f"    {line}" for line in page.example.splitlines()))
    if (page.details or page.keys) and language != "en":
        yield from ("", worded("More, in English:"))
    if page.details:
        yield from ("", page.details)
    if page.keys:
        yield from ("", worded("Keys:"))
    for key in page.keys:
        yield worded(
            "  {key}: {said}" if key.needed else "  {key}: {said} (may be left out)", key=key.word, said=key.said
        )
    yield ""


def _seen(results: Sequence[TestResult], life: Seen | None = None) -> Seen:
    seen = Seen()
    for one in (*(result.seen for result in results), *([life] if life is not None else [])):
        seen.add(one)
    return seen


def _life(ruleset: RuleSet) -> Seen:
    """What the database here tells of these rules at work; nothing where there is none."""
    seen = Seen()
    with suppress(BridgeError):
        settings = settings_here()
        if database_path(settings).is_file():
            with closing(Store(settings.database_url)) as store:
                seen.evaluations(store.newest_traces(), ruleset)
                seen.texts |= store.texts_said()
    return seen


def _covered(made: Coverage | None) -> Iterator[str]:
    if made is not None:
        for part in made.unseen:
            yield worded("{where}: never exercised: {what}", where=str(part.where), what=part.what)
        yield worded(
            "{percent} % of {parts} parts exercised, in tests or in life", percent=made.percent, parts=made.parts
        )


def tell_red(results: Iterable[TestResult], language: str) -> None:
    """Prints each red test where complaints go: its place and name, then what it wanted and under that what it got."""
    titles = [said(worded(title), language) for title in ("wanted:", "got:")]
    width = max(map(len, titles))
    for result in results:
        if not (result.wanted or result.got):
            complain(result.message, language)
            continue
        complain(worded("{where}: {name}", where=str(result.where), name=result.name), language)
        for title, effects in zip(titles, (result.wanted, result.got), strict=True):
            told = [shorten(spoken_line(one, language), _WIDE, placeholder=" …") for one in effects]
            for number, line in enumerate(told or [said(worded("nothing"), language)]):
                complain(f"    {'' if number else title:{width}} {line}")


def _plain(result: TestResult) -> dict[str, object]:
    return {
        "name": result.name,
        "passed": result.passed,
        "file": result.where.file,
        "line": result.where.line,
        "column": result.where.column,
        "message": result.message,
        "wanted": list(result.wanted),
        "got": list(result.got),
        "fired": sorted(result.fired),
    }


def _tell(results: Sequence[TestResult], untested: Sequence[str], language: str) -> None:
    red = [result for result in results if not result.passed]
    tell_red(red, language)
    if untested:
        say(worded("no test runs: {rules}", rules=list(untested)), language)
    tests = counted(len(results), "test")
    say(
        worded("{tests}, {green} passed, {red} failed", tests=tests, green=len(results) - len(red), red=len(red)),
        language,
    )
