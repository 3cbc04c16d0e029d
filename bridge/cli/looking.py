"""`bridge why`: what was evaluated about somebody, and what would have changed the answer."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bridge.cli.errors import GOOD, USAGE
from bridge.cli.output import complain, print_json, say
from bridge.cli.room import store_to_read
from bridge.model.decisions import Decision, LabelCard, SendMessage, plain_decision
from bridge.model.findings import did_you_mean
from bridge.model.planning import Outcome, Trace
from bridge.model.values import moment_text
from bridge.store import Store

_SAID = {
    Outcome.FIRED: "fired",
    Outcome.CONDITION_FALSE: "did not fire: its condition was false",
    Outcome.NOT_KNOWN: "did not fire: its condition is not known",
    Outcome.REFUSED: "did not get the event: a guard refused it",
    Outcome.REPEAT: "did not fire again: held by repeat",
    Outcome.CANCELLED: "was called off by its unless",
    Outcome.DISABLED: "did nothing here",
    Outcome.SHADOW: "would have fired (shadow)",
    Outcome.LATER: "waits for its time",
    Outcome.SILENT: "said nothing: the text would not have been true",
    Outcome.MISSED: "missed its time",
    Outcome.LOOP: "was stopped: the chain of rules is too long",
    Outcome.NO_SUBJECT: "had nobody to act for",
}


def shown_decision(decision: Decision) -> str:
    """A decision in a few words."""
    if isinstance(decision, SendMessage):
        return f"{decision.template or 'message'} to {decision.to}"
    if isinstance(decision, LabelCard):
        return f"{'put label on' if decision.present else 'take label off'}: {decision.label[:60]}"
    plain = plain_decision(decision)
    named = next(
        (
            str(plain[name])
            for name in ("title", "name", "list", "label", "record", "template", "text")
            if plain.get(name)
        ),
        "",
    )
    kind = decision.kind.replace("_", " ")
    return f"{kind}: {named[:60]}" if named else kind


def find_subjects(store: Store, who: str) -> list[str]:
    """Clients and deals that a person may mean: by local id, by name, by a card's name or address."""
    wanted = who.strip().casefold()
    found: list[str] = []
    for subject in store.subjects():
        if subject.id == wanted:
            return [subject.id]
        state = store.load_client(subject.client)
        for record in state.records.get(subject.id, ()):
            name = str(record.fields.get("name", "")).casefold()
            url = record.url.casefold()
            if wanted and (wanted == name or (url and wanted == url) or (len(wanted) > 3 and wanted in name)):
                found.append(subject.id)
    return list(dict.fromkeys(found))


def names_of(store: Store, clients: Iterable[str]) -> dict[str, str]:
    """Clients' names by local id, as far as any record tells one."""
    found: dict[str, str] = {}
    for client in sorted(set(clients) - {""}):
        records = (record for records in store.load_client(client).records.values() for record in records)
        name = next((str(record.fields["name"]) for record in records if record.fields.get("name")), "")
        if name:
            found[client] = name
    return found


def nobody(store: Store, who: str) -> str:
    """That a name is nobody's, with the nearest known one."""
    names = {
        str(record.fields["name"])
        for client in {subject.client for subject in store.subjects()}
        for records in store.load_client(client).records.values()
        for record in records
        if record.fields.get("name")
    }
    return f'nobody is called "{who}"; {did_you_mean(who, names) or "no client is known yet"}'


def why(who: str, rule: str | None, limit: int, as_json: bool) -> int:
    """The newest evaluations about somebody."""
    with store_to_read() as (store, _settings, agency):
        known = {known.id for known in agency.ruleset.rules}
        if rule is not None and rule not in known:
            complain(f'unknown rule "{rule}"; {did_you_mean(rule, known)}')
            return USAGE
        subjects = find_subjects(store, who)
        if not subjects:
            complain(nobody(store, who))
            return USAGE
        clients = {subject.client for subject in store.subjects() if subject.id in subjects}
        family = [subject.id for subject in store.subjects() if subject.client in clients]
        traces = store.traces(family, rule, limit)
    if as_json:
        print_json([_plain_trace(trace) for trace in traces])
        return GOOD
    if not traces:
        say("nothing has been evaluated yet: no event has reached " + (f"rule {rule}" if rule else "any rule"))
        return GOOD
    zone = ZoneInfo(agency.zone)
    for trace in traces:
        _print_trace(trace, zone)
    return GOOD


def _print_trace(trace: Trace, zone: ZoneInfo) -> None:
    step = f" (step {trace.step})" if trace.step else ""
    reason = f": {trace.reason}" if trace.reason else ""
    say(f"{trace.at.astimezone(zone):%d.%m %H:%M}  {trace.rule}{step} {_SAID[trace.outcome]}{reason}")
    say(f"             {trace.subject}, woken by {trace.event}")
    for depth, mark, clause, value in trace.tree:
        seen = f"   <- {value}" if mark != "✔" and value else ""
        say(f"             {'  ' * depth}{mark} {clause}{seen}")
    if trace.change and trace.outcome is Outcome.CONDITION_FALSE:
        say(f"             smallest change: {', '.join(trace.change)}")


def _plain_trace(trace: Trace) -> dict[str, object]:
    return {
        "at": moment_text(trace.at),
        "rule": trace.rule,
        "step": trace.step,
        "subject": trace.subject,
        "event": trace.event,
        "outcome": trace.outcome.value,
        "reason": trace.reason,
        "tree": [list(line) for line in trace.tree],
        "change": list(trace.change),
    }
