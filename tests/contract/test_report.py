"""The report of the contract: whose requests count, what is one kind, and that what fits nowhere fails the run."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.journal import Exchange
from tests.contract import descriptions
from tests.contract.report import ContractReport

pytestmark = pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")
LIST, OTHER = "69a535845a6db0e1c4000007", "69a535845a6db0e1c4000008"


def create_card(agent: str = "agency-bridge", **body: Any) -> Exchange:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Exchange(1, now, "trello", "POST", "/trello/1/cards", {}, {"user-agent": agent}, body)


def told(*asked: Exchange) -> list[str]:
    report = ContractReport()
    for one in asked:
        report.asked(one)
    return list(report.lines())


def test_what_the_errata_allow_is_a_fault_of_the_raw_description_alone() -> None:
    assert told(create_card(idList=LIST)) == [
        "contract, trello: 1 requests of 1 kinds; 0 kinds do not fit the description with errata, 1 the raw one",
        "  raw: 1 x POST /cards: a body is not described",
    ]


def test_what_fits_no_description_is_told_first() -> None:
    assert told(create_card(name="no list"))[1] == "  with errata: 1 x POST /cards: idList is required"


def test_requests_that_differ_in_ids_alone_are_one_kind() -> None:
    assert told(create_card(idList=LIST), create_card(idList=OTHER))[0].startswith(
        "contract, trello: 2 requests of 1 kinds"
    )


def test_what_a_test_asks_by_its_own_hand_is_not_looked_at() -> None:
    assert told(create_card("python-requests/2", name="no list")) == []


def test_what_other_processes_saw_is_counted_as_well() -> None:
    worker, report = ContractReport(), ContractReport()
    worker.asked(create_card(name="no list"))
    output: dict[str, Any] = {}
    worker.pytest_sessionfinish(cast("pytest.Session", SimpleNamespace(config=SimpleNamespace(workeroutput=output))))
    report.pytest_testnodedown(SimpleNamespace(workeroutput=output))
    assert list(report.lines()) == list(worker.lines()) != []


def test_a_request_that_fits_nowhere_fails_the_run() -> None:
    report = ContractReport()
    session = SimpleNamespace(config=SimpleNamespace(), exitstatus=pytest.ExitCode.OK)
    report.pytest_sessionfinish(cast("pytest.Session", session))
    assert session.exitstatus == pytest.ExitCode.OK
    report.asked(create_card(name="no list"))
    report.pytest_sessionfinish(cast("pytest.Session", session))
    assert session.exitstatus == pytest.ExitCode.TESTS_FAILED
