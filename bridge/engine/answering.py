"""Answers to people's questions about rules: `/чому RULE`, `/почему RULE`, `/why RULE` in a comment on a card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from bridge.engine.context import Context
from bridge.engine.routing import put_out
from bridge.engine.snapshots import snapshot_of
from bridge.model.decisions import CommentCard
from bridge.model.events import Cause, Event
from bridge.model.planning import Wanted
from bridge.store.intake import Intake
from rules.facts import Facts
from rules.ruleset import Rule
from rules.telling import Teller
from rules.verdicts import Verdicts

QUESTIONS: Mapping[str, str] = {"/чому": "uk", "/почему": "ru", "/why": "en"}
"""The commands that ask, each with the language of its answer."""
_UNSEEN = "\u200b"
_FEW = 3
"""So many rules are offered where the one asked for is not known."""


def asks_why(event: Event) -> bool:
    """Whether somebody of the staff asks about a rule on a card."""
    command = str(event.data.get("command", "")).casefold()
    return event.kind == "command" and event.data.get("where") == "card" and command in QUESTIONS


def answer_why(intake: Intake, context: Context, event: Event) -> None:
    """Puts the answer into the outbox, as a comment on the card. Each question is answered once."""
    client = intake.client_of(event.subject) if event.subject else ""
    if not client:
        return
    command = str(event.data["command"]).casefold()
    asked = str(event.data.get("text", ""))
    text = "\n".join(why(intake, context, client, event.subject, asked, QUESTIONS[command], command))
    wanted = Wanted(f"why:{event.id}", CommentCard(as_it_stands(text)), event.subject, Cause("", "", event.id))
    put_out(intake, context, wanted, client)


def why(
    intake: Intake, context: Context, client: str, subject: str, asked: str, language: str, command: str
) -> Iterator[str]:
    """The lines that answer why the rule `asked` for did or did not act for a subject of a client, as of now.

    `command` is how it was asked: it is named where the rule is not.
    """
    ruleset, directory = context.ruleset, context.office.directory
    state = intake.client_state(client)
    facts = Facts(snapshot_of(state, context), ruleset, directory, intake.now)
    verdicts = Verdicts(Teller(ruleset, language, directory), facts)
    asked = asked.strip()
    rule = ruleset.called(asked) or _by_a_part(asked, ruleset.rules)
    if rule is None:
        near = _nearest(asked, ruleset.rules)
        key = "no such rule" if asked else "nobody asked"
        yield verdicts.say(key, rule=asked, command=command, rules=", ".join(near))
        return
    trace = intake.newest_trace(rule.id, [subject.id for subject in state.subjects])
    if trace is not None:
        yield from verdicts.told(trace, rule)
    else:
        happened = [one for one in state.events if not asks_why(one)]
        yield from verdicts.never(rule, happened, subject)
    yield from verdicts.steps(state.timers, rule)


def last_heard_of(intake: Intake, context: Context, client: str, most: int = 6) -> list[Rule]:
    """The rules that were last evaluated for a client, newest first."""
    subjects = [subject.id for subject in intake.client_state(client).subjects]
    traces = [(intake.newest_trace(rule.id, subjects), rule) for rule in context.ruleset.rules]
    found = sorted(((trace.at, rule.id, rule) for trace, rule in traces if trace is not None), reverse=True)
    return [rule for _at, _id, rule in found[:most]]


def _by_a_part(asked: str, rules: Sequence[Rule]) -> Rule | None:
    """The only rule whose id or name has that in it."""
    wanted = asked.casefold()
    found = [rule for rule in rules if wanted and (wanted in rule.id.casefold() or wanted in rule.name.casefold())]
    return found[0] if len(found) == 1 else None


def _nearest(asked: str, rules: Sequence[Rule]) -> list[str]:
    """The ids of the few rules whose id or name comes nearest to what was asked for."""

    def unlike(rule: Rule) -> float:
        names = (rule.id.casefold(), rule.name.casefold())
        return -max(SequenceMatcher(None, asked.casefold(), name).ratio() for name in names)

    return [rule.id for rule in sorted(rules, key=unlike)[:_FEW]]


def as_it_stands(text: str) -> str:
    """Markdown that shows the text letter by letter, with its indents, and calls nobody."""
    return f"```\n{text.replace('`', chr(39)).replace('@', '@' + _UNSEEN)}\n```"
