"""Puts the parts together: store, connectors, documents, rules and clock become one engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bridge.documents import load_templates
from bridge.documents.connector import DocumentMaker
from bridge.engine.accounts import Accounts, connector_called
from bridge.engine.alarms import Access, Watch
from bridge.engine.clock import CLOCK_KEY, SystemClock
from bridge.engine.context import Context, FormLink
from bridge.engine.engine import Engine
from bridge.engine.mirroring import UPLOADS
from bridge.model.decisions import Capability
from bridge.model.errors import BridgeError, StoreError
from bridge.model.files import Mirror, UploadName
from bridge.model.protocols import Clock, Measured, Pace, Reader
from bridge.model.vault import AskedAccess, Vault, parse_public_key
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.database import Lock
from bridge.wiring.agency import Agency, FormConfig
from bridge.wiring.chat_links import ChatLinks
from bridge.wiring.connect import ACCESS, build_connectors, build_readers, form_page, pace_for, telegram_alone
from bridge.wiring.credentials import planfix_account
from bridge.wiring.settings import Settings, setting_of
from rules.plan import Office

_INSTALLATION_KEY = "installation"
_KIND_KEY = "kind"
"""Under this name the store remembers whether it was filled by a bridge at work or by one in shadow."""


def assemble(
    settings: Settings, agency: Agency, clock: Clock, pace: Pace | None = None, lock: Lock | None = None
) -> Engine:
    """An engine ready to run, holding its database alone, the schema up to date; nothing was asked of the network.

    What a process that is gone had claimed is free again. `lock` is the database's, when it is held already. The
    caller closes what it got (`closing`). Raises ConfigError for missing credentials, StoreError that names who holds
    the database, or says what is wrong with it.
    """
    pace = pace_for(settings, agency, pace)
    maker = DocumentMaker(load_templates(agency.templates), agency.zone, clock)
    store = opened(settings, agency, clock, lock=lock)
    try:
        connectors = build_connectors(settings, agency, clock, pace, _installation(store))
    except BridgeError:
        store.close()
        raise
    connectors[maker.name] = maker
    engine = Engine(store, connectors, context_of(settings, agency, connectors, maker, store), clock)
    engine.pace = pace if isinstance(pace, Measured) else None
    return engine


def opened(
    settings: Settings, agency: Agency, clock: Clock, *, shadow: bool = False, lock: Lock | None = None
) -> Store:
    """The store, held by this process alone, with what a process that is gone had claimed set free.

    Raises StoreError; a database of runs in shadow takes no other run, and no other database a run in shadow.
    """
    store = Store(settings.database_url, agency.workspace, lock)
    try:
        store.begin(clock.now())
        _keep_apart(store, shadow)
        store.end_claims(clock.now())
    except BaseException:
        store.close()  # whatever went wrong, the lock is given back: the next attempt must not meet our own
        raise
    return store


def _installation(store: Store) -> str:
    """What this bridge is called among others: made once, and kept by a database that moves or is restored."""
    known = store.recall(_INSTALLATION_KEY)
    if known is None:
        known = secrets.token_hex(4)
        store.remember(_INSTALLATION_KEY, known)
    return known


def _keep_apart(store: Store, shadow: bool) -> None:
    """What a run in shadow noted as done was never done: going on from there would leave all of it out."""
    kind = "shadow" if shadow else "live"
    known = store.recall(_KIND_KEY) or ("live" if store.recall(CLOCK_KEY) else kind)
    if known != kind:
        if known == "shadow":
            words = "this database was filled by runs in shadow; name another file in BRIDGE_DATABASE_URL"
        else:
            words = "this database belongs to a bridge at work; name another file in BRIDGE_DATABASE_URL"
        raise StoreError(worded(words))
    store.remember(_KIND_KEY, kind)


def context_of(
    settings: Settings,
    agency: Agency,
    connectors: Mapping[str, Reader],
    maker: DocumentMaker,
    store: Store | None = None,
) -> Context:
    """What the engine is told of this agency. Links to the bot need its store, to look its name up."""
    links = _chat_links(connectors, store)
    context = Context(
        ruleset=agency.ruleset,
        office=Office(agency.people, maker.key, region=agency.phone_region),
        in_charge=in_charge(connectors),
        forms={form.id: _form_link(settings, form) for form in agency.forms},
        lease=timedelta(seconds=agency.deliveries.lease),
        give_up_after=agency.deliveries.attempts,
        outage=agency.deliveries.outage,
        keep=agency.keep,
        watch=watch_of(agency),
        region=agency.phone_region,
        links_last=timedelta(days=agency.telegram.link_days if agency.telegram else 30),
        accounts=accounts_of(settings, agency, connectors),
        mirrors=_mirrors(agency),
        command=f"bridge --workspace {settings.workspace}" if settings.workspace else "bridge",
        vault=vault_of(settings, agency),
        staff_chat=str(agency.staff_chat or ""),
        notes_time=agency.planfix is not None and agency.planfix.time is not None,
    )
    return replace(context, chat_link=links, make_ready=links.make_ready) if links is not None else context


def vault_of(settings: Settings, agency: Agency) -> Vault | None:
    """How this agency takes accesses; None where bridge.yaml says nothing of it."""
    config = agency.vault
    if config is None:
        return None
    asked = {name: AskedAccess(one.title.by_language(), one.of) for name, one in config.accesses.items()}
    key = parse_public_key(config.public_key)
    return Vault(key, asked, settings.public_url or "", config.agency, config.link, config.keep)


def context_to_look(settings: Settings, agency: Agency) -> Context:
    """What is known of this agency without any account: enough to plan, and nobody to carry anything out."""
    return context_of(settings, agency, {}, DocumentMaker(load_templates(agency.templates), agency.zone, SystemClock()))


def context_to_leave_work(settings: Settings, agency: Agency) -> Context:
    """What a command has to know that leaves something for the bridge to carry out: also who carries out what.

    Nothing is asked of the network. Raises ConfigError for missing credentials.
    """
    clock = SystemClock()
    readers = build_readers(settings, agency, clock)
    for reader in readers.values():
        reader.close()
    return context_of(settings, agency, readers, DocumentMaker(load_templates(agency.templates), agency.zone, clock))


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    """The engine for one block; then its connections, threads and lock are let go, whatever happened."""
    try:
        yield engine
    finally:
        for connector in engine.connectors.values():
            connector.close()
        engine.store.close()


def watch_of(agency: Agency) -> Watch:
    """What is watched over, and where an admin renews the access to each system."""
    access = {name: Access(setting, page) for name, (setting, page) in ACCESS.items()}
    for system in ("trello", "planfix"):
        for account in filter(None, agency.accounts(system)):
            renewed = Access(setting_of(system, account, "token"), ACCESS[system][1])
            access[connector_called(system, account)] = renewed
    return Watch(
        sources=agency.of_each_account(agency.watch.sources.given()),
        news=agency.of_each_account(agency.watch.news.given()),
        disk=agency.watch.disk,
        queue=agency.watch.queue,
        polls=agency.of_each_account(agency.polls),
        access=access,
    )


def accounts_of(settings: Settings, agency: Agency, connectors: Mapping[str, Reader]) -> Accounts:
    """Which connector reads which account; where there are several of Trello, which one's boards have a list."""
    first = {"trello": "main", "planfix": planfix_account(settings.planfix.base_url or "")}
    held = {
        (system, account or usual): connector_called(system, account)
        for system, usual in first.items()
        for account in agency.accounts(system)
    }
    if agency.trello is None or not agency.trello.accounts:
        return Accounts(held)
    boards = {
        board: connector_called("trello", account)
        for account in agency.accounts("trello")
        for board in agency.trello.of(account).boards
    }
    return Accounts(held, partial(_maker, boards, connectors))


def _maker(boards: Mapping[str, str], connectors: Mapping[str, Reader], wanted: str) -> str:
    """The connector of the one account whose boards have the list; that of the board before "Board / List"."""
    from connectors.trello import TrelloReader

    named = next((connector for board, connector in boards.items() if wanted.startswith(f"{board} / ")), "")
    having = [name for name, one in connectors.items() if isinstance(one, TrelloReader) and one.has_list(wanted)]
    return named or (having[0] if len(having) == 1 else "")


def in_charge(connectors: Mapping[str, Reader]) -> dict[Capability, str]:
    """Which connector carries out what: the first, by name, that can."""
    made: dict[Capability, str] = {}
    for name, connector in sorted(connectors.items()):
        for capability in connector.capabilities:
            made.setdefault(capability, name)
    return made


def _chat_links(connectors: Mapping[str, Reader], store: Store | None) -> ChatLinks | None:
    from connectors.telegram import TelegramReader

    telegram = connectors.get("telegram")
    return ChatLinks(telegram, store) if store is not None and isinstance(telegram, TelegramReader) else None


def links_alone(settings: Settings, agency: Agency, store: Store, clock: Clock) -> ChatLinks | None:
    """Links to the bot without an engine: the bot is asked for its name where nobody knows it. None without a bot."""
    reader = telegram_alone(settings, agency, clock)
    if reader is None:
        return None
    links = ChatLinks(reader, store)
    if not links.known:
        links.make_ready()
    reader.close()
    return links


def _form_link(settings: Settings, form: FormConfig) -> FormLink:
    from connectors.google_forms import Kind, Prefilled, prefill_link, with_answers

    page, shape = form_page(settings, form), form.entry
    asked = {title: Prefilled(one.entry, Kind(one.kind), one.options) for title, one in shape.prefill.items()}
    return FormLink(
        id=form.id,
        titles=shape.title.by_language(),
        link=lambda token: prefill_link(page, shape.token.entry, token),
        uploads={question: UploadName(one.doc or question, one.name) for question, one in shape.files.items()},
        answers=shape.answers,
        judged_by=shape.judged_by,
        prefill={title: one.fact or shape.answers.get(title, "") for title, one in shape.prefill.items()},
        fill=lambda link, answers: with_answers(link, asked, answers),
    )


def _mirrors(agency: Agency) -> tuple[Mirror, ...]:
    """The files that are copied: as bridge.yaml says, and what clients upload where a form has such questions."""
    uploads = any(form.entry.files for form in agency.forms)
    return (*agency.mirrors, *((Mirror(UPLOADS, "trello.card"),) if uploads else ()))
