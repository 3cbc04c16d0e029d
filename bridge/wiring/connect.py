"""The one place that names connectors: each is made from the settings and from what the agency's files say of it.

`build_connectors` makes those that read and write, `build_readers` those that can do nothing but read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.engine.accounts import account_in, connector_called, system_of
from bridge.model.errors import ConfigError
from bridge.model.fields import FieldType
from bridge.model.findings import Finding, did_you_mean
from bridge.model.protocols import Clock, Connector, Pace, Reader
from bridge.model.wording import worded
from bridge.wiring.agency import Agency, FormConfig
from bridge.wiring.credentials import gateway_of, missing_credentials, planfix_account, service_account
from bridge.wiring.live_checks import LiveNames
from bridge.wiring.own_lanes import OwnLanes, planfix_lanes, trello_lanes
from bridge.wiring.settings import GoogleAccess, Settings, TelegramAccess, setting_of, shown
from bridge.wiring.shapes import EmailConfig, PlanfixConfig, TelegramConfig, TrelloConfig

if TYPE_CHECKING:
    from connectors.email import EmailMapping, InboxSettings, SmtpSettings
    from connectors.google_forms import FormSpec, GoogleSettings
    from connectors.planfix import PlanfixMapping, PlanfixSettings, TimeTag
    from connectors.telegram import TelegramMapping, TelegramReader, TelegramSettings
    from connectors.trello import TrelloMapping, TrelloSettings
    from connectors.webhook import Endpoint

_PAGES = "https://docs.google.com"

ACCESS = {
    "trello": ("BRIDGE_TRELLO__TOKEN", "https://trello.com/power-ups/admin"),
    "planfix": ("BRIDGE_PLANFIX__TOKEN", "Planfix, Account management, Access to API"),
    "google_forms": ("BRIDGE_GOOGLE__CREDENTIALS_FILE", "https://console.cloud.google.com/iam-admin/serviceaccounts"),
    "telegram": ("BRIDGE_TELEGRAM__TOKEN", "https://t.me/BotFather"),
    "email": ("BRIDGE_SMTP__URL", "connectors/email/README.md"),
    "email.inbox": ("BRIDGE_IMAP__URL", "connectors/email/README.md"),
    "sms": ("BRIDGE_SMS__SECRET", "connectors/sms/README.md"),
    "webhook": ("BRIDGE_WEBHOOKS__<NAME>", "connectors/webhook/README.md"),
}
"""The setting that holds the access to each system, or to one of its sources, and where its value is renewed."""


def build_connectors(
    settings: Settings, agency: Agency, clock: Clock, pace: Pace | None = None, installation: str = ""
) -> dict[str, Connector]:
    """The connectors this agency uses, by name. `installation` tells this bridge from another one in the same place.

    Only the modules of systems in use are imported, and nothing is asked of the network.
    `pace` stands in for the real rate limits. Raises ConfigError with all missing credentials: then nothing is made.
    """
    shared = pace_for(settings, agency, pace)
    systems = _systems(settings, agency, installation)
    return {one.name: one.connector(*one.given, clock, one.pace(shared)) for one in systems}


def build_readers(settings: Settings, agency: Agency, clock: Clock, pace: Pace | None = None) -> dict[str, Reader]:
    """The same systems, only to be read: none of these has a call that writes. For the rest as `build_connectors`."""
    shared = pace_for(settings, agency, pace)
    return {one.name: one.reader(*one.given, clock, one.pace(shared)) for one in _systems(settings, agency)}


@dataclass(frozen=True, slots=True)
class _System:
    """A system in use: what reads it, what reads and writes it, and what both are given before clock and pace.

    `lanes` are rate limits that are this account's own, by what its connector calls them.
    """

    name: str
    reader: Callable[..., Reader]
    connector: Callable[..., Connector]
    given: tuple[object, ...]
    lanes: Mapping[str, str] = field(default_factory=dict)

    def pace(self, shared: Pace) -> Pace:
        """The limits as this account meets them."""
        return OwnLanes(shared, self.lanes) if self.lanes else shared


def _systems(settings: Settings, agency: Agency, installation: str = "") -> Iterator[_System]:
    if agency.trello:
        from connectors.trello import TrelloConnector, TrelloReader

        for account in agency.accounts("trello"):
            cards = _trello(settings, agency, agency.trello.of(account), account, installation)
            name = connector_called("trello", account)
            yield _System(name, TrelloReader, TrelloConnector, cards, trello_lanes(settings, agency, account))
    if agency.planfix:
        from connectors.planfix import PlanfixConnector, PlanfixReader

        for account in agency.accounts("planfix"):
            tasks = _planfix(settings, agency, agency.planfix.of(account), account)
            name = connector_called("planfix", account)
            yield _System(name, PlanfixReader, PlanfixConnector, tasks, planfix_lanes(account))
    if agency.forms and settings.google.credentials_file:
        from connectors.google_forms import GoogleFormsConnector, GoogleFormsReader

        forms = _google_forms(settings.google, agency, settings.google.credentials_file)
        yield _System("google_forms", GoogleFormsReader, GoogleFormsConnector, forms)
    if agency.telegram:
        from connectors.telegram import TelegramConnector, TelegramReader

        chats = _telegram(settings.telegram, agency, agency.telegram)
        yield _System("telegram", TelegramReader, TelegramConnector, chats)
    if agency.email:
        from connectors.email import EmailConnector, EmailReader

        yield _System("email", EmailReader, EmailConnector, _email(settings, agency.email))
    if agency.sms:
        from connectors.sms import SmsConnector, SmsReader

        yield _System("sms", SmsReader, SmsConnector, (gateway_of(settings.sms, agency.sms),))
    if agency.webhooks:
        from connectors.webhook import WebhookConnector, WebhookReader

        yield _System("webhook", WebhookReader, WebhookConnector, (_webhooks(settings, agency),))


def _webhooks(settings: Settings, agency: Agency) -> tuple[Endpoint, ...]:
    from connectors.webhook import Endpoint

    return tuple(Endpoint(name, url, shown(settings.webhooks[name])) for name, url in agency.webhooks.items())


def telegram_alone(settings: Settings, agency: Agency, clock: Clock) -> TelegramReader | None:
    """The bot, only to be read; None without Telegram, and without its token."""
    if agency.telegram is None or settings.telegram.token is None:
        return None
    from connectors.telegram import TelegramReader

    given = _telegram(settings.telegram, agency, agency.telegram)
    return TelegramReader(*given, clock, pace_for(settings, agency, None))


def findings_of(name: str, connector: Reader) -> list[Finding]:
    """What a connector finds wrong, asked live; that of a further account says of which one."""
    account = account_in(name)
    if not account:
        return connector.check()
    return [_of_account(system_of(name), account, finding) for finding in connector.check()]


def _of_account(system: str, account: str, finding: Finding) -> Finding:
    what = worded("account {account}: {what}", account=account, what=finding.what)
    if not finding.code.endswith(("-unreachable", "-refused")):
        return replace(finding, what=what)
    return replace(finding, what=what, advice=worded("see {setting}", setting=setting_of(system, account, "token")))


def live_names(connectors: Mapping[str, Reader]) -> LiveNames:
    """What the boards and the Planfix accounts have, asked now. Raises ConnectorError when one cannot be asked."""
    tasks = _planfix_names(connectors)
    from connectors.trello import TrelloReader

    trello = [one for one in connectors.values() if isinstance(one, TrelloReader)]
    if not trello:
        return tasks
    asked = [one.names() for one in trello]
    lists = [place for names in asked for place in names.places.values() if not place.closed]
    titles = {name for place in lists for name in (place.title, f"{place.board_name} / {place.name}", place.now)}
    labels = {label.title for names in asked for labels in names.labels.values() for label in labels}
    boards = Counter(board for names in asked for board in {place.board_name for place in names.places.values()})
    return replace(
        tasks,
        lists=frozenset(titles),
        labels=frozenset(labels),
        boards_twice=frozenset(board for board, accounts in boards.items() if accounts > 1),
        members=frozenset(id for names in asked for one in names.members.values() for id in (one.id, one.username)),
        renamed=tuple((one.kind, one.board, one.name, one.now) for connector in trello for one in connector.renamed()),
        fields=(*tasks.fields, *(there for one in trello for there in one.fields_there())),
    )


def _planfix_names(connectors: Mapping[str, Reader]) -> LiveNames:
    found = [one for name, one in connectors.items() if system_of(name) == "planfix"]
    if not found:
        return LiveNames()
    from connectors.planfix import PlanfixReader

    planfix = [one for one in found if isinstance(one, PlanfixReader)]
    return LiveNames(
        statuses=frozenset(name for one in planfix for name in one.statuses()),
        fields=tuple(there for one in planfix for there in one.fields_there()),
    )


def form_page(settings: Settings, form: FormConfig) -> str:
    """The address of a form's page, as clients open it: on Google's host or on its stand-in."""
    link = form.entry.link
    return settings.google.pages_base_url + link.removeprefix(_PAGES) if link.startswith(_PAGES) else link


def people_in(agency: Agency, connector: str) -> dict[str, str]:
    """The keys of people by their id in a system, or in one of its accounts.

    A member of Trello is the same one in every account; a user of Planfix has another number in each.
    """
    found = {person.ids[connector]: key for key, person in agency.people.people.items() if connector in person.ids}
    if system_of(connector) != "trello" or not account_in(connector):
        return found
    usual = {id: key for id, key in people_in(agency, "trello").items() if key not in found.values()}
    return {**usual, **found}


def pace_for(settings: Settings, agency: Agency, given: Pace | None) -> Pace:
    """The rate limits, once it is sure that every credential is there. Raises ConfigError."""
    findings = missing_credentials(settings, agency)
    if findings:
        raise ConfigError(findings)
    return given or _real_pace(agency)


def _real_pace(agency: Agency) -> Pace:
    """One set of rate limits for all: what the connectors know, and what bridge.yaml says instead."""
    from connectors.http import TokenBuckets

    return TokenBuckets(limits_of(agency))


def limits_of(agency: Agency) -> dict[str, tuple[int, float]]:
    """The rate limits by lane. Raises ConfigError for one that no connector in use has."""
    known = _known_limits(agency)
    findings = [
        Finding(agency.places[f"paces.{lane}"], "unknown-lane", f'unknown lane "{lane}"', did_you_mean(lane, known))
        for lane in agency.paces
        if lane not in known
    ]
    if findings:
        raise ConfigError(findings)
    return {**known, **agency.paces}


def _known_limits(agency: Agency) -> dict[str, tuple[int, float]]:
    limits: dict[str, tuple[int, float]] = {}
    if agency.trello:
        from connectors.trello import LIMITS as TRELLO_LIMITS

        limits.update(TRELLO_LIMITS)
    if agency.planfix:
        from connectors.planfix import LIMITS as PLANFIX_LIMITS

        limits.update(PLANFIX_LIMITS)
    if agency.forms:
        from connectors.google_forms import LIMITS as GOOGLE_LIMITS

        limits.update(GOOGLE_LIMITS)
    if agency.telegram:
        from connectors.telegram import LIMITS as TELEGRAM_LIMITS

        limits.update(TELEGRAM_LIMITS)
    if agency.email:
        from connectors.email import LIMITS as EMAIL_LIMITS

        limits.update(EMAIL_LIMITS)
    if agency.sms:
        from connectors.sms import LIMITS as SMS_LIMITS

        limits.update(SMS_LIMITS)
    if agency.webhooks:
        from connectors.webhook import LIMITS as WEBHOOK_LIMITS

        limits.update(WEBHOOK_LIMITS)
    return limits


def _trello(
    settings: Settings, agency: Agency, config: TrelloConfig, account: str, installation: str
) -> tuple[TrelloSettings, TrelloMapping]:
    from connectors.trello import TrelloMapping, TrelloSettings

    access = settings.trello.of(account)
    planfix = settings.planfix.base_url or ""
    further = [name for name in agency.accounts("planfix") if name]
    mapping = TrelloMapping(
        boards=config.boards,
        lists=agency.lists,
        labels=agency.labels,
        options=agency.options,
        fields=config.fields,
        people=people_in(agency, connector_called("trello", account)),
        own_member=config.own_member,
        keep_facts=config.keep_facts,
        zone=agency.zone,
        large_board=config.large_board,
        rolling_seconds=config.rolling_seconds,
        largest_file=config.largest_file,
        region=agency.phone_region,
        task_link=planfix and _task_link(planfix),
        planfix_account=planfix_account(planfix),
        further_tasks={name: _task_link(settings.planfix.of(name).base_url or "") for name in further},
        account=account or "main",
        files=bool(agency.files_of("trello")),
    )
    given = TrelloSettings(
        key=shown(access.key),
        token=shown(access.token),
        secret=shown(access.secret),
        base_url=access.base_url,
        callback_url=trello_callback(settings, account),
        renewed_in=setting_of("trello", account, "token"),
    )
    if installation:
        given = replace(given, client_identifier=f"{given.client_identifier}-{installation}")
    return given, mapping


def trello_callback(settings: Settings, account: str = "") -> str:
    """Where Trello calls, as it was registered: calls are signed over it. "" when the bridge has no public address."""
    path = f"/hooks/trello/{account}" if account else "/hooks/trello"
    return f"{settings.public_url}{path}" if settings.public_url else ""


def planfix_callback(settings: Settings) -> str:
    """Where the scenarios of a Planfix account call. "" when the bridge has no public address."""
    return f"{settings.public_url}/hooks/planfix" if settings.public_url else ""


def _task_link(planfix: str) -> str:
    """The shape of a task's address in this Planfix."""
    return planfix.removesuffix("/rest") + "/task/{id}"


def _planfix(
    settings: Settings, agency: Agency, config: PlanfixConfig, account: str
) -> tuple[PlanfixSettings, PlanfixMapping]:
    from connectors.planfix import PlanfixMapping, PlanfixSettings, TagField

    access = settings.planfix.of(account)
    base_url = access.base_url or ""
    given = PlanfixSettings(
        token=shown(access.token),
        base_url=base_url,
        account=account or planfix_account(base_url),
        renewed_in=setting_of("planfix", account, "token"),
        scenarios=planfix_callback(settings),
    )
    mapping = PlanfixMapping(
        deal_templates=config.deal_templates,
        fields=config.fields,
        buttons=config.buttons,
        card_field=config.card_field,
        people=people_in(agency, connector_called("planfix", account)),
        zone=config.zone or agency.zone,
        task_template=config.task_template,
        overlap_minutes=config.overlap_minutes,
        region=agency.phone_region,
        companies=config.companies,
        comments=config.comments,
        files=agency.files_of("planfix"),
        silent=config.silent,
        time=_time_tag(config),
        tags={name: TagField(one.tag, one.field, one.take, one.only) for name, one in config.data_tags.items()},
        silent_fields=frozenset(
            place for spec in agency.ruleset.fields.values() if spec.silent for place in spec.places
        ),
    )
    return given, mapping


def _time_tag(config: PlanfixConfig) -> TimeTag | None:
    from connectors.planfix import TimeTag

    time = config.time
    if time is None:
        return None
    kinds = {str(ours): theirs for ours, theirs in time.kinds.items()}
    return TimeTag(time.tag, time.spent, time.kind, kinds, time.day, time.person)


def _google_forms(access: GoogleAccess, agency: Agency, key_file: Path) -> tuple[GoogleSettings, list[FormSpec]]:
    from connectors.google_forms import FormSpec, GoogleSettings

    specs = [
        FormSpec(
            id=form.id,
            spreadsheet=form.entry.spreadsheet,
            sheet=form.entry.sheet,
            token_column=form.entry.token.column,
            timestamp_column=form.entry.timestamp_column or "",
            answers=form.entry.answers,
            lag=timedelta(seconds=form.entry.lag),
            region=agency.phone_region,
            phones=_phones(agency),
            uploads=frozenset(form.entry.files),
            days=_typed(agency, FieldType.DATE),
            moments=_typed(agency, FieldType.MOMENT),
        )
        for form in agency.forms
    ]
    given = GoogleSettings(
        credentials=service_account(key_file),
        sheets_base_url=access.sheets_base_url,
        drive_base_url=access.drive_base_url,
        forms_base_url=access.forms_base_url,
    )
    return given, specs


def _phones(agency: Agency) -> frozenset[str]:
    """The facts that are a contact's phone in Planfix, which is read as +380441234567."""
    fields = agency.ruleset.fields.values()
    return frozenset(spec.key for spec in fields if spec.source.endswith(".contact.phone"))


def _typed(agency: Agency, kind: FieldType) -> frozenset[str]:
    """The facts of a type."""
    return frozenset(spec.key for spec in agency.ruleset.fields.values() if spec.type is kind)


def _telegram(
    access: TelegramAccess, agency: Agency, config: TelegramConfig
) -> tuple[TelegramSettings, TelegramMapping]:
    from connectors.telegram import TelegramMapping, TelegramSettings

    people = people_in(agency, "telegram")
    given = TelegramSettings(
        token=shown(access.token), base_url=access.base_url, long_poll=timedelta(seconds=config.long_poll)
    )
    mapping = TelegramMapping(
        people=dict(people.items()),
        person_chats={key: chat for chat, key in people.items()},
        staff_chat=config.staff_chat,
    )
    return given, mapping


def _email(settings: Settings, config: EmailConfig) -> tuple[SmtpSettings, EmailMapping, InboxSettings | None]:
    from connectors.email import EmailMapping, InboxSettings, SmtpSettings, address

    given = SmtpSettings.of(shown(settings.smtp.url), settings.smtp.from_ or "")
    inbox = InboxSettings.of(shown(settings.imap.url)) if settings.imap.url is not None else None
    subject = config.subject.by_language() if config.subject is not None else {}
    reply_to = address(config.reply_to) if config.reply_to else ""
    return given, EmailMapping(config.name, subject, reply_to, config.keep_words), inbox
