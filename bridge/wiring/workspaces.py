"""Several agencies in one process: each has a folder, secrets, a database and a web address of its own.

Where BRIDGE_WORKSPACES names folders, each is the config folder of one workspace, called after it. What belongs to a
system is read from its own `.env` and its own folder of secret files only: nothing of one agency can reach another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
)

from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Position, did_you_mean
from bridge.model.wording import worded
from bridge.wiring.settings import Settings, load_settings, read_settings, secrets_folder, shown

_MANUAL = "docs/how-to/several-agencies.md"
_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,30}")
_TAKEN = frozenset({"health", "ready", "metrics", "hooks"})
"""Addresses of the web app itself."""

_chosen: ContextVar[str] = ContextVar("workspace", default="")


class _OwnSettings(Settings):
    """Settings of one workspace of several: the common environment tells it nothing."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, its `.env`, and its secret files."""
        return init_settings, dotenv_settings, NestedSecretsSettingsSource(file_secret_settings)


def folders_of(common: Settings) -> dict[str, Path]:
    """The folder of each workspace by its name, in the order given; empty where there is but one agency.

    Raises ConfigError for names that cannot stand in an address, or are used twice.
    """
    folders: dict[str, Path] = {}
    findings: list[Finding] = []
    for folder in common.workspaces:
        name = folder.name
        if _NAME.fullmatch(name) is None or name in _TAKEN:
            what = worded('"{name}" cannot be the name of a workspace', name=name)
            findings.append(_finding(what, worded("use small Latin letters, digits, - and _ for its folder")))
        elif name in folders:
            what = worded('two workspaces are called "{name}"', name=name)
            findings.append(_finding(what, worded("rename the folder of one")))
        folders[name] = folder
    if findings:
        raise ConfigError(findings)
    return folders


def settings_of(common: Settings, name: str) -> Settings:
    """The settings of one workspace of several. Raises ConfigError for an unknown name, or with what does not fit.

    Where it listens, how it logs and its sign of life are those of the process; its database lies beside the common
    one, unless its `.env` names another.
    """
    folders = folders_of(common)
    if name not in folders:
        what = worded('there is no workspace "{name}"', name=name)
        raise ConfigError([_finding(what, did_you_mean(name, folders))])
    given = {
        "config_dir": folders[name],
        "workspace": name,
        "public_url": f"{common.public_url}/{name}" if common.public_url else None,
        "log_format": common.log_format,
        "web": common.web,
        "ping": common.ping,
    }
    file = folders[name] / ".env"
    own = read_settings(_OwnSettings, Position(file.as_posix()), file, secrets_folder() / name, given)
    if "database_url" in own.model_fields_set:
        return own
    return own.model_copy(update={"database_url": _beside(common.database_url, name)})


def settings_here() -> Settings:
    """The settings that a command is about: of the workspace chosen, else of the only one there is.

    Raises ConfigError when there are several and none was chosen.
    """
    common = load_settings()
    folders = folders_of(common)
    name = _chosen.get() or common.workspace
    if not folders:
        if name:
            what = worded('there is no workspace "{name}": this bridge serves one agency', name=name)
            raise ConfigError([_finding(what, worded("leave --workspace and BRIDGE_WORKSPACE out"))])
        return common
    if not name and len(folders) > 1:
        what = worded("there are several workspaces: {names}", names=", ".join(folders))
        raise ConfigError([_finding(what, worded("say which one: --workspace {name}", name=next(iter(folders))))])
    return settings_of(common, name or next(iter(folders)))


def unchosen() -> tuple[str, ...]:
    """The names of all workspaces, where there are several and none was chosen."""
    common = load_settings()
    folders = folders_of(common)
    return () if _chosen.get() or common.workspace or len(folders) < 2 else tuple(folders)


def choose(name: str) -> None:
    """What follows in this process, or this thread, is about that workspace."""
    _chosen.set(name)


@contextmanager
def chosen(name: str) -> Iterator[None]:
    """The block is about that workspace."""
    before = _chosen.set(name)
    try:
        yield
    finally:
        _chosen.reset(before)


def misnamed(settings: Settings, said: str) -> list[Finding]:
    """A finding where bridge.yaml calls the workspace otherwise than its folder."""
    if "" in (settings.workspace, said) or settings.workspace == said:
        return []
    where = Position((settings.config_dir / "bridge.yaml").as_posix())
    what = worded('the folder is called "{folder}", and workspace: says "{name}"', folder=settings.workspace, name=said)
    advice = worded("write workspace: {folder}, or rename the folder", folder=settings.workspace)
    return [Finding(where, "workspace-name", what, advice, _MANUAL)]


def nobodys(common: Settings) -> list[Finding]:
    """Findings for access to systems in the common settings, where each workspace must have its own."""
    if not common.workspaces:
        return []
    return [
        _finding(
            worded("BRIDGE_{section}__… stands in the common settings and reaches no workspace", section=name.upper()),
            worded("move it into the .env of a workspace's folder"),
        )
        for name in ("trello", "planfix", "google", "telegram", "smtp", "imap", "sms", "webhooks")
        if (common.webhooks if name == "webhooks" else getattr(common, name).model_fields_set)
    ]


def shared_by_two(common: Settings) -> list[Finding]:
    """Findings for what two workspaces cannot have together: one database, or one bot, whose messages only one gets.

    Workspaces whose settings do not fit are left out: they say so themselves.
    """
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for name in folders_of(common):
        try:
            own = settings_of(common, name)
        except ConfigError:
            continue
        variables = {"BRIDGE_DATABASE_URL": own.database_url, "BRIDGE_TELEGRAM__TOKEN": shown(own.telegram.token)}
        for variable, value in variables.items():
            other = seen.setdefault(f"{variable} {value}", name) if value else name
            if other != name:
                words = "{variable} is the same in {one} and in {other}"
                what = worded(words, variable=variable, one=other, other=name)
                findings.append(_finding(what, worded("each workspace needs its own")))
    return findings


def _finding(what: str, advice: str) -> Finding:
    return Finding(Position("environment"), "bad-workspace", what, advice, _MANUAL)


def _beside(url: str, name: str) -> str:
    """`bridge-alpha.db` beside `bridge.db`."""
    kind, separator, file = url.partition(":///")
    path = Path(file)
    return f"{kind}{separator}{path.with_name(f'{path.stem}-{name}{path.suffix}')}" if separator else url
