"""`bridge explain`: a rule told in plain sentences, or the manual page of a word of the language."""

from __future__ import annotations

from pathlib import Path

from bridge.cli import rulebook
from bridge.cli.errors import FINDINGS, GOOD, USAGE, print_findings
from bridge.cli.output import complain, print_json, say
from bridge.cli.room import told_here
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from bridge.wiring.agency import load_agency
from bridge.wiring.rule_files import load_rules_at
from bridge.wiring.settings import load_settings
from rules import manual
from rules.printing import printed
from rules.ruleset import Rule, RuleSet
from rules.telling import tell_rule


def explain(word: str, path: Path | None, language: str, as_json: bool, as_yaml: bool = False) -> int:
    """Prints what a rule does in that language (the workspace's own for ""), or what a word of rules means.

    With `as_yaml` the rule itself, as it was understood.
    """
    if path is None and not as_yaml and manual.find(word):
        return rulebook.explain(word, as_json, language or told_here())
    ruleset = _ruleset(path, language)
    if ruleset is None:
        return FINDINGS
    rule = next((rule for rule in ruleset.rules if rule.id == word), None)
    if rule is None:
        names = [*(rule.id for rule in ruleset.rules), *(page.word for page in manual.pages())]
        words = 'no rule and no word of rules is called "{word}"; {advice}'
        complain(worded(words, word=word, advice=did_you_mean(word, names)), language or ruleset.defaults.language)
        return USAGE
    if as_yaml:
        say(printed(rule).rstrip())
        return GOOD
    _tell(rule, ruleset, language or ruleset.defaults.language, as_json)
    return GOOD


def _ruleset(path: Path | None, language: str) -> RuleSet | None:
    """The rules at a path, else those of the config folder; None after printing what is wrong with them."""
    if path is not None:
        read = load_rules_at(path)
        ruleset, findings = read.ruleset, list(read.findings)
    else:
        agency, findings = load_agency(load_settings().config_dir)
        ruleset = agency.ruleset if agency else None
    if ruleset is None:
        print_findings(findings, language=language or told_here())
    return ruleset


def _tell(rule: Rule, ruleset: RuleSet, language: str, as_json: bool) -> None:
    lines = tell_rule(rule, ruleset, language)
    if as_json:
        print_json({"rule": rule.id, "name": rule.name, "language": language, "lines": list(lines)})
        return
    for line in lines:
        say(line)
