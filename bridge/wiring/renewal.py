"""Going on by other rules while the bridge works: those that `bridge apply` or `bridge rollback` put in force."""

from __future__ import annotations

import structlog

from bridge.documents import load_templates
from bridge.documents.connector import DocumentMaker
from bridge.engine.engine import Engine
from bridge.model.errors import ConfigError
from bridge.wiring.assemble import context_of
from bridge.wiring.rule_history import agency_of
from bridge.wiring.settings import Settings

log = structlog.get_logger(__name__)


class Renewal:
    """Called now and then: hands the engine the rules that were put in force since the last call."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._number = engine.store.number_in_force()

    def __call__(self) -> bool:
        """Whether there were any. What cannot be read is left out, and said: the engine goes on as it was.

        Connections, polls and paces are those of the start.
        """
        if self._engine.store.number_in_force() == self._number:
            return False
        taken = self._engine.store.in_force()
        if taken is None:
            return False
        self._number = taken.number
        agency, findings = agency_of(taken.files, self._settings.config_dir)
        if agency is None:
            raise ConfigError(findings)
        maker = DocumentMaker(load_templates(agency.templates), agency.zone, self._engine.clock)
        engine = self._engine
        engine.use(context_of(self._settings, agency, engine.connectors, maker, engine.store))
        self._engine.faults.rules_renewed()
        log.info("other rules are in force", hash=taken.hash, how=taken.how, by=taken.by)
        return True
