"""Carrying out: the intent before the call, a look before a repeat, and the truth asked once more at the last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bridge.engine.alarms import Access, Watch
from bridge.model.decisions import (
    AttachDocument,
    CommentCard,
    CreateCard,
    Decision,
    LabelCard,
    MakeDocument,
    MoveCard,
    SendMessage,
)
from bridge.model.deliveries import Delivery, Receipt, State, StoredFile
from bridge.model.errors import CannotTell, ConnectorError, DocumentError, Retry
from bridge.model.events import ActorKind
from bridge.model.records import Ref
from bridge.store.rows import Wait
from tests.engine.office import MORNING, NIGHT, NOON, OLENA, Desk

CARD = Ref("trello", "main", "card", "c1")
TASK = Ref("planfix", "main", "task", "t1")
HELLO = SendMessage("client", "Вітаємо, Ромашка", "hello")
TO_STAFF = SendMessage("person:olena", "Подивіться")


def failed(retry: Retry, **more: object) -> ConnectorError:
    return ConnectorError("x", "failed", retry=retry, **more)  # type: ignore[arg-type]


def paid(desk: Desk, prepaid: bool) -> None:
    """The deal as Planfix shows it now."""
    task = desk.task(names=(desk.contact().ref,), prepaid=prepaid, site="a.test")
    desk.planfix.living[TASK] = task
    desk.take(task, seen_up_to={"planfix.task": desk.now, "planfix.contact": desk.now})


# -- the intent and the look -----------------------------------------------------------------------------------------


def test_the_intent_is_written_before_the_call(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    seen = []
    desk.trello.before = lambda _delivery: seen.append(desk.row(delivery))
    desk.deliver()
    assert [(row.state, row.attempts, row.doubt) for row in seen] == [(State.CLAIMED, 1, True)]


def test_a_first_attempt_does_not_look(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    desk.deliver()
    assert (len(desk.trello.looked), len(desk.trello.pushed)) == (0, 1)
    assert desk.state(delivery) is State.CONFIRMED


def test_after_a_crash_what_is_found_is_confirmed_and_its_event_born_once(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(MoveCard("Договір"), deal)
    desk.crash_between_intend_and_settle()
    desk.trello.found.append(Receipt(desk.now, CARD, already=True))
    desk.deliver()
    assert desk.trello.pushed == []
    assert desk.state(delivery) is State.CONFIRMED
    assert desk.kinds("card.moved") == ["card.moved"]


def test_after_a_crash_what_is_not_found_is_repeated_under_the_same_mark(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    desk.crash_between_intend_and_settle()
    desk.trello.found.append(None)
    desk.deliver()
    (pushed,) = desk.trello.pushed
    assert (pushed.id, pushed.attempt) == (delivery, 2)
    assert desk.state(delivery) is State.CONFIRMED


def test_an_answer_that_never_came_is_looked_for_before_the_repeat(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(CommentCard("Готово"), deal)
    desk.trello.outcomes.append(failed(Retry.UNKNOWN))
    desk.deliver()
    desk.trello.found.append(Receipt(desk.now, Ref("trello", "main", "action", "a9")))
    desk.wait(minutes=1).deliver()
    assert (len(desk.trello.pushed), len(desk.trello.looked)) == (1, 1)


@pytest.mark.parametrize("retry", [Retry.ASK_ADMIN, Retry.PASSING, Retry.UNKNOWN])
def test_a_look_that_fails_leaves_the_doubt(desk: Desk, retry: Retry) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    desk.crash_between_intend_and_settle()
    desk.trello.found.append(failed(retry))
    desk.deliver()
    assert (desk.state(delivery), desk.row(delivery).doubt) == (State.WAITING, True)
    assert desk.trello.pushed == []


def test_a_worker_that_lost_its_lease_in_the_call_writes_nothing(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(MoveCard("Договір"), deal)

    def overtaken(_delivery: Delivery) -> None:
        desk.wait(minutes=3)
        desk.outbox.claim(desk.context)

    desk.trello.before = overtaken
    desk.deliver()
    assert (desk.state(delivery), desk.kinds("card.moved")) == (State.CLAIMED, [])


def test_a_worker_that_lost_its_lease_before_the_call_does_not_call(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    (row,) = desk.outbox.claim(desk.context)
    desk.wait(minutes=3).outbox.claim(desk.context)
    desk.outbox.deliver(row, desk.context)
    assert desk.trello.pushed == []


# -- failures --------------------------------------------------------------------------------------------------------


def test_a_passing_failure_is_retried_after_a_growing_while(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    waits = []
    for _time in range(4):
        desk.trello.outcomes.append(failed(Retry.PASSING))
        desk.deliver()
        waits.append(desk.row(delivery).next_at - desk.now)
        desk.clock.set(desk.row(delivery).next_at)
    steps = [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)]
    assert all(step <= wait <= step * 1.25 for step, wait in zip(steps, waits, strict=True))
    assert desk.trello.looked == []


def test_the_vendors_own_wait_is_obeyed(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(HELLO, deal)
    desk.telegram.outcomes.append(failed(Retry.PASSING, wait=timedelta(seconds=77)))
    desk.deliver()
    assert desk.row(delivery).next_at == NOON + timedelta(seconds=77)


@pytest.mark.parametrize("retry", [Retry.PASSING, Retry.UNKNOWN])
def test_after_the_last_retry_it_is_dead_and_told(desk: Desk, retry: Retry) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    for _time in range(desk.context.give_up_after):
        desk.trello.outcomes.append(failed(retry))
        desk.trello.found.append(None)
        desk.wait(hours=1).take(seen_up_to={"trello.card": desk.now})  # Trello is there
        desk.deliver()
    assert desk.state(delivery) is State.DEAD
    assert desk.told() == ["person:andrii: dead коментар до картки: «Готово» x: failed"]


def test_a_system_out_of_reach_is_waited_for_two_days(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery, states = desk.want(CommentCard("Готово"), deal), []
    for _time in range(49):
        desk.trello.outcomes.append(failed(Retry.PASSING))
        desk.wait(hours=1).deliver()
        states.append(desk.state(delivery))
    assert states == [State.WAITING] * 48 + [State.DEAD]


def test_a_mailbox_that_can_be_read_says_nothing_of_the_server_that_sends(desk: Desk) -> None:
    own = Access("BRIDGE_READING__TOKEN", "there")
    desk.context = replace(desk.context, watch=Watch(access={"trello.card": own}))
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    for _time in range(2 * desk.context.give_up_after):
        desk.trello.outcomes.append(failed(Retry.PASSING))
        desk.wait(hours=1).take(seen_up_to={"trello.card": desk.now})
        desk.deliver()
    assert desk.state(delivery) is State.WAITING


def test_what_waited_for_a_system_out_of_reach_goes_when_it_is_back(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    for _time in range(2 * desk.context.give_up_after):
        desk.trello.outcomes.append(failed(Retry.PASSING))
        desk.wait(hours=1).deliver()
    desk.wait(hours=1).deliver()
    assert (desk.state(delivery), desk.told()) == (State.CONFIRMED, [])


def test_a_permanent_failure_is_dead_told_and_undelivered(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(HELLO, deal)
    desk.telegram.outcomes.append(failed(Retry.PERMANENT))
    desk.deliver()
    assert desk.state(delivery) is State.DEAD
    assert [(event.kind, event.data["template"]) for event in desk.events[-1:]] == [("undelivered", "hello")]
    assert desk.told() == ["person:andrii: dead Вітаємо, Ромашка x: failed"]


def test_missing_rights_wait_for_the_admin_and_are_never_given_up(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(CommentCard("Готово"), deal)
    for _time in range(desk.context.give_up_after + 1):
        desk.trello.outcomes.append(failed(Retry.ASK_ADMIN))
        desk.wait(minutes=5).deliver()
    assert desk.state(delivery) is State.WAITING
    desk.wait(minutes=5).deliver()
    assert desk.state(delivery) is State.CONFIRMED


def test_a_document_that_cannot_be_made_is_dead_with_the_reason(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(MakeDocument("brief", "Бриф", "uk", "key", 1), deal)
    desk.documents.outcomes.append(DocumentError("brief", "the website is missing"))
    desk.deliver()
    assert (desk.state(delivery), str(desk.row(delivery).reason)) == (
        State.DEAD,
        "document brief: the website is missing",
    )


def test_an_error_nobody_foresaw_stops_one_delivery_and_no_other(desk: Desk) -> None:
    client, deal = desk.client()
    broken, fine = desk.want(CommentCard("Готово"), deal, "k1"), desk.want(HELLO, client, "k2")
    desk.trello.outcomes.append(KeyError("idList"))
    with capture_logs() as logged:
        desk.deliver()
    assert [entry["id"] for entry in logged if entry["event"] == "delivery broke"] == [broken]
    assert (desk.state(broken), desk.row(broken).doubt) == (State.WAITING, True)
    assert desk.state(fine) is State.CONFIRMED


def test_what_no_connector_carries_out_is_dead_with_the_reason(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(AttachDocument("drive", "brief", "key", "pdf", ""), deal)
    desk.deliver()
    assert (desk.state(delivery), str(desk.row(delivery).reason)) == (State.DEAD, "no connector drive is configured")


def test_a_lane_keeps_its_order_through_a_retry(desk: Desk) -> None:
    _client, deal = desk.client()
    for number in (1, 2):
        desk.want(CommentCard(f"{number}"), deal, f"k{number}")
    desk.trello.outcomes.append(failed(Retry.PASSING))
    for _time in range(3):
        desk.deliver()
        desk.wait(minutes=1)
    texts = [item.decision.text for item in desk.trello.pushed if isinstance(item.decision, CommentCard)]
    assert texts == ["1", "1", "2"]


# -- messages nobody can read back -----------------------------------------------------------------------------------


def doubtful(desk: Desk) -> str:
    """A message to a client whose answer never came."""
    _client, deal = desk.client()
    delivery = desk.want(HELLO, deal)
    desk.telegram.outcomes.append(failed(Retry.UNKNOWN))
    desk.deliver()
    return delivery


def pressed(desk: Desk, action: str, id: str = "u9") -> None:
    """A member of staff presses a button under the notice about a doubtful message."""
    notice = next(row for row in desk.store.deliveries() if row.cause.rule == "system.unknown_delivery")
    desk.take(desk.update("press", id, chat="-1", actor=OLENA, data=f"{notice.id}:{action}"))


def test_a_doubtful_message_to_a_client_is_staffs_to_decide_and_never_repeated(desk: Desk) -> None:
    delivery = doubtful(desk)
    assert desk.told() == [f"person:andrii: unknown {delivery}"]
    for _time in range(3):
        desk.wait(hours=1).deliver()
    assert desk.state(delivery) is State.UNKNOWN
    assert [item.id for item in desk.telegram.pushed].count(delivery) == 1


def test_the_notice_about_a_doubtful_message_has_both_buttons(desk: Desk) -> None:
    doubtful(desk)
    notice = desk.store.deliveries()[0].decision
    assert isinstance(notice, SendMessage)
    assert notice.buttons == (("again", "Ще раз"), ("arrived", "Дійшло"))


def test_send_again_sends_once_more(desk: Desk) -> None:
    delivery = doubtful(desk)
    pressed(desk, "again", "u1")
    desk.deliver()
    pressed(desk, "again", "u2")
    desk.deliver()
    assert desk.state(delivery) is State.CONFIRMED
    assert [item.id for item in desk.telegram.pushed].count(delivery) == 2
    assert desk.kinds("delivered") == ["delivered"]


def test_send_again_under_an_old_question_asks_once_more_and_says_how_old_it_is(desk: Desk) -> None:
    delivery = doubtful(desk)
    desk.wait(days=3, hours=1)
    pressed(desk, "again", "u1")
    desk.deliver()
    assert desk.told() == [f"person:andrii: unknown {delivery}", f"person:andrii: unknown {delivery}, 3 d"]
    assert [item.id for item in desk.telegram.pushed].count(delivery) == 1
    pressed(desk, "again", "u2")  # under the new one
    desk.deliver()
    assert [item.id for item in desk.telegram.pushed].count(delivery) == 2


def test_an_outdated_message_is_told_instead_of_sent_again(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(HELLO, deal, calls_off="remind")
    desk.telegram.outcomes.append(failed(Retry.UNKNOWN))
    desk.deliver()
    paid(desk, True)
    pressed(desk, "again")
    desk.deliver()
    assert desk.state(delivery) is State.CANCELLED
    assert desk.told()[-1] == "person:olena: outdated Вітаємо, Ромашка через unless правила remind"


@pytest.mark.parametrize("later", ["again", "arrived"])
def test_of_two_words_on_a_doubtful_message_the_first_counts(desk: Desk, later: str) -> None:
    delivery = doubtful(desk)
    pressed(desk, "again", "u1")
    pressed(desk, later, "u2")
    assert desk.told()[-1].startswith("person:andrii: settled unknown")
    desk.wait(minutes=1).deliver()
    assert [item.id for item in desk.telegram.pushed].count(delivery) == 2
    assert desk.kinds("delivered") == ["delivered"]


def test_it_arrived_gives_what_a_receipt_would_have_given(desk: Desk) -> None:
    delivery = doubtful(desk)
    pressed(desk, "arrived")
    told = next(event for event in desk.events if event.kind == "delivered")
    assert (told.data, told.actor.kind) == ({"template": "hello", "delivery": delivery}, ActorKind.BRIDGE)
    assert desk.state(delivery) is State.CONFIRMED


def test_a_doubtful_repeat_is_told_anew(desk: Desk) -> None:
    delivery = doubtful(desk)
    pressed(desk, "again")
    desk.telegram.outcomes.append(failed(Retry.UNKNOWN))
    desk.deliver()
    assert desk.state(delivery) is State.UNKNOWN
    assert desk.told() == [f"person:andrii: unknown {delivery}"] * 2


def test_a_crash_in_the_middle_of_a_message_to_a_client_is_a_doubt(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(HELLO, deal)
    desk.crash_between_intend_and_settle()
    desk.telegram.found.append(CannotTell("telegram", "cannot be read back"))
    desk.deliver()
    assert (desk.state(delivery), desk.telegram.pushed) == (State.UNKNOWN, [])


def test_a_doubt_is_told_even_when_the_message_is_no_longer_wanted(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(HELLO, deal, calls_off="remind")
    desk.crash_between_intend_and_settle()
    paid(desk, True)
    desk.telegram.found.append(CannotTell("telegram", "cannot be read back"))
    desk.deliver()
    assert desk.state(delivery) is State.UNKNOWN


def test_a_message_to_staff_goes_at_least_once(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(TO_STAFF, deal)
    desk.crash_between_intend_and_settle()
    desk.telegram.found.append(CannotTell("telegram", "cannot be read back"))
    desk.deliver()
    assert (desk.state(delivery), len(desk.telegram.pushed)) == (State.CONFIRMED, 1)


def test_staff_who_cannot_be_reached_are_written_to_in_the_staff_chat_once(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(TO_STAFF, deal)
    desk.telegram.outcomes.extend([failed(Retry.PERMANENT), failed(Retry.PERMANENT)])
    for _time in range(3):
        desk.deliver()
    assert desk.told() == ["staff-chat: not reached Подивіться"]


def test_a_client_without_a_chat_is_told_to_staff_with_the_text(desk: Desk) -> None:
    desk.take(desk.task())
    deal = desk.local(TASK)
    delivery = desk.want(SendMessage("client", "Вітаємо"), deal)
    desk.deliver()
    assert (desk.state(delivery), str(desk.row(delivery).reason)) == (State.DEAD, "the client has no chat")
    assert desk.told() == ["person:andrii: no chat Вітаємо"]


# -- chats that move --------------------------------------------------------------------------------------------------


def test_a_moved_chat_is_bound_to_its_new_id_and_written_to_there(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(HELLO, deal)
    desk.telegram.outcomes.append(failed(Retry.PASSING, moved_to="-100501"))
    desk.wait(seconds=1).deliver()
    desk.deliver()
    assert desk.telegram.pushed[-1].target == Ref("telegram", "bot", "chat", "-100501")
    assert desk.state(delivery) is State.CONFIRMED


def test_a_staff_group_that_moved_never_becomes_the_clients_chat(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(SendMessage("staff-chat", "Подивіться"), deal)
    desk.telegram.outcomes.append(failed(Retry.PASSING, moved_to="-1009"))
    desk.wait(seconds=1).deliver()
    desk.deliver()
    assert desk.local(Ref("telegram", "bot", "chat", "-1009")) == ""
    assert desk.store.refs_of(deal)["telegram.chat"].id == "501"
    assert desk.state(delivery) is State.CONFIRMED


# -- still true at the moment of sending -------------------------------------------------------------------------------


def test_contact_hours_are_asked_again_at_sending(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.clock.set(NIGHT)
    delivery = desk.want(HELLO, deal)
    desk.deliver()
    assert (desk.state(delivery), desk.row(delivery).next_at) == (State.WAITING, MORNING)
    desk.clock.set(MORNING)
    desk.deliver()
    assert desk.state(delivery) is State.CONFIRMED


def test_staff_are_written_to_at_any_hour(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.clock.set(NIGHT)
    delivery = desk.want(TO_STAFF, deal)
    desk.deliver()
    assert desk.state(delivery) is State.CONFIRMED


def reminder(desk: Desk, **more: datetime) -> str:
    """A message that its rule calls off once the deal is prepaid, for which Planfix must be read past now."""
    _client, deal = desk.client()
    paid(desk, False)
    past = desk.now + timedelta(minutes=1)
    return desk.want(HELLO, deal, "k1", calls_off="remind", fresh_past=past, **more)


def test_a_message_whose_reason_is_gone_by_then_is_cancelled(desk: Desk) -> None:
    delivery = reminder(desk)
    desk.wait(minutes=2)
    paid(desk, True)
    desk.deliver()
    assert (desk.state(delivery), str(desk.row(delivery).reason)) == (State.CANCELLED, "unless of remind")
    assert desk.telegram.pushed == []


def test_a_message_whose_reason_stands_is_sent(desk: Desk) -> None:
    delivery = reminder(desk)
    desk.wait(minutes=2)
    paid(desk, False)
    desk.deliver()
    assert desk.state(delivery) is State.CONFIRMED


def test_a_message_whose_reason_is_not_known_waits_and_names_the_source(desk: Desk) -> None:
    delivery = reminder(desk)
    desk.wait(minutes=2).deliver()
    assert (desk.state(delivery), desk.telegram.pushed) == (State.WAITING, [])
    (wait,) = desk.store.waits()
    assert (wait.what, wait.sources, wait.past) == (delivery, ("planfix.task",), NOON + timedelta(minutes=1))


def test_a_message_that_waits_is_sent_after_a_fresh_reading_and_waits_no_more(desk: Desk) -> None:
    delivery = reminder(desk)
    desk.wait(minutes=2).deliver()
    assert desk.engine.refresh() == 1
    desk.wait(minutes=1).deliver()
    assert (desk.state(delivery), desk.store.waits()) == (State.CONFIRMED, [])


def test_a_message_that_waits_for_a_source_is_looked_at_ever_more_rarely(desk: Desk) -> None:
    delivery = reminder(desk)
    rests = []
    for minutes in (2, 60, 150):
        desk.wait(minutes=minutes).deliver()
        rests.append(desk.row(delivery).next_at - desk.now)
    assert rests == [timedelta(seconds=20), timedelta(minutes=6.1), timedelta(minutes=15)]


def test_a_message_that_waited_for_its_turn_needs_the_source_read_in_the_last_quarter_of_an_hour(desk: Desk) -> None:
    delivery = reminder(desk)
    desk.wait(minutes=2)
    paid(desk, False)
    desk.telegram.outcomes.append(ConnectorError("telegram", "429", retry=Retry.PASSING, wait=timedelta(hours=1)))
    desk.deliver()
    desk.wait(hours=1).deliver()
    assert (desk.state(delivery), len(desk.telegram.pushed)) == (State.WAITING, 1)
    assert [wait.past for wait in desk.store.waits()] == [desk.now - timedelta(minutes=15)]


def test_colleagues_do_not_read_again_what_has_become_untrue_since_its_outcome_was_open(desk: Desk) -> None:
    _client, deal = desk.client()
    paid(desk, False)
    delivery = desk.want(TO_STAFF, deal, calls_off="remind", fresh_past=desk.now)
    desk.telegram.outcomes.append(ConnectorError("telegram", "no answer", retry=Retry.UNKNOWN))
    desk.telegram.found.append(CannotTell("telegram", "cannot be read back"))
    desk.deliver()
    desk.wait(minutes=1)
    paid(desk, True)
    desk.deliver()
    assert (desk.state(delivery), len(desk.telegram.pushed)) == (State.CANCELLED, 1)


def test_a_message_put_off_to_the_morning_needs_the_source_read_in_the_morning(desk: Desk) -> None:
    delivery = reminder(desk, not_before=NIGHT)
    desk.clock.set(NIGHT)
    paid(desk, False)
    desk.deliver()
    desk.clock.set(MORNING)
    desk.deliver()
    assert (desk.state(delivery), desk.telegram.pushed) == (State.WAITING, [])
    assert [wait.past for wait in desk.store.waits()] == [MORNING]


def test_a_blind_source_is_told_once_however_many_wait_for_it(desk: Desk) -> None:
    client, deal = desk.client()
    for what in ("one", "two", "three"):
        with desk.store.intake(desk.wait(minutes=1).now) as intake:
            intake.wait(what, Wait(what, client, deal, "remind", ("planfix.task",), desk.now, desk.now))
    desk.wait(hours=1).engine.tell_waits()
    assert desk.told() == ["person:andrii: blind Planfix"]


def test_a_text_that_is_no_longer_true_gives_way_to_its_otherwise(desk: Desk) -> None:
    _client, deal = desk.client()
    paid(desk, False)
    delivery = desk.want(SendMessage("client", "Дякуємо за оплату", "thanks"), deal)
    desk.deliver()
    (pushed,) = desk.telegram.pushed
    assert pushed.decision == desk.row(delivery).decision
    assert isinstance(pushed.decision, SendMessage)
    assert pushed.decision.text == "Вітаємо, Ромашка"


def test_a_text_that_is_true_is_said_as_it_is(desk: Desk) -> None:
    _client, deal = desk.client()
    paid(desk, True)
    desk.want(SendMessage("client", "", "thanks"), deal)
    desk.deliver()
    (pushed,) = desk.telegram.pushed
    assert isinstance(pushed.decision, SendMessage)
    assert pushed.decision.text == "Дякуємо за оплату"


# -- documents -------------------------------------------------------------------------------------------------------


def test_a_made_document_is_attached_with_its_file(desk: Desk) -> None:
    _client, deal = desk.client()
    file = StoredFile("Бриф.pdf", "application/pdf", b"%PDF")
    desk.documents.outcomes.append(Receipt(desk.now, files=(file,)))
    desk.want(MakeDocument("brief", "Бриф", "uk", "key", 1), deal, "k1")
    attached = desk.want(AttachDocument("trello", "brief", "key", "pdf", ""), deal, "k2")
    desk.deliver()
    desk.deliver()
    assert desk.state(attached) is State.CONFIRMED
    assert [item.file for item in desk.trello.pushed] == [file]


def test_a_document_that_was_not_made_cannot_be_attached(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(AttachDocument("trello", "brief", "key", "pdf", ""), deal)
    desk.deliver()
    assert (desk.state(delivery), str(desk.row(delivery).reason)) == (State.DEAD, "brief.pdf was not made")


PDF = StoredFile("Бриф.pdf", "application/pdf", b"%PDF")
ALONG = SendMessage("client", "Ваш бриф", document="brief", document_key="key")


def test_a_message_waits_for_its_document_and_takes_it_along(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.documents.outcomes.append(Receipt(desk.now, files=(replace(PDF, name="Бриф.docx"), PDF)))
    delivery = desk.want(ALONG, deal, "k2")
    desk.want(MakeDocument("brief", "Бриф", "uk", "key", 1), deal, "k1")
    desk.deliver()
    assert (str(desk.row(delivery).reason), desk.telegram.pushed) == ("brief is still being made", [])
    desk.wait(minutes=1).deliver()
    assert [item.file for item in desk.telegram.pushed] == [PDF]


def test_a_message_whose_document_was_never_made_is_dead_and_told(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(ALONG, deal)
    desk.deliver()
    assert (desk.state(delivery), desk.told()) == (State.DEAD, ["person:andrii: dead Ваш бриф файл brief не зроблено"])


def test_a_file_that_was_sent_before_is_named_as_the_service_calls_it(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.documents.outcomes.append(Receipt(desk.now, files=(PDF,)))
    desk.want(MakeDocument("brief", "Бриф", "uk", "key", 1), deal, "k1")
    desk.deliver()
    desk.telegram.outcomes.append(Receipt(desk.now, details={"file_id": "F7"}))
    for key in ("k2", "k3"):
        desk.want(ALONG, deal, key)
        desk.deliver()
    assert [item.known_as for item in desk.telegram.pushed] == ["", "F7"]


# -- what is born of a receipt ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "kind"),
    [
        (HELLO, "delivered"),
        (MoveCard("Договір"), "card.moved"),
        (LabelCard("VIP"), "label.added"),
        (LabelCard("VIP", present=False), "label.removed"),
        (CommentCard("Готово"), "comment.added"),
        (CreateCard("Лід", "Ромашка"), "card.created"),
    ],
)
def test_an_effect_is_an_event_of_the_bridge_with_its_cause(desk: Desk, decision: Decision, kind: str) -> None:
    _client, deal = desk.client()
    before = len(desk.events)
    desk.want(decision, deal)
    desk.deliver()
    (born,) = desk.events[before:]
    assert (born.kind, born.subject, born.actor.kind) == (kind, deal, ActorKind.BRIDGE)
    assert born.cause is not None
    assert born.cause.rule == "rule"


@pytest.mark.parametrize("decision", [MoveCard("Лід", back=True), SendMessage("person:olena", "Увага")])
def test_a_move_back_and_a_message_to_staff_wake_nobody(desk: Desk, decision: Decision) -> None:
    _client, deal = desk.client()
    before = len(desk.events)
    desk.want(decision, deal)
    desk.deliver()
    assert len(desk.events) == before


def test_what_was_there_already_is_no_move_of_ours(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.trello.outcomes.append(Receipt(desk.now, CARD, already=True))
    desk.deliver()
    assert desk.kinds("card.moved") == []


def test_a_created_card_is_the_deals_from_its_receipt_on(desk: Desk) -> None:
    desk.take(desk.task())
    deal = desk.local(TASK)
    desk.want(CreateCard("Лід", "Ромашка"), deal)
    desk.trello.outcomes.append(Receipt(desk.now, CARD))
    desk.deliver()
    assert desk.store.refs_of(deal)["trello.card"] == CARD


def test_an_effect_that_was_taken_in_part_is_done_and_the_rest_is_told(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(MoveCard("Договір"), deal)
    desk.trello.outcomes.append(Receipt(desk.now, CARD, details={"not_set": "Сума (locked)"}))
    desk.deliver()
    assert desk.state(delivery) is State.CONFIRMED
    assert [text.partition(": ")[2] for text in desk.told()] == ["not all of trello: Сума (locked)"]
