"""Settings of this installation: where things are and the secrets to reach them. Choices of the agency are YAML files.

Read from the environment, a `.env` file and a folder of secret files (in that order of precedence): prefix `BRIDGE_`,
nested by `__`, so `BRIDGE_TRELLO__TOKEN` in each of them. An empty value counts as absent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Position, did_you_mean
from bridge.model.wording import as_it_says, worded

_MANUAL = "docs/reference/configuration.md"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _address(text: str, *, without: tuple[str, ...] = ()) -> str:
    """The address without its last slash. Raises ValueError when it is no http address or ends in what we add."""
    address = text.rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise ValueError("must start with https:// (or http:// for a local stand-in)")
    for tail in without:
        if address.endswith(tail):
            raise ValueError(f"must be written without {tail}: the bridge adds it")
    return address


class TrelloAccount(_Section):
    """How to reach a further Trello account. What is left out is that of the first one, but for the token."""

    key: SecretStr | None = None
    token: SecretStr | None = None
    secret: SecretStr | None = None


class TrelloAccess(_Section):
    """How to reach Trello, and further accounts of it by their names in bridge.yaml."""

    key: SecretStr | None = None
    token: SecretStr | None = None
    secret: SecretStr | None = None
    base_url: str = "https://api.trello.com"
    accounts: Mapping[str, TrelloAccount] = Field(default_factory=dict)

    @field_validator("base_url")
    @classmethod
    def _host(cls, text: str) -> str:
        return _address(text, without=("/1",))

    def of(self, account: str) -> TrelloAccess:
        """How to reach the account of that name; "" is the first one. One that is not there has no token."""
        if not account:
            return self
        own = self.accounts.get(account, TrelloAccount())
        return TrelloAccess(
            key=own.key or self.key, token=own.token, secret=own.secret or self.secret, base_url=self.base_url
        )


class PlanfixAccount(_Section):
    """How to reach one Planfix account, and the secret that its scenarios send along with a button press."""

    token: SecretStr | None = None
    base_url: str | None = None
    scenario_secret: SecretStr | None = None

    @field_validator("base_url")
    @classmethod
    def _host(cls, text: str | None) -> str | None:
        if text is None:
            return None
        address = _address(text)
        if not address.endswith("/rest"):
            raise ValueError("must end with /rest, as in https://ACCOUNT.planfix.com/rest")
        return address


class PlanfixAccess(PlanfixAccount):
    """How to reach Planfix, and further accounts of it by their names in bridge.yaml: nothing of theirs is shared."""

    accounts: Mapping[str, PlanfixAccount] = Field(default_factory=dict)

    def of(self, account: str) -> PlanfixAccount:
        """How to reach the account of that name; "" is the first one. One that is not there has neither."""
        return self.accounts.get(account, PlanfixAccount()) if account else self


class GoogleAccess(_Section):
    """A service account's key file, and the hosts of the services. `pages_base_url` serves the forms people fill in."""

    credentials_file: Path | None = None
    sheets_base_url: str = "https://sheets.googleapis.com"
    drive_base_url: str = "https://www.googleapis.com"
    forms_base_url: str = "https://forms.googleapis.com"
    pages_base_url: str = "https://docs.google.com"

    @field_validator("sheets_base_url", "drive_base_url", "forms_base_url", "pages_base_url")
    @classmethod
    def _host(cls, text: str) -> str:
        return _address(text, without=("/v1", "/v3", "/v4"))


class TelegramAccess(_Section):
    """How to reach the agency's bot."""

    token: SecretStr | None = None
    base_url: str = "https://api.telegram.org"

    @field_validator("base_url")
    @classmethod
    def _host(cls, text: str) -> str:
        return _address(text, without=("/bot", "/file"))


class SmtpAccess(_Section):
    """The mail server: `smtps://user:password@host:port`, and the sender's address."""

    url: SecretStr | None = None
    from_: str | None = Field(default=None, alias="from")


class ImapAccess(_Section):
    """The mailbox into which answers to letters come: `imaps://user:password@host:port/folder`. Optional."""

    url: SecretStr | None = None


class SmsAccess(_Section):
    """What the SMS gateway knows this agency by."""

    secret: SecretStr | None = None


class WebAccess(_Section):
    """Where the control room and the webhooks listen. Loopback unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    password: SecretStr | None = None


class VaultAccess(_Section):
    """The private key of the vault: only `bridge vault show` reads it, and the daemon needs none."""

    key_file: Path | None = None


class Ping(_Section):
    """The sign of life for an outside watcher: a file that is written, an address that is called, each minute."""

    file: Path | None = None
    url: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _web(cls, url: SecretStr | None) -> SecretStr | None:
        return None if url is None else SecretStr(_address(url.get_secret_value()))


class Settings(BaseSettings):
    """Everything that differs between two installations of the same agency pack."""

    model_config = SettingsConfigDict(
        env_prefix="BRIDGE_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        secrets_nested_delimiter="__",
        secrets_dir_missing="ok",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    config_dir: Path = Path("config")
    workspaces: Annotated[tuple[Path, ...], NoDecode] = ()
    workspace: str = ""
    database_url: str = Field(default="sqlite:///var/bridge.db", repr=False)  # may hold a password
    public_url: str | None = None
    log_format: Literal["text", "json"] = "text"
    trello: TrelloAccess = TrelloAccess()
    planfix: PlanfixAccess = PlanfixAccess()
    google: GoogleAccess = GoogleAccess()
    telegram: TelegramAccess = TelegramAccess()
    smtp: SmtpAccess = SmtpAccess()
    imap: ImapAccess = ImapAccess()
    sms: SmsAccess = SmsAccess()
    webhooks: dict[str, SecretStr] = Field(default_factory=dict)
    web: WebAccess = WebAccess()
    ping: Ping = Ping()
    vault: VaultAccess = VaultAccess()

    @field_validator("workspaces", mode="before")
    @classmethod
    def _folders(cls, given: object) -> object:
        return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given

    @field_validator("public_url")
    @classmethod
    def _public(cls, text: str | None) -> str | None:
        return None if text is None else _address(text)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The stock order, with secret files that may be named like the variables (`BRIDGE_TRELLO__TOKEN`)."""
        return init_settings, env_settings, dotenv_settings, NestedSecretsSettingsSource(file_secret_settings)


S = TypeVar("S", bound=Settings)


def shown(secret: SecretStr | None) -> str:
    """The secret itself, "" when there is none."""
    return secret.get_secret_value() if secret else ""


def load_settings(
    *, env_file: Path | None = Path(".env"), secrets_dir: Path | None = None, given: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of this process.

    `secrets_dir` is by default the folder named by BRIDGE_SECRETS_DIR, else /run/secrets. `given` wins over everything
    else. Raises ConfigError with a finding for each variable that does not fit; values never appear in it.
    """
    return read_settings(Settings, Position("environment"), env_file, secrets_dir or secrets_folder(), given or {})


def secrets_folder() -> Path:
    """Where secret files are, each named like its variable."""
    return Path(os.environ.get("BRIDGE_SECRETS_DIR") or "/run/secrets")


def read_settings(
    kind: type[S], where: Position, env_file: Path | None, secrets_dir: Path, given: Mapping[str, Any]
) -> S:
    """Settings of a kind, from the sources that this kind reads. Raises ConfigError with findings at `where`."""
    options: dict[str, Any] = {"_env_file": env_file, "_secrets_dir": secrets_dir if secrets_dir.is_dir() else None}
    try:
        return kind(**options, **given)
    except ValidationError as error:
        raise ConfigError([_setting_finding(item, where) for item in error.errors(include_url=False)]) from None
    except SettingsError as error:
        what = worded("the settings cannot be read: {reason}", reason=as_it_says(str(error)))
        raise ConfigError([Finding(where, "bad-setting", what, see=_MANUAL)]) from None


def variables() -> Iterator[str]:
    """The names of all settings as environment variables."""
    yield from (f"BRIDGE_{name}".upper() for name in _names_in(Settings))


def setting_of(system: str, account: str, name: str) -> str:
    """The variable that tells the bridge something of one account of a system; "" is the first account."""
    parts = (system, "accounts", account, name) if account else (system, name)
    return f"BRIDGE_{'__'.join(parts)}".upper()


def _names_in(model: type[BaseModel]) -> Iterator[str]:
    """The names of a section's settings; those of its accounts under NAME."""
    for name, item in model.model_fields.items():
        own = item.alias or name
        section = next((part for part in (item.annotation, *get_args(item.annotation)) if _is_section(part)), None)
        if section is None:
            yield own
        else:
            between = "__NAME__" if name == "accounts" else "__"
            yield from (f"{own}{between}{inner}" for inner in _names_in(section))


def _is_section(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, _Section)


def _setting_finding(item: Mapping[str, Any], where: Position) -> Finding:
    variable = "BRIDGE_" + "__".join(str(step) for step in item["loc"]).upper()
    if item["type"] == "extra_forbidden":
        advice = did_you_mean(variable, variables())
        return Finding(
            where, "unknown-setting", worded("there is no setting {variable}", variable=variable), advice, _MANUAL
        )
    reason = as_it_says(str(item["msg"]).removeprefix("Value error, "))
    what = worded("{variable} does not fit: {reason}", variable=variable, reason=reason)
    return Finding(where, "bad-setting", what, see=_MANUAL)
