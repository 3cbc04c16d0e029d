"""Who people mean, and how they are called: clients by name or card."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

import typer

from bridge.cli.errors import USAGE
from bridge.cli.output import complain
from bridge.cli.room import reader
from bridge.engine.desk.finding import bare
from bridge.model.fields import FieldSpec, parse_value
from bridge.model.findings import did_you_mean
from bridge.model.values import Plain
from bridge.model.wording import worded
from bridge.store import Store
from bridge.words import CATALOGUES, said
from rules.ruleset import Rule
from rules.schedules import WORKSPACE
from rules.telling import Teller

Word = TypeVar("Word", bound=StrEnum)

_CALLED = {
    "all": worded("all"),
    "answer": worded("answer"),
    "answers": worded("answers"),
    "cancelled": worded("cancelled"),
    "claimed": worded("claimed"),
    "client": worded("client"),
    "confirmed": worded("confirmed"),
    "dead": worded("dead"),
    "decides": worded("decides"),
    "held": worded("held"),
    "pair": worded("pair"),
    "pays": worded("pays"),
    "reads": worded("reads"),
    "rule": worded("rule"),
    "shadow": worded("shadow"),
    "start": worded("start"),
    "unknown": worded("unknown"),
    "waiting": worded("waiting"),
}
"""What people call the states of deliveries, what may be stopped, and what somebody at a client is there for."""


def called(word: str) -> str:
    """A word of the bridge's own as people say it."""
    return _CALLED.get(word, word)


def which_of(word: str, among: type[Word]) -> Word:
    """The one that is written as the bridge writes it, or as people call it in any language. Raises BadParameter."""
    wanted = word.strip().casefold()
    for one in among:
        if wanted in {one.value, *(said(called(one.value), language) for language in CATALOGUES)}:
            return one
    known = [called(one.value) for one in among]
    unfit = worded('"{given}" does not fit; use one of: {names}', given=word, names=known)
    raise typer.BadParameter(said(unfit, reader()))


def rule_called(rule: Rule, *, to_type: bool = False) -> str:
    """A rule as people call it; with `to_type` also the id by which commands take it."""
    if rule.name == rule.id:
        return rule.id
    name = worded("“{words}”", words=rule.name)
    return worded("{name} ({id})", name=name, id=rule.id) if to_type else name


def find_subjects(store: Store, who: str) -> list[str]:
    """Clients and deals that a person may mean: by local id, by name or a part of it, by a card's name or address."""
    wanted, address = bare(who), who.strip().casefold()
    found: list[str] = []
    for subject in store.subjects():
        if subject.id == wanted:
            return [subject.id]
        state = store.load_client(subject.client)
        for record in state.records.get(subject.id, ()):
            name = bare(str(record.fields.get("name", "")))
            url = record.url.casefold()
            if wanted and (wanted == name or (url and address == url) or (len(wanted) > 3 and wanted in name)):
                found.append(subject.id)
    return list(dict.fromkeys(found))


def is_called(who: str, local_id: str, name: str) -> bool:
    """Whether that is a client's id or whole name, and no part of it. Capital letters and quotes do not matter."""
    return bare(who) in (bare(local_id), bare(name))


def names_of(store: Store, clients: Iterable[str]) -> dict[str, str]:
    """Clients' names by local id, as far as any record tells one; what is nobody's is the agency's own."""
    found: dict[str, str] = {}
    for client in sorted(set(clients) - {""}):
        state = store.load_client(client)
        if any(one.kind == WORKSPACE for one in state.subjects):
            found[client] = worded("the agency")
            continue
        records = (record for records in state.records.values() for record in records)
        name = next((str(record.fields["name"]) for record in records if record.fields.get("name")), "")
        if name:
            found[client] = name
    return found


def name_of(store: Store, subject: str) -> str:
    """What people call a client or a deal, a deal with its client's name before its own; else the local id."""
    known = next((one for one in store.subjects() if one.id == subject), None)
    if known is None:
        return subject
    own = store.load_client(known.client).records.get(subject, ())
    name = next((str(record.fields["name"]) for record in own if record.fields.get("name")), "")
    client = names_of(store, [known.client]).get(known.client, "")
    return ", ".join(dict.fromkeys(part for part in (client, name) if part)) or subject


def value_in_words(teller: Teller, spec: FieldSpec | None, value: Plain) -> str:
    """A value of a fact as people read it; one that is none of its type stands as it is kept."""
    try:
        return teller.value(spec.key, parse_value(spec, value)) if spec is not None else str(value)
    except ValueError:
        return str(value)


def any_of(store: Store, who: str, subjects: Iterable[str]) -> str:
    """That a name fits several, each with what tells it from the others."""
    names = [f"{name_of(store, one)} ({one})" for one in subjects]
    return worded('"{who}" may be {names}; name one of them', who=who, names=names)


def nobody(store: Store, who: str, *, of_clients: bool = False) -> str:
    """That a name is nobody's, with the nearest known one; with `of_clients` no card and no task is offered."""
    names = {
        str(record.fields["name"])
        for subject in store.subjects()
        if subject.kind == "client" or not of_clients
        for record in store.load_client(subject.client).records.get(subject.id, ())
        if record.fields.get("name")
    }
    near = did_you_mean(who, names) or worded("no client is known yet")
    return worded('nobody is called "{who}"; {advice}', who=who, advice=near)


def one_client(store: Store, who: str, language: str) -> str:
    """The one client that somebody means. Ends the command when nobody, or more than one, is meant."""
    found = set(find_subjects(store, who))
    clients = sorted({subject.client for subject in store.subjects() if subject.id in found})
    if not clients:
        complain(nobody(store, who), language)
        raise typer.Exit(USAGE)
    if len(clients) > 1:
        complain(any_of(store, who, clients), language)
        raise typer.Exit(USAGE)
    return clients[0]
