"""What the engine has to know of the agency, put together from its files and its connectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from bridge.documents.connector import DocumentMaker
from bridge.engine.context import Context, FormLink
from bridge.model.decisions import Capability
from bridge.model.errors import ConnectorError
from bridge.model.protocols import Connector
from bridge.wiring.agency import Agency, FormConfig
from bridge.wiring.connect import form_page
from bridge.wiring.settings import Settings
from rules.plan import Office


def engine_context(settings: Settings, agency: Agency, connectors: Mapping[str, Connector]) -> Context:
    """The workspace as the engine sees it. Asks no network; the bot's name is asked when the first link is made."""
    documents = connectors.get("documents")
    office = Office(directory=agency.people)
    if isinstance(documents, DocumentMaker):
        office = Office(directory=agency.people, document_key=documents.key)
    return Context(
        ruleset=agency.ruleset,
        office=office,
        in_charge=in_charge(connectors),
        forms={form.id: _form_link(settings, form) for form in agency.forms},
        chat_link=_chat_link(connectors.get("telegram")),
        lease=timedelta(seconds=agency.deliveries.lease),
        give_up_after=agency.deliveries.attempts,
    )


def in_charge(connectors: Mapping[str, Connector]) -> dict[Capability, str]:
    """Which connector carries out what."""
    return {capability: name for name, connector in connectors.items() for capability in sorted(connector.capabilities)}


def _form_link(settings: Settings, form: FormConfig) -> FormLink:
    from connectors.google_forms import prefill_link

    link = partial(prefill_link, form_page(settings, form), form.entry.token.entry)
    return FormLink(form.id, form.entry.title.by_language(), link)


def _chat_link(connector: Connector | None) -> Callable[[str], str]:
    """Makes a one-time /start link; "" while Telegram cannot be asked for the bot's name."""
    if connector is None:
        return lambda _token: ""
    from connectors.telegram import TelegramConnector

    if not isinstance(connector, TelegramConnector):
        return lambda _token: ""

    def link(token: str) -> str:
        try:
            return connector.deep_link(token)
        except ConnectorError:
            return ""

    return link
