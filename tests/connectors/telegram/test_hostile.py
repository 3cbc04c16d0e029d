"""What every answer to a call means, however wrong: passing, open, dead or moved; and a client reads nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bridge.engine.outbox import Outbox
from bridge.model.decisions import EditMessage, SendMessage
from bridge.model.deliveries import Delivery, State, StoredFile
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.protocols import Connector
from bridge.model.records import Happening, Ref
from bridge.testing import FakeClock
from connectors.telegram import TelegramConnector, TelegramMapping, TelegramSettings
from tests.connectors.telegram.agency import message
from tests.connectors.telegram.hostile import CUT, MESSAGE, SILENCE, Answer, Asked, Hostile, good, no, page
from tests.contract import descriptions
from tests.contract.telegram_api import check, load
from tests.engine.office import NOON, OLENA, Desk
from tests.pace import FreePace

LONG = "\n\n".join(letter * 4000 for letter in "абв")
CHAT = Ref("telegram", "bot", "chat", "1")
PRESS = Happening(CHAT, "button", NOON, CHAT, Actor(ActorKind.CLIENT, "1", ""), {"query": "9"})

Call = Callable[[TelegramConnector], object]


@pytest.fixture
def telegram() -> Iterator[Hostile]:
    made = Hostile()
    yield made
    made.close()


@pytest.fixture
def pace() -> FreePace:
    return FreePace()


@pytest.fixture
def connector(telegram: Hostile, pace: FreePace) -> Iterator[TelegramConnector]:
    with closing(patient(telegram, pace, seconds=20)) as made:
        yield made


def patient(telegram: Hostile, pace: FreePace, seconds: float) -> TelegramConnector:
    settings = TelegramSettings("1:fake", telegram.base_url, patience=timedelta(seconds=seconds))
    return TelegramConnector(settings, TelegramMapping(person_chats={"olena": 8}), FakeClock(NOON), pace)


def words() -> Delivery:
    return message("client")


def document() -> Delivery:
    along = SendMessage("client", "Договір", document="contract", document_key="k")
    return replace(words(), decision=along, file=StoredFile("Договір v1.pdf", "application/pdf", b"%PDF-1"))


def edit() -> Delivery:
    return replace(words(), decision=EditMessage("0123456789", chat="1", message=7, text="Так"))


WRITES: dict[str, Call] = {
    "sendMessage": lambda connector: connector.push(words()),
    "sendDocument": lambda connector: connector.push(document()),
}
REPEATABLE: dict[str, Call] = {
    "editMessageText": lambda connector: connector.push(edit()),
    "answerCallbackQuery": lambda connector: connector.acknowledge(PRESS, "Дякуємо"),
}
ALL = {**WRITES, **REPEATABLE}


def failure(telegram: Hostile, connector: TelegramConnector, method: str, answer: Answer) -> ConnectorError:
    telegram.answers.append(answer)
    with pytest.raises(ConnectorError) as caught:
        ALL[method](connector)
    assert [asked for asked, _fields in telegram.asked] == [method]  # never twice by itself
    return caught.value


OPEN = {
    "line cut": CUT,
    "answer cut": replace(good(), cut_at=10),
    "page for an answer": page(200, done=True),
    "nothing": Answer(body="", done=True),
    "list": Answer(body=[MESSAGE], done=True),
    "nested": Answer(body="[" * 100_000, done=True),
    "no result": Answer(body={"ok": True}, done=True),
    "outage": no(500, "Internal Server Error"),
    "outage after the write": page(502, done=True),
    "outage with a wish": no(500, "Internal Server Error", retry_after=3),
    "outage in a good answer": no(500, "Internal Server Error", http=200),
    "too slow": page(408, done=True),
}


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("answer", OPEN.values(), ids=OPEN)
def test_without_a_clear_answer_a_message_is_open_and_what_may_be_repeated_passes(
    telegram: Hostile, connector: TelegramConnector, method: str, answer: Answer
) -> None:
    assert failure(telegram, connector, method, answer).retry is (Retry.UNKNOWN if method in WRITES else Retry.PASSING)


@pytest.mark.parametrize("method", ALL)
def test_silence_leaves_a_message_open_and_passes_for_what_may_be_repeated(
    telegram: Hostile, pace: FreePace, method: str
) -> None:
    telegram.answers.append(SILENCE)
    with closing(patient(telegram, pace, seconds=0.2)) as hasty, pytest.raises(ConnectorError) as caught:
        ALL[method](hasty)
    assert caught.value.retry is (Retry.UNKNOWN if method in WRITES else Retry.PASSING)
    assert len(telegram.asked) <= 1  # it may have come to the server only now, and never comes twice


NO_MESSAGES = {
    "true": True,
    "null": None,
    "text": "x",
    "list": [MESSAGE],
    "empty": {},
    "far date": {**MESSAGE, "date": 10**20},
    "odd number": {**MESSAGE, "message_id": "x"},
}


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("result", NO_MESSAGES.values(), ids=NO_MESSAGES)
def test_a_good_answer_without_a_message_is_open(
    telegram: Hostile, connector: TelegramConnector, method: str, result: object
) -> None:
    assert failure(telegram, connector, method, good(result)).retry is Retry.UNKNOWN


WAITS = {
    "as described": (no(429, "Too Many Requests: retry after 17", retry_after=17), 17),
    "in a good answer": (no(429, "Too Many Requests: retry after 17", http=200, retry_after=17), 17),
    "hours": (no(429, "Too Many Requests", retry_after=36_000), 36_000),
    "no length": (no(429, "Too Many Requests"), 30),
    "length in words": (no(429, "Too Many Requests", retry_after="17"), 30),
    "length of ages": (no(429, "Too Many Requests", retry_after=10**30), 30),
    "page": (page(429), 30),
    "page with a header": (page(429, "Retry-After: 5"), 5),
}


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS)
def test_what_came_too_fast_passes_after_its_wait(
    telegram: Hostile, connector: TelegramConnector, method: str, answer: Answer, seconds: int
) -> None:
    error = failure(telegram, connector, method, answer)
    assert (error.retry, error.wait) == (Retry.PASSING, timedelta(seconds=seconds))


def test_no_thread_waits_for_hours_where_a_message_is_to(
    telegram: Hostile, connector: TelegramConnector, pace: FreePace
) -> None:
    failure(telegram, connector, "sendMessage", no(429, "Too Many Requests", retry_after=36_000))
    assert [wait for wait, _lanes in pace.paused] == [timedelta(minutes=1)]


REFUSALS = {
    "blocked": (no(403, "Forbidden: bot was blocked by the user"), Retry.PERMANENT, "blocked"),
    "blocked in a good answer": (no(403, "Forbidden: user is deactivated", http=200), Retry.PERMANENT, "blocked"),
    "unknown words": (no(400, "Bad Request: STARS_ARE_WRONG"), Retry.PERMANENT, "400"),
    "unknown code": (no(406, "NOT_TODAY"), Retry.PERMANENT, "400"),
    "no code": (Answer(body={"ok": False, "description": "no"}), Retry.PERMANENT, "400"),
    "no words": (Answer(400, {"ok": False, "description": ["no"]}), Retry.PERMANENT, "400"),
    "odd parameters": (Answer(400, {"ok": False, "error_code": 400, "parameters": [1]}), Retry.PERMANENT, "400"),
    "moved nowhere": (no(400, "Bad Request", migrate_to_chat_id="x"), Retry.PERMANENT, "400"),
    "wrong token": (no(401, "Unauthorized"), Retry.ASK_ADMIN, "401"),
}


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize(("answer", "retry", "code"), REFUSALS.values(), ids=REFUSALS)
def test_what_telegram_refuses_is_final_whatever_the_status_says(
    telegram: Hostile, connector: TelegramConnector, method: str, answer: Answer, retry: Retry, code: str
) -> None:
    error = failure(telegram, connector, method, answer)
    assert (error.retry, error.code) == (retry, code)


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 407])
def test_what_a_machine_on_the_way_refuses_says_nothing_about_the_client_and_waits_for_the_admin(
    telegram: Hostile, connector: TelegramConnector, method: str, status: int
) -> None:
    error = failure(telegram, connector, method, page(status))
    assert (error.retry, f"answered {status} instead" in str(error)) == (Retry.ASK_ADMIN, True)


@pytest.mark.parametrize("status", [401, 404])
def test_what_people_wrote_is_asked_for_and_only_telegram_itself_says_that_the_token_is_wrong(
    telegram: Hostile, connector: TelegramConnector, status: int
) -> None:
    telegram.answers += [page(status), no(status, "Unauthorized")]
    codes = []
    for _time in range(2):
        with pytest.raises(ConnectorError) as caught:
            connector.pull(None)
        codes.append((caught.value.retry, caught.value.code, f"answered {status} instead" in str(caught.value)))
    assert codes == [(Retry.ASK_ADMIN, "refused", True), (Retry.ASK_ADMIN, "401", False)]
    assert {method for method, _fields in telegram.asked} == {"getUpdates"}


@pytest.mark.parametrize("method", WRITES)
def test_a_group_that_became_a_supergroup_is_written_to_there(
    telegram: Hostile, connector: TelegramConnector, method: str
) -> None:
    moved = no(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1005)
    assert failure(telegram, connector, method, moved).moved_to == "-1005"
    WRITES[method](connector)
    assert telegram.asked[-1][1]["chat_id"] == "-1005"


@pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")
@pytest.mark.parametrize("method", ALL)
def test_each_call_has_what_the_description_requires_and_nothing_else(
    telegram: Hostile, connector: TelegramConnector, method: str
) -> None:
    ALL[method](connector)
    [(asked, given)] = telegram.asked
    fields = load(descriptions())["methods"][asked]["fields"]
    assert check(load(descriptions()), MESSAGE, ["Message"], "MESSAGE") == []
    assert {field["name"] for field in fields if field["required"]} <= given.keys()
    attached = {value.removeprefix("attach://") for value in given.values()}
    assert given.keys() <= {field["name"] for field in fields} | attached


# -- from the outbox to the line ---------------------------------------------------------------------------------------


@pytest.fixture
def office(connector: TelegramConnector) -> Iterator[Desk]:
    """The agency with Telegram as it is on that day."""
    desk = Desk()
    connectors: dict[str, Connector] = {"trello": desk.trello, "planfix": desk.planfix, "telegram": connector}
    desk.outbox = desk.engine.outbox = Outbox(desk.store, connectors, desk.clock, Random(1))
    yield desk
    desk.store.close()


def parts(calls: list[Asked]) -> list[str]:
    """The first letters of what was said to the client, oldest first."""
    return [fields["text"][0] for _method, fields in calls if fields["chat_id"] == "501"]


def wanted(office: Desk, text: str = LONG) -> str:
    _client, deal = office.client()
    return office.want(SendMessage("client", text), deal)


def test_a_burst_of_429_delays_a_message_in_parts_and_repeats_none(telegram: Hostile, office: Desk) -> None:
    delivery = wanted(office)
    slow = no(429, "Too Many Requests", retry_after=3)
    telegram.answers += [good(), slow, slow, good(), slow, good()]
    for _time in range(4):
        office.deliver()
        office.wait(seconds=4)
    assert (parts(telegram.asked), office.state(delivery)) == (list("абббвв"), State.CONFIRMED)
    assert parts(telegram.done) == list("абв")


def test_a_client_who_blocks_in_the_middle_of_the_parts_is_sent_no_more(telegram: Hostile, office: Desk) -> None:
    delivery = wanted(office)
    telegram.answers += [good(), no(403, "Forbidden: bot was blocked by the user")]
    office.deliver()
    assert (parts(telegram.asked), office.state(delivery)) == (["а", "б"], State.DEAD)


def test_a_part_of_which_nobody_knows_is_repeated_by_a_person_alone(telegram: Hostile, office: Desk) -> None:
    delivery = wanted(office)
    telegram.answers += [good(), CUT]
    office.deliver()
    office.wait(hours=1).deliver()
    assert (parts(telegram.asked), office.state(delivery)) == (["а", "б"], State.UNKNOWN)
    notice = next(row for row in office.store.deliveries() if row.cause.rule == "system.unknown_delivery")
    office.take(office.update("button", "9", actor=OLENA, delivery=notice.id, button="arrived"))
    office.deliver()
    assert (parts(telegram.asked), office.state(delivery)) == (["а", "б", "в"], State.CONFIRMED)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_telegram_answers_a_client_reads_no_part_twice(telegram: Hostile, office: Desk, seed: int) -> None:
    chance = Random(seed)
    faults = [*OPEN.values(), *(row[0] for row in WAITS.values()), *(row[0] for row in REFUSALS.values()), page(403)]
    telegram.answers += [chance.choice([good(), chance.choice(faults)]) for _time in range(12)]
    wanted(office)
    for _time in range(12):
        office.deliver()
        office.wait(minutes=10)
    said = parts(telegram.done)
    assert said == list("абв")[: len(said)]
