"""`bridge explain`: a rule told in plain sentences, or the manual page of a word of the language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bridge.cli import rulebook
from bridge.cli.errors import FINDINGS, GOOD, USAGE, print_findings
from bridge.cli.output import complain, print_json, say
from bridge.cli.room import told_here
from bridge.model.fields import FieldSpec
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from bridge.wiring.agency import load_agency
from bridge.wiring.rule_files import load_rules_at
from bridge.wiring.workspaces import settings_here
from bridge.words import said
from rules import manual
from rules.flaws import same_key
from rules.lengths import meant_length, parse_length
from rules.printing import printed
from rules.ruleset import Gate, Rule, RuleSet
from rules.telling import Teller, tell_rule


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
    if rule is None and not as_yaml and (meant := _Name(word, ruleset, language or ruleset.defaults.language)).known:
        return meant.tell(as_json)
    if rule is None:
        names = [*(rule.id for rule in ruleset.rules), *(page.word for page in manual.pages())]
        names += [*ruleset.fields, *(f"gate.{name}" for name in ruleset.gates)]
        words = 'no rule and no word of rules is called "{word}"; {advice}'
        nearest = same_key(word) or meant_length(word)
        advice = worded('did you mean "{name}"?', name=nearest) if nearest else did_you_mean(word, names)
        complain(worded(words, word=word, advice=advice), language or ruleset.defaults.language)
        return USAGE
    if as_yaml:
        say(printed(rule).rstrip())
        return GOOD
    _tell(rule, ruleset, language or ruleset.defaults.language, as_json)
    return GOOD


class _Name:
    """A word that rules are written with and that is no element: a length, a fact or a gate."""

    def __init__(self, word: str, ruleset: RuleSet, language: str) -> None:
        self._word, self._ruleset, self._language = word, ruleset, language
        self._teller = Teller(ruleset, language)
        self.family, self.lines = "", list[str]()
        gate = ruleset.gates.get(word.removeprefix("gate."))
        spec = ruleset.fields.get(word)
        self._has_page = spec is not None
        if spec is not None:
            self.family, self.lines = spec.type.value, list(self._fact(spec))
        elif gate is not None:
            self.lines = list(self._gate(gate))
        else:
            with suppress(ValueError):
                told = self._teller.span(parse_length(word))
                self.family, self.lines = "length", [worded("{word}: {told}", word=word, told=told)]

    @property
    def known(self) -> bool:
        """Whether it is one of these."""
        return bool(self.lines)

    def tell(self, as_json: bool) -> int:
        """Prints what it is, then for a fact the page of its type; gives the exit code."""
        if as_json:
            told = [said(line, self._language) for line in self.lines]
            print_json({"word": self._word, "language": self._language, "family": self.family, "lines": told})
            return GOOD
        for line in self.lines:
            say(line, self._language)
        if not self.family or not self._has_page:
            return GOOD
        say("")
        return rulebook.explain(self.family, False, self._language)

    def _fact(self, spec: FieldSpec) -> Iterator[str]:
        yield worded("{word}, a fact: {title}", word=spec.key, title=self._teller.title(spec.key))
        if spec.source == "bridge":
            yield worded("rules set it")
        else:
            yield worded("read from {source}", source=spec.source)
        if spec.write_to:
            yield worded("written to {names}", names=list(spec.write_to))
        if spec.choices:
            yield worded("one of: {names}", names=list(spec.choices))

    def _gate(self, gate: Gate) -> Iterator[str]:
        yield worded("{word}, a gate: {title}", word=f"gate.{gate.id}", title=gate.name.get(self._language, gate.id))
        yield worded("it is open when all of this is there:")
        for need in gate.needs:
            who = self._teller.role(need.owed_by)
            yield worded("  • {need}; owed by: {who}", need=need.say.get(self._language, ""), who=who)


def _ruleset(path: Path | None, language: str) -> RuleSet | None:
    """The rules at a path, else those of the config folder; None after printing what is wrong with them."""
    if path is not None:
        read = load_rules_at(path)
        ruleset, findings = read.ruleset, list(read.findings)
    else:
        agency, findings = load_agency(settings_here().config_dir)
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
