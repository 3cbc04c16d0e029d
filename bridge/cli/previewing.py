"""Texts as a client, or somebody of the staff, would read them now; nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Annotated, Any

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE
from bridge.cli.frame import Commands
from bridge.cli.looking import any_of, find_subjects, nobody
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, print_json, say
from bridge.cli.room import store_to_read, time_there
from bridge.engine.reaching import is_shut, letter_box
from bridge.engine.readiness import READABLE
from bridge.engine.snapshots import snapshot_of
from bridge.model.findings import did_you_mean
from bridge.model.planning import Snapshot
from bridge.model.reason_words import told
from bridge.model.wording import counted, worded
from bridge.store import Store
from bridge.wiring.agency import ENGINE_TEXTS, Agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.shape_values import LANGUAGES
from connectors.email.letters import plain_text
from connectors.email.settings import EmailMapping
from connectors.sms.segments import measured
from connectors.telegram.texts import parts
from rules import speaking
from rules.actions.people import Send
from rules.checks import actions_of
from rules.deciding import document_kind
from rules.facts import Facts
from rules.ruleset import RuleSet


class Way(Enum):
    """How a text goes to a client."""

    CHAT = "chat"
    LETTER = "letter"
    SMS = "sms"


message = Commands("Texts as their readers get them.")

_OWN = tuple(name.removesuffix("*") for name in ENGINE_TEXTS)
"""Said by the bridge itself, of what has just happened."""
_LINK = "https://t.me/…"
_LETTERS = "email"


@message.command("preview")
def preview(
    text: Annotated[str, typer.Argument(help="The text's id: brief.ask.")],
    client: Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")],
    reader: Annotated[str, typer.Option("--in", help="uk, ru or en; the client's own language without it.")] = "",
    gate: Annotated[str, typer.Option("--gate", help="Of which gate it tells what is missing, where it does.")] = "",
    letter: Annotated[bool, typer.Option("--letter", help="As the letter that goes where no chat does.")] = False,
    sms: Annotated[bool, typer.Option("--sms", help="As the SMS that goes where no letter does.")] = False,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Show how a text would read now, whether it would be true, its buttons and documents. Sends nothing.

    Where letters alone reach the client, it is shown as the letter.
    """
    way = Way.SMS if sms else Way.LETTER if letter else Way.CHAT
    raise typer.Exit(_preview(text, client, reader, gate, language or "", way, as_json))


def _preview(name: str, who: str, reader: str, gate: str, language: str, way: Way, as_json: bool) -> int:
    with store_to_read() as (store, settings, agency):
        tongue = language or agency.language
        wrong = _wrong_words(name, reader, gate, agency.ruleset)
        subject = "" if wrong else _subject(store, who)
        if wrong or not subject:
            complain(wrong or _whose(store, who), tongue)
            return USAGE
        # The bot is not asked for its name: nothing is sent.
        context = replace(context_to_look(settings, agency), chat_link=lambda _code: _LINK)
        family = next(one for one in store.subjects() if one.id == subject)
        snapshot = snapshot_of(store.load_client(family.client), context)
        facts = Facts(snapshot, agency.ruleset, agency.people, time_there(store))
        spoken = reader or _spoken_by(facts, subject, agency)
        made = speaking.say(
            agency.ruleset, facts, subject, name, spoken, gate=gate, extra=_open_names(agency.ruleset, name)
        )
        address = _address(store, subject) if agency.email else ""
        if way is Way.CHAT and address and not _is_heard(store, subject, family.client):
            way = Way.LETTER
        shown = _plain(made, agency.ruleset, name, spoken, way)
        if shown["sent"]:
            shown["documents"] = _along(store, snapshot, subject, agency.ruleset, name)
            shown["letter"] = _envelope(agency, spoken, address) if way is Way.LETTER else None
    if way is Way.SMS and isinstance(made, speaking.Said):
        shown |= _as_sms(shown["text"], agency, made.template)
    if as_json:
        print_json({name: value for name, value in shown.items() if name != "said"})
        return GOOD if shown["sent"] else FINDINGS
    _print(made, shown, tongue)
    return GOOD if shown["sent"] else FINDINGS


def _wrong_words(name: str, reader: str, gate: str, ruleset: RuleSet) -> str:
    """What is wrong with what was typed; "" when it fits."""
    if name not in ruleset.texts:
        known = [one for one in ruleset.texts if not one.startswith(_OWN)]
        return worded('there is no text "{name}"; {advice}', name=name, advice=did_you_mean(name, known))
    if name.startswith(_OWN):
        words = "the bridge itself says {name}, of what has just happened: its words stand in messages/system.yaml"
        return worded(words, name=name)
    if reader and reader not in LANGUAGES:
        return worded('"{given}" does not fit; use one of: {names}', given=reader, names=list(LANGUAGES))
    if gate and gate not in ruleset.gates:
        return worded('there is no gate "{name}"; {advice}', name=gate, advice=did_you_mean(gate, ruleset.gates))
    if not gate and any(one.startswith("gate.") for one in _names_in(ruleset, name)):
        return worded(
            "{name} tells what a gate lacks: name it with --gate, one of: {names}",
            name=name,
            names=sorted(ruleset.gates),
        )
    return ""


def _subject(store: Store, who: str) -> str:
    """The one deal that is meant, or the client who has none; "" for nobody and for several."""
    found = set(find_subjects(store, who))
    meant = [one for one in store.subjects() if one.id in found]
    deals = [one.id for one in meant if one.parent]
    if not deals:
        deals = [one.id for one in store.subjects() if one.parent in found] or [one.id for one in meant]
    return deals[0] if len(deals) == 1 else ""


def _whose(store: Store, who: str) -> str:
    found = find_subjects(store, who)
    below = [one.id for one in store.subjects() if one.id in found or one.parent in found]
    return any_of(store, who, [one for one in below if one not in found] or found) if found else nobody(store, who)


def _spoken_by(facts: Facts, subject: str, agency: Agency) -> str:
    own = facts.value("client.language", subject) if "client.language" in agency.ruleset.fields else None
    return own if isinstance(own, str) and own in LANGUAGES else agency.language


def _names_in(ruleset: RuleSet, name: str) -> set[str]:
    """All names in a text, and in those that may go in its place."""
    found: set[str] = set()
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        found |= {one for template in ruleset.texts[name].by_language.values() for one in template.names}
        name = ruleset.texts[name].otherwise
    return found


def _open_names(ruleset: RuleSet, name: str) -> dict[str, Any]:
    """What only the moment of sending knows, by its name in angle quotes."""
    named = _names_in(ruleset, name) - ruleset.fields.keys()
    return {one: f"‹{one}›" for one in sorted(named) if not one.startswith("gate.")}


def _is_heard(store: Store, subject: str, client: str) -> bool:
    """Whether a chat reaches the client, as far as is known."""
    bound = [ref for ref in store.refs_of(subject).values() if ref.kind == "chat"]
    return any(not is_shut(chat, store) for chat in {*bound, *(one.chat for one in store.correspondents(client))})


def _address(store: Store, subject: str) -> str:
    """Where a letter to the client goes; "" for nowhere."""
    box = letter_box(store.refs_of(subject), _LETTERS, store)
    return box.id if box is not None else ""


def _envelope(agency: Agency, spoken: str, address: str) -> dict[str, str]:
    """To whom a letter goes, and its subject; empty where the agency writes no letters."""
    if agency.email is None:
        return {"to": "", "subject": ""}
    titles = agency.email.subject.by_language() if agency.email.subject is not None else {}
    return {"to": address, "subject": EmailMapping(agency.email.name, titles).subject_in(spoken)}


def _along(store: Store, snapshot: Snapshot, subject: str, ruleset: RuleSet, name: str) -> list[dict[str, Any]]:
    """The documents that rules send with a text: the newest version of each, nameless where there is none yet."""
    sent = (action for rule in ruleset.rules for _path, action in actions_of(rule) if isinstance(action, Send))
    kinds = {document_kind(one.document) for one in sent if one.template == name and one.document}
    found = []
    for kind in sorted(kinds):
        made = snapshot.documents.get((subject, kind))
        versions = (store.file(subject, kind, made.key, one) for one in READABLE) if made is not None else ()
        file = next((one for one in versions if one is not None), None)
        named = {"file": file.name, "bytes": len(file.content)} if file is not None else {"file": "", "bytes": 0}
        found.append({"document": kind, **named})
    return found


def _plain(made: speaking.Said | speaking.Unsaid, ruleset: RuleSet, name: str, spoken: str, way: Way) -> dict[str, Any]:
    if isinstance(made, speaking.Unsaid):
        return {"sent": False, "language": spoken, "text": speaking.bare(made.text), "reason": str(made.reason)}
    buttons = speaking.buttons_of(ruleset, made.template, spoken)
    written = plain_text(made.text.strip(), () if way is Way.SMS else buttons, spoken).strip()
    messages = [written] if way is not Way.CHAT else [speaking.bare(part) for part in parts(made.text)]
    return {
        "sent": True,
        "language": spoken,
        "text": written if way is not Way.CHAT else speaking.bare(made.text),
        "messages": messages,
        "instead": made.template != name,
        "of": made.template,
        "buttons": [] if way is not Way.CHAT else [title for _action, title in buttons],
    }


def _as_sms(text: str, agency: Agency, name: str) -> dict[str, Any]:
    """What the text takes as an SMS, and why it would not go as one."""
    takes = measured(text)
    shown: dict[str, Any] = {"letters": takes.letters, "signs": takes.length, "parts": takes.parts}
    said = worded(
        "SMS: {parts}, {signs} in {letters} ({whole} in one part, {part} in each of several)",
        parts=counted(takes.parts, "{count} part|{count} parts"),
        signs=counted(takes.length, "{count} sign|{count} signs"),
        letters=takes.letters,
        whole=takes.whole,
        part=takes.part,
    )
    why = ""
    if not agency.ruleset.texts[name].sms:
        why = worded("{name} never goes by SMS: it does not say sms: true", name=name)
    elif agency.sms is not None and takes.parts > agency.sms.segments:
        most = agency.sms.segments
        why = worded("too long for an SMS: {parts} parts, {most} may go", parts=takes.parts, most=most)
    return {**shown, "said": said, **({"sent": False, "reason": why} if why else {})}


def _print(made: speaking.Said | speaking.Unsaid, shown: dict[str, Any], language: str) -> None:
    if isinstance(made, speaking.Unsaid):
        say(worded("would not be sent: {reason}", reason=told(made.reason, language)), language)
        if shown["text"]:
            say(worded("it would have read:"), language)
    elif not shown["sent"]:
        say(worded("would not be sent: {reason}", reason=shown["reason"]), language)
    elif shown["instead"]:
        say(worded("it would not be true now; in its place goes {name}:", name=shown["of"]), language)
    if shown.get("letter") is not None:
        _print_envelope(shown["letter"], language)
    messages = shown.get("messages", [shown["text"]])
    for number, text in enumerate(messages, 1):
        if len(messages) > 1:
            say(worded("message {number} of {count}:", number=number, count=len(messages)), language)
        if text:
            say(text)
    for title in shown.get("buttons", ()):
        say(f"[{title}]")
    if "said" in shown:
        say(shown["said"], language)
    for document in shown.get("documents", ()):
        _print_document(document, language)


def _print_envelope(letter: dict[str, str], language: str) -> None:
    if letter["to"]:
        say(
            worded("letter to {address}, subject: {subject}", address=letter["to"], subject=letter["subject"]), language
        )
    elif letter["subject"]:
        say(worded("letter, no address is known yet, subject: {subject}", subject=letter["subject"]), language)


def _print_document(document: dict[str, Any], language: str) -> None:
    if not document["file"]:
        say(
            worded(
                "with the document {name}: none is made yet, and nothing goes without it", name=document["document"]
            ),
            language,
        )
        return
    size = max(round(document["bytes"] / 1000), 1)
    say(worded("with the file {name}, {size} KB", name=document["file"], size=size), language)
