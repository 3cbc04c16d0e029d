"""Which credentials the systems in use need, and what is wrong with those that were given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridge.engine.accounts import connector_called
from bridge.model.findings import Finding
from bridge.model.wording import Worded, worded
from bridge.wiring.agency import Agency
from bridge.wiring.settings import Settings, SmsAccess, setting_of, shown
from bridge.wiring.shapes import EmailConfig, SmsConfig

if TYPE_CHECKING:
    from connectors.sms import Gateway

_MANUAL = "docs/reference/configuration.md"
_WHERE_TO_GET = {
    "BRIDGE_TRELLO__KEY": worded("make a Power-Up at https://trello.com/power-ups/admin and copy its API key"),
    "BRIDGE_TRELLO__TOKEN": worded("follow the link Token beside the API key at https://trello.com/power-ups/admin"),
    "BRIDGE_TRELLO__SECRET": worded("copy the secret beside the API key at https://trello.com/power-ups/admin"),
    "BRIDGE_PLANFIX__BASE_URL": worded("write https://ACCOUNT.planfix.com/rest with the name of your account"),
    "BRIDGE_PLANFIX__TOKEN": worded("make one in Planfix under Account management, Access to API, REST API"),
    "BRIDGE_PLANFIX__SCENARIO_SECRET": worded(
        "make up a long random text and put it into the scenario's HTTP request too"
    ),
    "BRIDGE_GOOGLE__CREDENTIALS_FILE": worded(
        "make a service account at https://console.cloud.google.com/iam-admin/"
        "serviceaccounts, save its JSON key and name the file"
    ),
    "BRIDGE_TELEGRAM__TOKEN": worded("ask @BotFather in Telegram: /newbot, or /token for a bot you have"),
    "BRIDGE_SMTP__URL": worded("ask whoever hosts your mail for its outgoing server: smtps://user:password@host:465"),
    "BRIDGE_IMAP__URL": worded("ask whoever hosts your mail for its incoming server: imaps://user:password@host:993"),
    "BRIDGE_SMS__SECRET": worded("ask the operator of your SMS gateway for a key"),
    "BRIDGE_WEBHOOKS": worded("agree on a secret with whoever is called: whsec_ and 24 random bytes or more in base64"),
    "BRIDGE_SMTP__FROM": worded("write the address that letters to clients come from"),
}


def missing_credentials(settings: Settings, agency: Agency) -> list[Finding]:
    """A finding for each credential that a system in use needs and the settings lack. Values are never shown."""
    findings = [
        Finding(
            agency.places[system],
            "missing-credential",
            worded("{name} is not set", name=name),
            _where_to_get(name),
            _MANUAL,
        )
        for system, name, value in _needed(settings, agency)
        if value is None
    ]
    findings += _one_account_twice(settings, agency)
    if agency.email is not None:
        findings += _bad_mail(settings, agency, agency.email)
    findings += _bad_webhooks(settings, agency)
    findings += _bad_gateway(settings, agency)
    if agency.forms and settings.google.credentials_file is not None:
        findings += _unreadable_key(settings.google.credentials_file, agency)
    return sorted(findings)


def _where_to_get(name: str) -> Worded:
    return _WHERE_TO_GET[re.sub("__ACCOUNTS__.*__", "__", re.sub("(WEBHOOKS)__.*", r"\1", name))]


def _bad_webhooks(settings: Settings, agency: Agency) -> Iterator[Finding]:
    """Addresses that cannot be called, and secrets that cannot sign."""
    from connectors.webhook import Endpoint

    for name, url in agency.webhooks.items():
        secret = settings.webhooks.get(name)
        if secret is None:
            continue
        try:
            Endpoint(name, url, shown(secret))
        except ValueError as error:
            what = worded("webhooks: {name}: {reason}", name=name, reason=error.args[0])
            where, advice = agency.places[f"webhook.{name}"], _where_to_get("BRIDGE_WEBHOOKS")
            yield Finding(where, "bad-credential", what, advice, _MANUAL)


def _bad_gateway(settings: Settings, agency: Agency) -> Iterator[Finding]:
    """A gateway that could not be told what it needs."""
    if agency.sms is None:
        return
    try:
        gateway_of(settings.sms, agency.sms)
    except ValueError as error:
        what = worded("sms: {reason}", reason=error.args[0])
        yield Finding(agency.places["sms"], "bad-credential", what, "see docs/how-to/write-by-sms.md", _MANUAL)


def gateway_of(access: SmsAccess, config: SmsConfig) -> Gateway:
    """The gateway as the connector is handed it. Raises ValueError with words for an admin."""
    from connectors.sms import Gateway

    return Gateway(
        url=config.url,
        body=config.json_ or config.form,
        headers=config.headers,
        as_form=bool(config.form),
        sender=config.sender,
        taken=config.taken,
        id_path=config.id,
        segments=config.segments,
        secret=shown(access.secret),
    )


def _needed(settings: Settings, agency: Agency) -> Iterator[tuple[str, str, object]]:
    """System, variable and value of every credential that is needed. Those of webhooks only with a public address."""
    public = settings.public_url is not None
    for account in agency.accounts("trello"):
        trello = settings.trello.of(account)
        named = connector_called("trello", account)
        given = {"key": trello.key, "token": trello.token, **({"secret": trello.secret} if public else {})}
        for name, value in given.items():
            # What further accounts share with the first one is asked for once.
            if value is not None or not account or name == "token":
                yield named, setting_of("trello", account, name), value
    for account in agency.accounts("planfix"):
        planfix = settings.planfix.of(account)
        named = connector_called("planfix", account)
        yield named, setting_of("planfix", account, "base_url"), planfix.base_url
        yield named, setting_of("planfix", account, "token"), planfix.token
        if public:
            yield named, setting_of("planfix", account, "scenario_secret"), planfix.scenario_secret
    if agency.forms:
        yield "google_forms", "BRIDGE_GOOGLE__CREDENTIALS_FILE", settings.google.credentials_file
    if agency.telegram:
        yield "telegram", "BRIDGE_TELEGRAM__TOKEN", settings.telegram.token
    if agency.email:
        yield "email", "BRIDGE_SMTP__URL", settings.smtp.url
        yield "email", "BRIDGE_SMTP__FROM", settings.smtp.from_
    if agency.sms:
        yield "sms", "BRIDGE_SMS__SECRET", settings.sms.secret
    for name in agency.webhooks:
        yield f"webhook.{name}", f"BRIDGE_WEBHOOKS__{name.upper()}", settings.webhooks.get(name)


def _one_account_twice(settings: Settings, agency: Agency) -> Iterator[Finding]:
    """Planfix accounts that are told apart by name only: their things would be taken for each other's."""
    seen: dict[str, str] = {}
    for account in agency.accounts("planfix"):
        where, access = agency.places[connector_called("planfix", account)], settings.planfix.of(account)
        own = account or planfix_account(access.base_url or "")
        secret = shown(access.scenario_secret)
        for name, value in (("", own), ("base_url", access.base_url or ""), ("scenario_secret", secret)):
            if not value or seen.setdefault(f"{name} {value}", account) == account:
                continue
            if name:
                what = worded("{name} is that of another account too", name=setting_of("planfix", account, name))
                yield Finding(where, "same-account", what, "each account of Planfix needs its own", _MANUAL)
            else:
                what = worded('"{name}" is what the first account is called at its address', name=own)
                yield Finding(where, "same-account", what, "give this account another name", _MANUAL)


def _unreadable_key(path: Path, agency: Agency) -> Iterator[Finding]:
    where = agency.places["google_forms"]
    name = "BRIDGE_GOOGLE__CREDENTIALS_FILE"
    try:
        service_account(path)
    except OSError as error:
        yield Finding(
            where,
            "bad-credential",
            worded("{name}: {path} cannot be read ({reason})", name=name, path=path, reason=error.strerror),
            _WHERE_TO_GET[name],
        )
    except ValueError:
        what = worded("{name}: {path} is not the JSON key of a service account", name=name, path=path)
        yield Finding(where, "bad-credential", what, _WHERE_TO_GET[name], _MANUAL)


def _bad_mail(settings: Settings, agency: Agency, config: EmailConfig) -> Iterator[Finding]:
    """What of the mail server's address, of the mailbox's, or of our own, cannot be read."""
    from connectors.email import InboxSettings, SmtpSettings, address

    smtp, imap = settings.smtp, settings.imap
    asked: dict[str, Callable[[], object]] = {
        "BRIDGE_SMTP__URL": lambda: SmtpSettings.of(shown(smtp.url), "office@agency.test") if smtp.url else None,
        "BRIDGE_SMTP__FROM": lambda: address(smtp.from_) if smtp.from_ else "",
        "BRIDGE_IMAP__URL": lambda: InboxSettings.of(shown(imap.url)) if imap.url is not None else None,
        "email: reply_to": lambda: address(config.reply_to) if config.reply_to else "",
    }
    for name, read in asked.items():
        try:
            read()
        except ValueError as error:
            what = worded("{name}: {reason}", name=name, reason=error.args[0])
            yield Finding(agency.places["email"], "bad-credential", what, _WHERE_TO_GET.get(name, ""), _MANUAL)


def service_account(path: Path) -> dict[str, Any]:
    """The key in a file. Raises OSError, and ValueError for what is no key of a service account."""
    key = json.loads(path.read_bytes())
    if not isinstance(key, dict) or not {"client_email", "private_key", "token_uri"} <= key.keys():
        raise ValueError("not a service account")
    return key


def planfix_account(base_url: str) -> str:
    """The account's name in https://ACCOUNT.planfix.com/rest; "main" for any other host."""
    host = urlsplit(base_url).hostname or ""
    account, _, domain = host.partition(".")
    return account if domain in ("planfix.com", "planfix.ru") else "main"
