"""From what is kept about a client to the snapshot that rules are planned on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.engine.context import Context, Links
from bridge.engine.prefilling import with_answers_filled_in
from bridge.engine.reaching import address_of, number_of, takes_letters
from bridge.model.answers import WAITING, fact_of
from bridge.model.checklists import Put, parse_checklists, titles_of, value_of
from bridge.model.decisions import Capability
from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.judging import kept_as, read
from bridge.model.people import Directory
from bridge.model.planning import Fact, Snapshot, Subject
from bridge.model.snoozes import SNOOZES, Snooze
from bridge.model.snoozes import read as read_snoozes
from bridge.model.values import NotKnown, Plain, Value
from bridge.model.vault import Vault
from bridge.store.rows import ClientState, StoredRecord, StoredSubject

CHAT_FIELD, LIST_FIELD = "client.chat", "card.list"
CHANNEL_FIELD, BY_CHAT, BY_EMAIL, BY_SMS = "client.channel", "chat", "email", "sms"
"""By what a client is reached: the fact, and its values."""
CHAT_STATE_FIELD, OPEN, SHUT, SILENT = "client.chat_state", "open", "blocked", "stopped"
"""How the client's chat is, as connectors tell of chats: the fact, and its values. Empty where there is none yet."""


def snapshot_of(state: ClientState, context: Context) -> Snapshot:
    """The client as the planner sees it: typed facts with the time each is known for."""
    links, subjects = context.links, {subject.id: subject for subject in state.subjects}
    waiting = _waiting(state, subjects)
    made = {id: _with_waiting(_subject(one, state, context, links), waiting) for id, one in subjects.items()}
    return Snapshot(
        client=state.client,
        version=state.version,
        subjects=with_answers_filled_in(made, state, context),
        events=state.events,
        parked=state.parked,
        timers=state.timers,
        edges=state.edges,
        runs=state.runs,
        documents=state.documents,
        waiting=state.waiting,
        seen_up_to=context.accounts.seen(state),
        written=state.written,
        questions=state.questions,
        snoozes=snoozes_of(state),
    )


def snoozes_of(state: ClientState) -> tuple[Snooze, ...]:
    """Until when people have put off the reminders about the client, oldest first."""
    kept, _at = state.facts.get((state.client, SNOOZES), (None, None))
    return read_snoozes(kept)


def _subject(subject: StoredSubject, state: ClientState, context: Context, links: Links) -> Subject:
    ruleset = context.ruleset
    facts: dict[str, Fact] = {}
    for record in state.records.get(subject.id, ()):
        if not record.deleted:
            facts.update(_read_facts(record, subject.kind, context, state.lists.get(subject.id, ())))
    for (owner, field), (plain, _at) in state.facts.items():
        if owner == subject.id and field in ruleset.fields:
            facts[field] = Fact(_typed(ruleset.fields[field], plain))
    for field, (purpose, link) in links.items():
        token = state.tokens.get((subject.id, purpose))
        if token is not None:
            facts[field] = Fact(link(token) or None)
    if subject.kind == "client" and CHAT_FIELD in ruleset.fields:
        source = ruleset.fields[CHAT_FIELD].source_name
        facts[CHAT_FIELD] = Fact(state.chats.get(subject.id), state.seen_up_to.get("telegram.chat"), source)
    if subject.kind == "client" and CHANNEL_FIELD in ruleset.fields:
        source = ruleset.fields[CHANNEL_FIELD].source_name
        facts[CHANNEL_FIELD] = Fact(_channel(subject, state, context), state.seen_up_to.get(source), source)
    if subject.kind == "client" and CHAT_STATE_FIELD in ruleset.fields:
        source = ruleset.fields[CHAT_STATE_FIELD].source_name
        facts[CHAT_STATE_FIELD] = Fact(_chat_state(subject, state), state.seen_up_to.get(source), source)
    if subject.kind == "deal":
        facts |= _judged(subject, state, context)
    if subject.kind == "deal" and context.vault is not None:
        facts |= _accesses(subject, state, context.vault, context.ruleset.fields, facts)
    on_its_way = state.moving.get(subject.id)
    if on_its_way is not None and LIST_FIELD in ruleset.fields:
        # What is wanted counts as done: else a rule would act on a place the card is just leaving.
        spec = ruleset.fields[LIST_FIELD]
        known = facts.get(LIST_FIELD)
        facts[LIST_FIELD] = Fact(on_its_way, known.read_at if known else None, spec.source_name)
    return Subject(subject.id, subject.kind, subject.parent, facts)


def _waiting(state: ClientState, subjects: Mapping[str, StoredSubject]) -> dict[tuple[str, str], NotKnown]:
    """The facts that an answer may have given under a title that is missing, by whose they may be and their name."""
    found: dict[tuple[str, str], NotKnown] = {}
    for subject, records in state.records.items():
        for record in records:
            waiting = record.fields.get(WAITING) if record.ref.kind == "response" and not record.deleted else None
            for field in waiting if isinstance(waiting, Mapping) else ():
                unknown = NotKnown(f"{record.ref.system}.{record.fields.get('form')}", record.read_at)
                owner: StoredSubject | None = subjects.get(subject)
                while owner is not None:
                    found[owner.id, field] = unknown
                    owner = subjects.get(owner.parent)
    return found


def _with_waiting(subject: Subject, waiting: Mapping[tuple[str, str], NotKnown]) -> Subject:
    """The subject, with what its client has answered and nobody can read yet as not known rather than empty."""
    unread = {field: value for (owner, field), value in waiting.items() if owner == subject.id}
    facts = dict(subject.facts)
    for field, unknown in unread.items():
        fact = facts.get(field)
        if field.partition(".")[0] in (subject.kind, "card") and (fact is None or fact.value is None):
            facts[field] = Fact(unknown, fact.read_at if fact else None, fact.source if fact else "")
    return replace(subject, facts=facts) if unread else subject


def _accesses(
    subject: StoredSubject,
    state: ClientState,
    vault: Vault,
    fields: Mapping[str, FieldSpec],
    known: Mapping[str, Fact],
) -> dict[str, Fact]:
    """What the vault tells of a deal, as far as the agency declares it."""
    values = {key: fact.value for key, fact in known.items() if not isinstance(fact.value, NotKnown)}
    told = vault.facts(subject.id, values, [one for one in state.accesses if one.subject == subject.id])
    return {key: Fact(value) for key, value in told.items() if key in fields}


def _judged(subject: StoredSubject, state: ClientState, context: Context) -> dict[str, Fact]:
    """How the answers of each form stand that people judge, as far as the agency declares it."""
    facts: dict[str, Fact] = {}
    for form in context.forms:
        kept, _at = state.facts.get((subject.id, kept_as(form)), (None, None))
        judged = read(kept)
        told = {"judged": judged.verdict.value, "again": judged.again or None, "remark": judged.remark or None}
        facts |= {fact_of(form, name): Fact(value) for name, value in told.items()} if kept is not None else {}
    return {key: fact for key, fact in facts.items() if key in context.ruleset.fields}


def _channel(subject: StoredSubject, state: ClientState, context: Context) -> str | None:
    """How the client is reached now: in a chat, by letters where the agency writes any, or not at all.

    Only a few texts go by SMS, so that a number reaches them only where the fact may say so.
    """
    if state.chats.get(subject.id):
        return BY_CHAT
    if _wants_silence(subject, state):
        return None  # a letter would get around it
    theirs = state.records.get(subject.id, ())
    address = address_of(theirs) if Capability.LETTERS in context.in_charge else ""
    if address and takes_letters(theirs, address):
        return BY_EMAIL
    may = Capability.SMS in context.in_charge and BY_SMS in (context.ruleset.fields[CHANNEL_FIELD].choices or ())
    return BY_SMS if may and number_of(theirs) else None


def _chat_state(subject: StoredSubject, state: ClientState) -> str | None:
    """Whether a chat of the client is open; one that is known and is not was shut, and none at all is None."""
    if state.chats.get(subject.id):
        return OPEN
    if _wants_silence(subject, state):
        return SILENT
    had = any(record.ref.kind == "chat" for record in state.records.get(subject.id, ()))
    return SHUT if had else None


def _wants_silence(subject: StoredSubject, state: ClientState) -> bool:
    """Whether somebody at a client asked for no automatic messages."""
    facts = state.facts.items()
    kept = (value for (owner, field), (value, _at) in facts if owner == subject.id and field.startswith("chat:"))
    return any(isinstance(one, Mapping) and one.get("stopped_at") for one in kept)


def _read_facts(record: StoredRecord, kind: str, context: Context, puts: Sequence[Put]) -> dict[str, Fact]:
    """The facts that a record of a subject holds. Those of a task stand on its deal too: it may count as one."""
    kinds = {kind, "card"} | ({"task"} if kind == "deal" else set())
    source = f"{record.ref.system}.{record.ref.kind}"
    found: dict[str, Fact] = {}
    for spec in context.ruleset.fields.values():
        if spec.source_name != source or spec.subject not in kinds:
            continue
        if titles_of(spec) is not None:
            plain = value_of(spec, parse_checklists(record.fields.get("checklists")), puts)
        else:
            plain = record.fields.get(spec.source[len(source) + 1 :])
        if spec.type is FieldType.PERSON and isinstance(plain, list):
            plain = _who_holds(spec, plain, context.office.directory)
        found[spec.key] = Fact(_typed(spec, plain), record.read_at, source)
    return found


def _who_holds(spec: FieldSpec, people: Sequence[Plain], directory: Directory) -> Plain:
    """Whom a fact means of several people: `card.specialist` of a card's members who is a specialist."""
    role = spec.key.rpartition(".")[2]
    known = ((one, directory.people.get(str(one))) for one in people)
    return next((one for one, person in known if person is not None and role in person.roles), None)


def _typed(spec: FieldSpec, plain: Plain) -> Value | NotKnown:
    try:
        return parse_value(spec, plain)
    except ValueError:
        # What cannot be understood must not be acted on, and is not the same as empty.
        return NotKnown(spec.source_name)
