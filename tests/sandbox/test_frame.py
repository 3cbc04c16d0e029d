"""The sandbox's frame: journal, faults, limits, time and control, with a small service of the test's own."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import Running, Sandbox, serve_in_thread
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.journal import Call, mark
from sandbox.limits import Limits, Window
from sandbox.server import server_config


class Notes:
    """Keeps what is posted to it."""

    name = "notes"
    prefix = "/notes"

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.came = threading.Event()
        self.came_at = 0.0

    def routes(self) -> list[Route]:
        return [Route("/v1/notes/{id}", self.add, methods=["POST"]), Route("/v1/broken", self.broken)]

    async def add(self, request: Request) -> Response:
        self.kept.append(await request.body())
        self.came_at = time.monotonic()
        self.came.set()
        mark(request, write="note.add")
        return JSONResponse({"id": request.path_params["id"], "count": len(self.kept)})

    async def broken(self, request: Request) -> Response:
        raise RuntimeError("on purpose")

    def error(self, status: int, message: str, **kw: Any) -> Response:
        return JSONResponse({"notes_error": message, **kw}, status_code=status)

    def state(self) -> dict[str, Any]:
        return {"count": len(self.kept)}


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def running(notes: Notes) -> Iterator[Running]:
    with serve_in_thread(Sandbox(services=[notes])) as running:
        yield running


def post_with_requests(url: str) -> int:
    return requests.post(url, json={"text": "ні"}, timeout=5).status_code


def post_with_httpx(url: str) -> int:
    return httpx.post(url, json={"text": "ні"}, timeout=5).status_code


CLIENTS = pytest.mark.parametrize(
    ("post", "broken"),
    [(post_with_requests, requests.ConnectionError), (post_with_httpx, httpx.RemoteProtocolError)],
    ids=["requests", "httpx"],
)


def test_an_exchange_is_written_down_with_its_route_and_without_secrets(running: Running) -> None:
    url = f"{running.base_url}/notes/v1/notes/7?token=sandbox-token&lang=uk"
    requests.post(url, json={"text": "так"}, headers={"Authorization": "Bearer sandbox-token"}, timeout=5)
    (entry,) = running.sandbox.journal.writes("notes")
    assert (entry.operation, entry.write, entry.status) == ("/v1/notes/{id}", "note.add", 200)
    assert entry.query == {"token": "***", "lang": "uk"}
    assert entry.body == {"text": "так"}
    assert entry.answer == {"id": "7", "count": 1}
    assert "sandbox-token" not in str(entry.as_json())


def test_what_no_route_answers_gets_the_services_own_error(running: Running) -> None:
    answer = requests.get(f"{running.base_url}/notes/nowhere", timeout=5)
    assert (answer.status_code, answer.json()) == (404, {"notes_error": "Not Found"})
    assert requests.get(f"{running.base_url}/notes/v1/notes/7", timeout=5).status_code == 405


def test_a_failure_of_the_sandbox_itself_is_a_500_and_in_the_journal(running: Running) -> None:
    assert requests.get(f"{running.base_url}/notes/v1/broken", timeout=5).status_code == 500
    assert running.sandbox.journal.since()[-1].status == 500


@CLIENTS
def test_drop_before_closes_the_connection_unprocessed(running: Running, notes: Notes, post: Any, broken: Any) -> None:
    running.sandbox.faults.add(Fault("notes", "drop_before"))
    with pytest.raises(broken):
        post(f"{running.base_url}/notes/v1/notes/1")
    assert notes.kept == []
    assert running.sandbox.journal.since()[-1].status is None
    assert post(f"{running.base_url}/notes/v1/notes/1") == 200


@CLIENTS
def test_drop_after_loses_the_receipt_of_a_done_write(running: Running, notes: Notes, post: Any, broken: Any) -> None:
    running.sandbox.faults.add(Fault("notes", "drop_after", path=r"/notes/\d+$"))
    with pytest.raises(broken):
        post(f"{running.base_url}/notes/v1/notes/1")
    assert len(notes.kept) == 1
    assert [entry.fault for entry in running.sandbox.journal.writes("notes")] == ["drop_after"]


def test_hold_after_answers_only_when_released(running: Running, notes: Notes) -> None:
    running.sandbox.faults.add(Fault("notes", "hold_after", seconds=30))
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(post_with_requests, f"{running.base_url}/notes/v1/notes/1")
        assert notes.came.wait(60)
        for _ in range(5):
            requests.get(f"{running.base_url}/sandbox/clock", timeout=5)
        assert not answer.done()
        while not answer.done():
            requests.post(f"{running.base_url}/sandbox/release", timeout=5)
        assert answer.result() == 200


def test_a_delay_comes_before_the_work(running: Running, notes: Notes) -> None:
    running.sandbox.faults.add(Fault("notes", "delay", seconds=0.05))
    began = time.monotonic()
    assert post_with_requests(f"{running.base_url}/notes/v1/notes/1") == 200
    assert notes.came_at - began >= 0.05


def test_a_status_fault_is_vendor_shaped_and_counts(running: Running, notes: Notes) -> None:
    running.sandbox.faults.add(Fault("notes", "status", after=1, times=2, status=503, message="Busy"))
    url = f"{running.base_url}/notes/v1/notes/1"
    assert [post_with_requests(url) for _ in range(4)] == [200, 503, 503, 200]
    assert running.sandbox.journal.since(1)[0].answer == {"notes_error": "Busy"}


def test_a_fault_may_bring_its_own_body_and_headers(running: Running) -> None:
    fault = {"service": "notes", "kind": "status", "status": 502, "body": "<h1>Bad gateway</h1>"}
    requests.post(f"{running.base_url}/sandbox/faults", json={**fault, "headers": {"x-from": "proxy"}}, timeout=5)
    answer = requests.get(f"{running.base_url}/notes/nowhere", timeout=5)
    assert (answer.status_code, answer.headers["x-from"]) == (502, "proxy")
    assert answer.headers["content-type"].startswith("text/html")


def test_a_fault_strikes_only_what_it_names(running: Running) -> None:
    running.sandbox.faults.add(Fault("notes", "status", method="POST", contains="так"))
    url = f"{running.base_url}/notes/v1/notes/1"
    assert post_with_requests(url) == 200
    assert requests.post(url, json={"text": "так"}, timeout=5).status_code == 500


def test_an_unknown_fault_is_refused(running: Running) -> None:
    answer = requests.post(f"{running.base_url}/sandbox/faults", json={"service": "notes", "kind": "rain"}, timeout=5)
    assert answer.status_code == 400
    assert "drop_after" in answer.json()["error"]


def test_the_clock_moves_on_by_control_and_never_back(running: Running) -> None:
    url = f"{running.base_url}/sandbox/clock"
    assert requests.post(url, json={"set": "2026-03-03T09:00:00+02:00"}, timeout=5).status_code == 200
    assert requests.post(url, json={"advance_seconds": 90}, timeout=5).json()["now"] == "2026-03-03T07:01:30+00:00"
    assert requests.post(url, json={"set": "2026-03-03T07:00:00+00:00"}, timeout=5).status_code == 400
    assert requests.post(url, json={"set": "2026-03-04T07:00:00"}, timeout=5).status_code == 400


def test_a_real_clock_goes_on_from_where_it_was_set() -> None:
    clock = SandboxClock(datetime(2026, 3, 2, 7, tzinfo=UTC), "real")
    clock.advance(timedelta(days=3))
    first = clock.now()
    assert datetime(2026, 3, 5, 7, tzinfo=UTC) <= first < datetime(2026, 3, 5, 7, 1, tzinfo=UTC)
    assert clock.now() >= first


def test_a_window_lets_through_again_when_the_oldest_leaves_it() -> None:
    seconds = [0.0]
    window = Window(2, 10, lambda: seconds[0])
    for moment in (0.0, 4.0):
        seconds[0] = moment
        window.take("chat")
    assert (window.wait("chat"), window.wait("other")) == (6.0, 0.0)
    seconds[0] = 10.0
    assert (window.wait("chat"), window.remaining("chat")) == (0.0, 1)


def test_the_state_shows_the_time_and_every_service(running: Running) -> None:
    post_with_requests(f"{running.base_url}/notes/v1/notes/1")
    state = requests.get(f"{running.base_url}/sandbox/state", timeout=5).json()
    assert state["notes"] == {"count": 1}
    assert state["clock"] == {"now": "2026-03-02T07:00:00+00:00", "mode": "frozen", "next_timer": None}
    assert state["journal"] == {"last": 1}


def test_an_act_nobody_knows_is_refused(running: Running) -> None:
    for name in ("dance", "_sandbox", "act"):
        answer = requests.post(f"{running.base_url}/sandbox/act", json={"act": name}, timeout=5)
        assert answer.status_code == 400


def call(service: str, path: str, method: str = "GET", **members: Any) -> Call:
    return Call(service, method, path, query=members.get("query", {}), headers={}, body=members.get("body"))


def taken(limits: Limits, request: Call, times: int) -> list[int]:
    """The statuses of so many equal requests, 0 for one that passes."""
    refusals = [limits.take(request) for _ in range(times)]
    return [refusal.status if refusal else 0 for refusal in refusals]


def test_trello_takes_a_hundred_in_ten_seconds_per_token_and_tells_the_rest() -> None:
    seconds = [0.0]
    limits = Limits("vendor", lambda: seconds[0])
    board = call("trello", "/trello/1/boards/x", query={"key": "k", "token": "t"})
    assert taken(limits, board, 101) == [0] * 100 + [429]
    assert limits.headers(board)["x-rate-limit-api-token-remaining"] == "0"
    assert limits.headers(board)["x-rate-limit-api-key-remaining"] == "200"
    seconds[0] = 10.0
    assert taken(limits, board, 1) == [0]


def test_planfix_takes_one_a_second_and_has_a_daily_cap() -> None:
    seconds = [0.0]
    limits = Limits("vendor", lambda: seconds[0], planfix_per_day=2)
    task = call("planfix", "/planfix/rest/task/1")
    assert taken(limits, task, 2) == [0, 429]
    seconds[0] = 1.0
    assert taken(limits, task, 1) == [0]
    refusal = limits.take(task)
    assert refusal is not None
    assert refusal.details == {"code": 22}


def test_telegram_takes_twenty_a_minute_in_a_group() -> None:
    seconds = [0.0]
    limits = Limits("vendor", lambda: seconds[0])
    message = call("telegram", "/telegram/bot1:x/sendMessage", "POST", body={"chat_id": "-100"})
    for second in range(20):
        seconds[0] = second * 1.5
        assert limits.take(message) is None
    seconds[0] = 30.0
    refusal = limits.take(message)
    assert refusal is not None
    assert refusal.details == {"parameters": {"retry_after": 30}}


def test_refused_requests_get_the_services_own_429(running: Running, notes: Notes) -> None:
    running.sandbox.limits.mode = "vendor"
    notes.name = "planfix"
    url = f"{running.base_url}/notes/v1/notes/1"
    assert [post_with_requests(url) for _ in range(2)] == [200, 429]
    assert len(notes.kept) == 1


def test_only_the_newest_answers_are_kept() -> None:
    sandbox = Sandbox(services=[])
    journal = sandbox.journal
    journal.keep_answers = 1
    for _ in range(2):
        journal.close(journal.open(call("notes", "/notes"), sandbox.clock.now()), 200, "application/json", b"{}")
    assert [entry.answer for entry in journal.since()] == [None, {}]


def test_the_demo_agency_stands_in_all_services() -> None:
    with serve_in_thread(Sandbox()) as running:
        state = requests.get(f"{running.base_url}/sandbox/state", timeout=5).json()
    assert [board["name"] for board in state["trello"]["boards"]] == ["Клієнти"]
    assert [chat["title"] for chat in state["telegram"]["chats"] if "title" in chat] == ["Команда"]
    assert [form["title"] for form in state["google"]["forms"]] == ["Бриф"]
    assert state["planfix"]


def test_an_empty_world_has_nothing_in_it() -> None:
    sandbox = Sandbox(world="empty")
    assert (sandbox.google.forms, sandbox.telegram.chats.chats) == ({}, {})


def test_a_running_server_serves_another_sandbox_at_the_same_address(running: Running) -> None:
    post_with_requests(f"{running.base_url}/notes/v1/notes/1")
    running.serve(Sandbox(services=[Notes()]))
    assert running.sandbox.journal.last() == 0
    assert post_with_requests(f"{running.base_url}/notes/v1/notes/1") == 200
    assert running.sandbox.journal.last() == 1


def test_a_taken_port_is_an_error(running: Running) -> None:
    with pytest.raises(OSError, match="in use"):
        serve_in_thread(Sandbox(services=[]), port=int(running.base_url.rpartition(":")[2]))


def test_serving_leaves_the_logging_of_the_process_alone() -> None:
    config = server_config(Sandbox(services=[]).asgi())
    assert (config.log_config, config.access_log) == (None, False)


def test_the_sandbox_knows_nothing_of_the_bridge() -> None:
    folder = Path(__file__).parents[2] / "sandbox"
    imported = {
        name.partition(".")[0]
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {"bridge", "connectors", "rules", "tests"}
