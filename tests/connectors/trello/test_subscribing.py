"""Webhooks are made, switched on again, and never taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bridge.model.decisions import CommentCard, CreateCard, Decision
from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import Level
from connectors.trello import TrelloConnector, TrelloMapping
from sandbox.trello.model import Webhook
from tests.connectors.trello.board import SETTINGS, Agency, delivery


class _Served(BaseHTTPRequestHandler):
    """The bridge's door: open, or answering that it is not there."""

    status, taken = 200, 200

    def do_HEAD(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.taken)
        self.end_headers()

    def log_message(self, *_told: object) -> None:
        """Nothing."""


@pytest.fixture
def door() -> Iterator[str]:
    _Served.status, _Served.taken = 200, 200
    server = HTTPServer(("127.0.0.1", 0), _Served)
    thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hooks/trello"
    server.shutdown()
    server.server_close()


def connector(world: Agency, callback: str, name: str = "agency-bridge-7777") -> TrelloConnector:
    settings = replace(SETTINGS, base_url=f"{world.base_url}/trello", callback_url=callback)
    settings = replace(settings, client_identifier=name)
    return TrelloConnector(settings, TrelloMapping(("Клієнти",), {}), world.sandbox.clock, world.pace)


def hooks(world: Agency) -> list[Webhook]:
    return list(world.trello.store.webhooks.values())


def test_a_board_without_a_webhook_gets_one_and_only_one(world: Agency, door: str) -> None:
    ours = connector(world, door)
    told = [ours.keep_webhooks(), ours.keep_webhooks()]
    assert [(hook.callback_url, hook.model_id) for hook in hooks(world)] == [(door, world.board.id)]
    assert told == [[], []]


def test_when_all_is_well_a_look_costs_one_request(world: Agency, door: str) -> None:
    ours = connector(world, door)
    ours.keep_webhooks()
    with world.requests() as asked:
        ours.keep_webhooks()
    assert asked == ["GET /1/tokens/{token}/webhooks"]


def test_a_webhook_that_was_switched_off_is_switched_on_again(world: Agency, door: str) -> None:
    ours = connector(world, door)
    ours.keep_webhooks()
    (hook,) = hooks(world)
    hook.active, hook.failures = False, 1001
    assert ours.keep_webhooks() == []
    assert (hook.active, hook.failures) == (True, 0)


def test_a_webhook_that_trello_gave_up_in_a_month_of_failures_calls_again(world: Agency, door: str) -> None:
    """Its door was shut: Trello sends everything four times in vain, and switches it off."""
    ours, card = connector(world, door), world.add_card("Пекарня")
    ours.keep_webhooks()
    (hook,) = hooks(world)
    hook.failures, hook.failing_since = 998, world.sandbox.clock.now() - timedelta(days=31)
    _Served.taken = 503
    world.comment(card, "Передзвонила")
    for seconds in (0, 30, 60, 120):
        world.sandbox.clock.advance(timedelta(seconds=seconds))
        world.trello.webhooks.wait()
    assert (hook.active, [one.code for one in ours.check()]) == (False, ["webhook-missing"])
    _Served.taken = 200
    assert ours.keep_webhooks() == []
    world.comment(card, "Домовились")
    world.trello.webhooks.wait()
    assert (hook.active, hook.failures, ours.check()) == (True, 0, [])


def test_a_webhook_that_was_taken_away_is_made_anew(world: Agency, door: str) -> None:
    ours, card = connector(world, door), world.add_card("Пекарня")
    ours.keep_webhooks()
    _Served.taken = 410
    world.comment(card, "Передзвонила")
    world.trello.webhooks.wait()
    left = hooks(world)
    assert (left, ours.keep_webhooks(), len(hooks(world))) == ([], [], 1)


def test_an_address_that_does_not_answer_is_told_and_tried_again(world: Agency, door: str) -> None:
    _Served.status = 404
    (finding,) = connector(world, door).keep_webhooks()
    assert (finding.code, finding.level) == ("webhook-refused", Level.WARNING)
    _Served.status = 200
    assert connector(world, door).keep_webhooks() == []
    assert len(hooks(world)) == 1


def test_a_webhook_of_another_address_is_told_and_left_alone(world: Agency, door: str) -> None:
    connector(world, door.replace("/hooks/", "/old/")).keep_webhooks()
    (finding,) = connector(world, door).keep_webhooks()
    assert finding.code == "rival-webhook"
    assert 'board "Клієнти" is told to 127.0.0.1 as well' in finding.what
    assert len(hooks(world)) == 2


def test_a_bridge_without_a_public_address_asks_for_no_webhook(world: Agency) -> None:
    with world.requests() as asked:
        assert connector(world, "").keep_webhooks() == []
    assert asked == []


def write_of(world: Agency, ours: TrelloConnector, sender: str) -> None:
    """A call comes about a change that another bridge made."""
    ours.pull(None)
    assert ours.hear(call(world.board.id), sender=sender).touched


def call(board: str) -> bytes:
    action = {"id": "a" * 24, "type": "updateCard", "date": "2026-03-02T07:00:00.000Z"}
    data = {"board": {"id": board}, "card": {"id": "c" * 24}}
    return json.dumps({"action": {**action, "data": data}}).encode()


def test_a_bridge_on_boards_that_are_not_ours_is_no_rival(world: Agency, door: str) -> None:
    ours = connector(world, door)
    ours.pull(None)
    ours.hear(call("b" * 24), sender="agency-bridge-1a2b")
    assert ours.keep_webhooks() == []


def test_another_bridge_on_our_boards_is_told_until_it_is_gone(world: Agency, door: str) -> None:
    ours = connector(world, door)
    write_of(world, ours, "agency-bridge-1a2b")
    told = [finding.code for finding in ours.keep_webhooks()]
    world.sandbox.clock.advance(timedelta(days=1))
    assert (told, ours.keep_webhooks()) == (["rival-bridge"], [])


@pytest.mark.parametrize(("rival", "stops"), [("agency-bridge-1111", True), ("agency-bridge-ffff", False)])
def test_of_two_bridges_on_the_same_boards_one_stops_writing(world: Agency, door: str, rival: str, stops: bool) -> None:
    ours, card = connector(world, door), world.add_card("Пекарня")
    write_of(world, ours, rival)
    asked: Retry | None = None
    try:
        ours.push(delivery(CommentCard("Готово"), card))
    except ConnectorError as error:
        asked = error.retry
    assert (asked, world.writes()) == ((Retry.ASK_ADMIN, 0) if stops else (None, 1))


@pytest.mark.parametrize("decision", [CommentCard("Готово"), CreateCard("Ліди", "Жито")], ids=lambda one: one.kind)
@pytest.mark.parametrize(("rival", "stops"), [("agency-bridge-1111", True), ("agency-bridge-ffff", False)])
def test_two_bridges_without_webhooks_know_each_other_by_their_marks(
    world: Agency, decision: Decision, rival: str, stops: bool
) -> None:
    ours, other, card = connector(world, ""), connector(world, "", rival), world.add_card("Пекарня")
    page = ours.pull(None)
    other.push(delivery(decision, card))
    ours.pull(page.cursor)
    before, refused = world.writes(), False
    try:
        ours.push(delivery(CommentCard("Дякуємо"), card))
    except ConnectorError as error:
        refused = error.code == "rival-bridge"
    assert (refused, world.writes() - before) == (stops, int(not stops))
    assert [finding.code for finding in ours.keep_webhooks()] == ["rival-bridge"]


def test_marks_of_our_own_and_of_before_make_no_rival(world: Agency) -> None:
    ours, card = connector(world, ""), world.add_card("Пекарня")
    connector(world, "", "agency-bridge-1111").push(delivery(CommentCard("Готово"), card))
    page = ours.pull(None)
    ours.push(delivery(CommentCard("Дякуємо"), card))
    world.comment(card, "Написав міст: ‹міст 0123456789›\n\n‹міст 0123456789›")
    page = ours.pull(page.cursor)
    world.edit(card, name="Жито")
    ours.pull(page.cursor)
    assert ours.keep_webhooks() == []


def test_a_bridge_of_before_is_no_rival(world: Agency, door: str) -> None:
    """What was written before the installation had a name is told a few minutes longer."""
    ours, card = connector(world, door), world.add_card("Пекарня")
    write_of(world, ours, "agency-bridge")
    ours.push(delivery(CommentCard("Готово"), card))
    assert ours.keep_webhooks() == []


def test_a_limit_is_no_refusal_of_the_address(world: Agency, door: str) -> None:
    world.fails("status", status=429, method="POST", path="/webhooks")
    with pytest.raises(ConnectorError):
        connector(world, door).keep_webhooks()


def test_a_check_tells_of_missing_and_failing_webhooks_and_makes_none(world: Agency, door: str) -> None:
    ours = connector(world, door)
    before = [finding.code for finding in ours.check()]
    made = len(hooks(world))
    ours.keep_webhooks()
    hooks(world)[0].failures = 7
    (failing,) = ours.check()
    assert (before, made) == (["webhook-missing"], 0)
    assert failing.code == "webhook-failing"
    assert "7 times in a row" in failing.what


def test_the_token_in_the_path_is_in_no_error(world: Agency, door: str) -> None:
    world.fails("status", status=500, path="/webhooks")
    with pytest.raises(ConnectorError) as raised:
        connector(world, door).keep_webhooks()
    assert SETTINGS.token not in str(raised.value)
