"""The commands that Telegram offers beside its field for writing: to each of the staff theirs, to clients theirs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator

import structlog

from bridge.engine.context import Context
from bridge.engine.desk.commands import COMMANDS, Command, offered, words_of_rules
from bridge.model.errors import ConnectorError, Retry
from bridge.model.menus import Menu
from bridge.model.protocols import Offering
from bridge.model.wording import Worded, worded
from bridge.store import Store
from bridge.words import Language, said

log = structlog.get_logger(__name__)

CLIENTS: tuple[tuple[str, Worded], ...] = (
    ("start", worded("Begin")),
    ("stop", worded("No more reminders here")),
    ("language", worded("Choose the language")),
    ("help", worded("What there is to do here")),
)
"""What a client may ask of the bot."""
_WORD = re.compile(r"[a-z0-9_]{1,32}")
_LONGEST = 256
_MOST = 100


def menus(context: Context) -> Iterator[Menu]:
    """All menus of a workspace: for clients in each language, for the staff group, and for each of the staff."""
    usual = context.ruleset.defaults.language
    yield Menu("", "", _for_clients(usual))
    yield from (Menu("", language.value, _for_clients(language.value)) for language in Language)
    if context.staff_chat:
        yield Menu(context.staff_chat, "", _listed(COMMANDS, context, usual))
    for person in context.office.directory.people.values():
        chat = person.ids.get("telegram", "")
        if chat.isdecimal():
            yield Menu(chat, "", _listed(offered(person, context.ruleset), context, person.language))


def keep_menus(store: Store, context: Context, name: str, connector: Offering) -> None:
    """Has a connector offer what is not offered yet, and take away what was for somebody who is no member any more.

    What was refused is tried again at the next call: somebody may not have written to the bot yet.
    """
    key = f"menus:{name}:{connector.number}"
    kept: dict[str, str] = json.loads(store.recall(key) or "{}")
    wanted = {menu.place: menu for menu in menus(context)}
    gone = [_empty(place) for place in kept if place not in wanted]
    before = dict(kept)
    for menu in (*wanted.values(), *gone):
        mark = hashlib.sha256(repr(menu).encode()).hexdigest()[:16] if menu.commands else ""
        if kept.get(menu.place) == mark:
            continue
        try:
            connector.offer(menu)
        except ConnectorError as error:
            log.info("menu not offered", connector=name, chat=menu.chat, error=str(error))
            if error.retry is not Retry.PERMANENT:
                break
            continue
        if mark:
            kept[menu.place] = mark
        else:
            del kept[menu.place]
    if kept != before:
        store.remember(key, json.dumps(kept))


def _empty(place: str) -> Menu:
    chat, _, language = place.partition(":")
    return Menu(chat, language)


def _for_clients(language: str) -> tuple[tuple[str, str], ...]:
    return tuple((word, said(does, language)) for word, does in CLIENTS)


def _listed(commands: Iterable[Command], context: Context, language: str) -> tuple[tuple[str, str], ...]:
    """The commands as a menu shows them, the agency's own behind them. Telegram takes Latin words only."""
    known = words_of_rules(context.ruleset)
    theirs = [one for one in commands if one.name not in known and (not one.of_rules or known.keys() & {*one.words})]
    told = {one.name: (said(one.about, language), said(one.does, language)) for one in theirs}
    listed = {name: " — ".join(filter(None, parts)) for name, parts in told.items()}
    own = {word: rule for word, rule in known.items() if _WORD.fullmatch(word)}
    return tuple((word, what[:_LONGEST]) for word, what in {**listed, **own}.items() if what)[:_MOST]
