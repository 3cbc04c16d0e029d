"""What goes wrong between the bridge and Google, over real HTTP, and what the engine is told."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import Level
from bridge.model.records import Cursor
from connectors.google_forms import FormSpec, GoogleFormsConnector, GoogleSettings
from sandbox.faults import Fault
from sandbox.world import SPREADSHEET_ID
from tests.connectors.google_forms.agency import BRIEF, Agency
from tests.secrets import GOOGLE_PRIVATE_KEY, planted_in


def failure(world: Agency, *forms: FormSpec) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        world.connect(*forms).pull(None)
    return caught.value


def test_a_used_up_quota_passes_and_pauses_the_lane(world: Agency) -> None:
    world.sandbox.faults.add(Fault("google", "status", path="batchGet", status=429))
    error = failure(world)
    assert (error.retry, error.code, error.wait) == (Retry.PASSING, "RESOURCE_EXHAUSTED", timedelta(minutes=1))
    assert world.pace.paused == [(timedelta(minutes=1), ("google_forms",))]


@pytest.mark.parametrize("status", [500, 503])
def test_an_outage_passes(world: Agency, status: int) -> None:
    world.sandbox.faults.add(Fault("google", "status", path="batchGet", status=status))
    assert failure(world).retry is Retry.PASSING


def test_a_page_of_html_instead_of_an_answer_passes(world: Agency) -> None:
    world.sandbox.faults.add(Fault("google", "status", path="batchGet", status=502, body="<html>Bad Gateway</html>"))
    error = failure(world)
    assert (error.retry, error.code) == (Retry.PASSING, "502")


@pytest.mark.parametrize("body", [{"error": "busy"}, {"error": {}}, ["busy"]])
def test_an_error_in_another_shape_passes(world: Agency, body: Any) -> None:
    world.sandbox.faults.add(Fault("google", "status", path="batchGet", status=400, body=body))
    assert failure(world).retry is not Retry.UNKNOWN


def test_a_damaged_position_is_as_good_as_none(world: Agency) -> None:
    world.answer("K7M2")
    page = world.connect().pull(Cursor("{"))
    assert [happening.kind for happening in page.happenings] == ["form.answered"]


def test_a_broken_connection_passes(world: Agency) -> None:
    world.sandbox.faults.add(Fault("google", "drop_before", path="batchGet"))
    assert failure(world).retry is Retry.PASSING


def test_a_sheet_that_is_not_shared_asks_the_admin_to_share_it(world: Agency) -> None:
    world.sandbox.google.books[SPREADSHEET_ID].readers.clear()
    error = failure(world)
    assert error.retry is Retry.ASK_ADMIN
    assert f"share the sheet with {world.sandbox.google.account.email} as reader" in error.what


def test_an_unknown_spreadsheet_asks_the_admin(world: Agency) -> None:
    error = failure(world, replace(BRIEF, spreadsheet="1nothing"))
    assert (error.retry, error.code) == (Retry.ASK_ADMIN, "404")


def test_a_renamed_sheet_asks_the_admin(world: Agency) -> None:
    world.sheet.title = "Архів"
    error = failure(world)
    assert error.retry is Retry.ASK_ADMIN
    assert "renamed or deleted" in error.what


def test_a_token_that_ends_before_its_time_is_replaced(world: Agency) -> None:
    connector = world.connect()
    page = connector.pull(None)
    world.sandbox.google.account.revoke()
    assert connector.pull(page.cursor).cursor == page.cursor


def test_a_refused_sign_in_asks_the_admin(world: Agency) -> None:
    with pytest.raises(ConnectorError) as caught:
        world.connect(client_email="somebody@else.example").pull(None)
    assert (caught.value.retry, caught.value.code) == (Retry.ASK_ADMIN, "invalid_grant")


def test_a_sign_in_that_is_out_of_order_passes_at_once(world: Agency) -> None:
    world.sandbox.faults.add(Fault("google", "status", path="/token", status=503))
    assert failure(world).retry is Retry.PASSING
    assert world.sandbox.journal.count(service="google") == 1


def test_a_closed_port_passes(world: Agency) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ConnectorError) as caught:
        world.connect(token_uri=address).pull(None)
    assert caught.value.retry is Retry.PASSING


def test_a_damaged_key_asks_the_admin_and_is_not_shown(world: Agency) -> None:
    settings = GoogleSettings({"client_email": "a@b.example", "private_key": GOOGLE_PRIVATE_KEY, "token_uri": "x"})
    with pytest.raises(ConnectorError) as caught:
        GoogleFormsConnector(settings, [BRIEF], world.sandbox.clock, world.pace).pull(None)
    assert caught.value.retry is Retry.ASK_ADMIN
    assert planted_in(f"{settings!r} {caught.value!s} {caught.value!r}") == []


def test_nothing_is_asked_of_hosts_that_were_not_configured(world: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", _watched(asked))
    world.connect().pull(None)
    assert {host for host in asked if host != "127.0.0.1"} == set()
    assert [thread.name for thread in threading.enumerate() if "egional" in thread.name] == []


def _watched(asked: list[object]) -> Any:
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return real(host, *args, **kwargs)

    return look_up


def test_rows_that_move_between_both_calls_are_read_anew(world: Agency) -> None:
    world.answer("K7M2", site="24")
    world.sandbox.faults.add(
        Fault(
            "google",
            "status",
            path="batchGet",
            after=1,
            status=200,
            body={"valueRanges": [{"values": [["02.03.2026 9:01:00", "ZZZZ", "Інші", "b.example"]]}]},
        )
    )
    error = failure(world)
    assert error.retry is Retry.PASSING
    assert "while it was read" in error.what


def test_the_check_of_a_good_form_finds_nothing(world: Agency) -> None:
    assert world.connect().check() == []


def test_the_check_names_the_nearest_sheet_and_column(world: Agency) -> None:
    no_sheet = replace(BRIEF, id="one", sheet="Відповіді форми 1")
    no_column = replace(BRIEF, id="two", answers={"Сaйт": "client.website"})
    findings = world.connect(no_sheet, no_column).check()
    assert [(item.code, str(item.where.file)) for item in findings] == [
        ("unknown-sheet", "google_forms.one"),
        ("unknown-column", "google_forms.two"),
    ]
    assert 'did you mean "Відповіді форми (1)"?' in findings[0].advice
    assert 'did you mean "Сайт"? letter 2 "a" is Latin' in findings[1].advice


def test_the_check_tells_whom_to_share_a_sheet_with(world: Agency) -> None:
    world.sandbox.google.books[SPREADSHEET_ID].readers.clear()
    [finding] = world.connect().check()
    assert (finding.code, finding.level) == ("no-access", Level.ERROR)
    assert world.sandbox.google.account.email in finding.what
