"""What a command needs before it can do anything: settings, the agency's files, the engine or only its store."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import structlog

from bridge.cli.loading import loading
from bridge.engine.clock import CLOCK_KEY
from bridge.engine.engine import Engine
from bridge.model.errors import BridgeError, ConfigError, StoreError
from bridge.model.findings import Finding, Level, Position
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor
from bridge.model.values import parse_moment
from bridge.model.wording import as_it_says, worded
from bridge.store import Store
from bridge.store.database import Lock
from bridge.wiring.agency import Agency, load_agency, spoken_in, zone_in
from bridge.wiring.assemble import assemble, closing
from bridge.wiring.credentials import missing_credentials
from bridge.wiring.rule_history import last_good, note_start, red_tests
from bridge.wiring.settings import Settings
from bridge.wiring.shadow import assemble_shadow, shadow_settings
from bridge.wiring.workspaces import misnamed, settings_here
from bridge.words import Language

log = structlog.get_logger(__name__)

_SQLITE = b"SQLite format 3\0"


def pin_time_zones() -> None:
    """Zones come from the pinned tzdata package, never from the machine: the same deadline everywhere."""
    import_module("tzdata")
    reset_tzpath(to=[])
    ZoneInfo.clear_cache()


def speaks(agency: Agency | None) -> str:
    """The language in which commands speak to an agency: its own; English while nobody can tell."""
    return agency.language if agency is not None else "en"


def told_here() -> str:
    """The language of the config folder here, also while its rules or the settings are wrong; English without one."""
    return spoken_in(_folder_here())


def reader() -> str:
    """The language of whoever types: the one behind --language, else that of the config folder here."""
    for word, after in pairwise([*sys.argv[1:], ""]):
        given = after if word == "--language" else word.removeprefix("--language=")
        if given != word and given in set(Language):
            return given
    return told_here()


def whose() -> tuple[ZoneInfo, str]:
    """The zone and the language of the agency here, for those who say when something was; UTC where none can be read.

    Nothing may fail for want of it.
    """
    return ZoneInfo(zone_in(_folder_here())), reader()


def _folder_here() -> Path:
    """The config folder a command is about; the first one, while the settings are wrong or nobody said which."""
    try:
        return settings_here().config_dir
    except BridgeError:
        first = os.environ.get("BRIDGE_WORKSPACES", "").partition(",")[0].strip()
        return Path(first or os.environ.get("BRIDGE_CONFIG_DIR", "config"))


def today() -> date:
    """The date on which a person asks."""
    return datetime.now(UTC).date()


def loaded() -> tuple[Settings, Agency]:
    """Settings and agency. Raises ConfigError with every finding when something is wrong."""
    settings = settings_here()
    agency, found = load_agency(settings.config_dir)
    findings = [*unusable_database(settings), *found, *misnamed(settings, agency.workspace if agency else "")]
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if agency is None or errors:
        raise ConfigError(errors or findings)
    return settings, agency


def loaded_or_last_good(shadow: bool, tested: bool = False, aloud: bool = True) -> tuple[Settings, Agency, str]:
    """Settings and agency; while the files are wrong, the agency that was in force last, and what is wrong with them.

    With `tested`, rules that follow others must pass their tests; `aloud` logs what was refused. Raises ConfigError
    when there is none, or when the settings themselves are wrong.
    """
    try:
        settings, agency = loaded()
        if tested and (red := red_tests(shadow_settings(settings) if shadow else settings, agency)):
            raise ConfigError(red)
        return (shadow_settings(settings) if shadow else settings), agency, ""
    except ConfigError as error:
        settings = settings_here()
        settings = shadow_settings(settings) if shadow else settings
        found = last_good(settings) if _database_file(settings) else None
        if found is None:
            raise
        taken, agency = found
        for finding in error.findings if aloud else ():
            log.error("rules refused", finding=str(finding))
        if aloud:
            log.error("running on the last good rules", hash=taken.hash, since=taken.at.isoformat(), by=taken.by)
        return settings, agency, str(error.findings[0]) if error.findings else str(error)


def unusable_database(settings: Settings) -> list[Finding]:
    """What is wrong with BRIDGE_DATABASE_URL. The address itself is not shown: it may hold a password."""
    if _database_file(settings):
        return []
    what = "BRIDGE_DATABASE_URL is no address of an SQLite file"
    advice = "write sqlite:///var/bridge.db, or sqlite:////four/slashes/for/a/whole/path.db"
    return [Finding(Position("environment"), "bad-setting", what, advice, "docs/reference/configuration.md")]


def _database_file(settings: Settings) -> str:
    kind, _, file = settings.database_url.partition(":///")
    return file if kind in ("sqlite", "sqlite+pysqlite") else ""


def database_file(settings: Settings) -> Path:
    """Where the database lies, or will."""
    return Path(_database_file(settings)).expanduser()


def try_database(settings: Settings, *, made_by: str = "") -> None:
    """Makes sure that the database file can be read and written. Raises StoreError that names it.

    A file that is missing is made; with `made_by`, the command that makes it, it is refused.
    """
    file = database_file(settings)
    if not file.exists():
        if made_by:
            words = "there is no database at {file}; {command} makes it, or check BRIDGE_DATABASE_URL"
            raise StoreError(worded(words, file=file.absolute(), command=made_by))
        log.info("new database made", file=str(file.absolute()))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b") as opened:
            opened.seek(0)
            head = opened.read(len(_SQLITE))
    except OSError as error:
        words = "{file} cannot be opened: {reason}"
        raise StoreError(worded(words, file=file, reason=as_it_says(error.strerror))) from error
    if head not in (b"", _SQLITE):
        raise StoreError(worded("{file} is no SQLite database; see BRIDGE_DATABASE_URL", file=file))


@contextmanager
def database_held(settings: Settings) -> Iterator[Lock]:
    """The lock of the database, before anything else is loaded. Raises StoreError that names who holds it.

    An address that is none is not held: loading finds it together with whatever else is wrong.
    """
    lock = Lock("sqlite://" if unusable_database(settings) else settings.database_url)
    with lock.held():
        yield lock


@contextmanager
def engine_at_work(
    clock: Clock,
    *,
    shadow: bool = False,
    lock: Lock | None = None,
    pace: Callable[[Settings, Agency], Pace] | None = None,
) -> Iterator[tuple[Engine, Settings, Agency]]:
    """An engine that holds the database alone, closed at the end whatever happens.

    In `shadow` it can only read, and works on the shadow's own database. `lock` is that of this database, when this
    process holds it already; `pace` gives rate limits that it shares with others.
    """
    with loading():
        settings, agency, refused = loaded_or_last_good(shadow, tested=True)
        missing = missing_credentials(settings, agency)
        if missing:
            raise ConfigError(missing)
        try_database(settings)
        limits = pace(settings, agency) if pace is not None else None
        made = (assemble_shadow if shadow else assemble)(settings, agency, clock, limits, lock)
    with closing(made) as engine:
        if refused:
            engine.faults.rules(refused, clock.now())
        else:
            note_start(engine.store, agency, clock.now())
        yield engine, settings, agency


def time_there(store: Store) -> datetime:
    """The time as the bridge of this database last saw it, so that a decision by hand fits among its own; else now."""
    seen = store.recall(CLOCK_KEY)
    return parse_moment(seen) if seen is not None else datetime.now(UTC)


@contextmanager
def store_to_read(*, shadow: bool = False, by_the_files: bool = False) -> Iterator[tuple[Store, Settings, Agency]]:
    """The store beside a daemon that may be running; that of runs in `shadow`, or the real one.

    While the files are wrong, the agency is the one in force: what the bridge does can be seen and stopped then, too;
    `by_the_files` raises ConfigError instead. Raises StoreError when there is no store yet: who looks makes none.
    """
    settings, agency, refused = loaded_or_last_good(shadow)
    if refused and by_the_files:
        loaded()
    with _beside(settings, agency, "bridge run --shadow" if shadow else "bridge run") as store:
        yield store, settings, agency


@contextmanager
def standing_store() -> Iterator[tuple[Store, Agency, str]]:
    """The real store as `store_to_read`, with what is wrong with the files; the log is silent of it."""
    settings, agency, refused = loaded_or_last_good(shadow=False, aloud=False)
    with _beside(settings, agency, "bridge run") as store:
        yield store, agency, refused


def read_so_far(settings: Settings, agency: Agency, connectors: Iterable[str]) -> dict[str, Cursor]:
    """How far the bridge here has read these connectors; nothing while there is no database."""
    with suppress(StoreError), _beside(settings, agency, "bridge run") as store:
        return {name: cursor for name in connectors if (cursor := store.cursor(name)) is not None}
    return {}


@contextmanager
def _beside(settings: Settings, agency: Agency, made_by: str) -> Iterator[Store]:
    try_database(settings, made_by=made_by)
    store = Store(settings.database_url, agency.workspace)
    store.upgrade()
    try:
        yield store
    finally:
        store.close()
