"""Logs: for people or as JSON, and never with a secret in them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr

from bridge.wiring.settings import Settings

HIDDEN = "[hidden]"
_SPECIAL = re.compile(r"[\s=\"']")
"""What would make it unclear where a value ends."""


def set_up_logs(settings: Settings, *others: Settings, level: int = logging.INFO) -> None:
    """What is logged from a level on, by us or the libraries, goes to the error stream through one redacting filter.

    It hides the secrets of all these settings.
    """
    hide = Redactor(secret for one in (settings, *others) for secret in secrets_of(one))
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide,
    ]
    printer: structlog.typing.Processor = print_line
    if settings.log_format == "json":
        printer = structlog.processors.JSONRenderer(ensure_ascii=False)
    elif sys.stderr.isatty():
        printer = structlog.dev.ConsoleRenderer(colors=True)
    structlog.configure(
        processors=[*shared, printer],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, printer]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # httpx logs every address at INFO, and a bot's address holds its token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # A poll that takes longer than its interval is no news: the next one comes at once.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    sys.excepthook = _logged_crash


def _logged_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last word of a crash goes through the same filter as everything else."""
    structlog.get_logger(__name__).critical("crashed", exc_info=(kind, error, trace))


def print_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """One line as structlog's own printer writes it without colours, at a tenth of the cost."""
    head = f"{event.pop('timestamp', '')} [{event.pop('level', ''):<9}] {event.pop('event', '')!s:<30}"
    trace = event.pop("exception", "")
    line = " ".join([head, *(f"{key}={_shown(value)}" for key, value in sorted(event.items()))])
    return f"{line}\n{trace}" if trace else line


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and not _SPECIAL.search(value) else repr(value)


def secrets_of(settings: Settings) -> list[str]:
    """Every secret value among the settings."""
    return [value for value in _secrets_in(settings) if value]


def _secrets_in(section: object) -> Iterator[str]:
    """The secrets of a section, of the sections in it, and of further accounts."""
    if isinstance(section, SecretStr):
        yield section.get_secret_value()
    elif isinstance(section, BaseModel):
        for name in type(section).model_fields:
            yield from _secrets_in(getattr(section, name))
    elif isinstance(section, Mapping):
        for inner in section.values():
            yield from _secrets_in(inner)


class Redactor:
    """Takes known secrets out of everything on its way into a log, however deep."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) > 3}, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """As a structlog processor."""
        return {key: self.clean(value) for key, value in event.items()}

    def clean(self, value: Any) -> Any:
        """The value without secrets."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, HIDDEN)
            return value
        if isinstance(value, dict):
            return {key: self.clean(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.clean(inner) for inner in value]
        if isinstance(value, (BaseException,)):
            return self.clean(str(value))
        return value
