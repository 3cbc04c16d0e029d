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
from bridge.engine.snapshots import snapshot_of
from bridge.model.findings import did_you_mean
from bridge.model.reason_words import told
from bridge.model.wording import counted, worded
from bridge.store import Store
from bridge.wiring.agency import ENGINE_TEXTS, Agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.shape_values import LANGUAGES
from connectors.email.letters import plain_text
from connectors.sms.segments import measured
from connectors.telegram.texts import parts
from rules import speaking
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
    """Show how a text would read now, whether it would be true, and its buttons. Sends nothing."""
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
        facts = Facts(
            snapshot_of(store.load_client(family.client), context), agency.ruleset, agency.people, time_there(store)
        )
        spoken = reader or _spoken_by(facts, subject, agency)
        made = speaking.say(
            agency.ruleset, facts, subject, name, spoken, gate=gate, extra=_open_names(agency.ruleset, name)
        )
    shown = _plain(made, agency.ruleset, name, spoken, way)
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
