"""A message in parts: in order, each once, whatever breaks between two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.testing import FakeConnector
from tests.engine.office import NIGHT, NOON, OLENA, Desk, agency

LONG = SendMessage("client", "перша|друга|третя", buttons=(("go", "Так"),))


class ShortMessages(FakeConnector):
    """A chat that takes what stands between two strokes, and no more."""

    def parts(self, message: SendMessage) -> tuple[str, ...]:
        return tuple(message.text.split("|"))


@pytest.fixture(autouse=True)
def short(desk: Desk) -> ShortMessages:
    twin = ShortMessages("telegram", desk.telegram.capabilities, desk.clock, desk.telegram.sources)
    desk.telegram = desk.engine.connectors["telegram"] = twin  # type: ignore[index]
    return twin


def said(desk: Desk) -> list[str]:
    """The texts that went to the client, oldest first."""
    sent = (one.decision for one in desk.telegram.pushed)
    return [one.text for one in sent if isinstance(one, SendMessage) and one.to_client]


def breaks(desk: Desk, after: int, error: BaseException) -> None:
    """The call after so many parts fails; those before it succeed."""
    desk.telegram.outcomes += [Receipt(desk.now)] * after + [error]  # type: ignore[list-item]


def lost(retry: Retry) -> ConnectorError:
    return ConnectorError("telegram", "no answer", retry=retry)


def doubtful(desk: Desk) -> str:
    """A message whose second part nobody can tell about."""
    _client, deal = desk.client()
    delivery = desk.want(LONG, deal)
    breaks(desk, 1, lost(Retry.UNKNOWN))
    desk.deliver()
    return delivery


def test_all_parts_go_in_order_with_the_buttons_under_the_last(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(LONG, deal)
    desk.deliver()
    assert said(desk) == ["перша", "друга", "третя"]
    assert [len(one.decision.buttons) for one in desk.telegram.pushed] == [0, 0, 1]  # type: ignore[attr-defined]
    assert (desk.state(delivery), desk.kinds("delivered")) == (State.CONFIRMED, ["delivered"])


@pytest.mark.parametrize("retry", [Retry.PASSING, Retry.ASK_ADMIN])
def test_after_a_failure_that_passes_only_what_is_left_is_sent(desk: Desk, retry: Retry) -> None:
    _client, deal = desk.client()
    desk.want(LONG, deal)
    breaks(desk, 1, lost(retry))
    desk.deliver()
    desk.wait(minutes=6).deliver()
    assert said(desk) == ["перша", "друга", "друга", "третя"]


def test_a_process_that_dies_between_two_parts_repeats_none_and_loses_none(desk: Desk) -> None:
    _client, deal = desk.client()
    delivery = desk.want(LONG, deal)
    keep = desk.store.keep_part

    def dies(*given: object) -> bool:
        keep(*given)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    desk.store.keep_part = dies  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        desk.deliver()
    desk.store.keep_part = keep  # type: ignore[method-assign]
    desk.wait(minutes=5).deliver()
    assert (said(desk), desk.state(delivery)) == (["перша", "друга", "третя"], State.CONFIRMED)


def test_a_part_that_may_have_arrived_is_not_repeated_by_itself(desk: Desk) -> None:
    delivery = doubtful(desk)
    desk.wait(hours=1).deliver()
    assert (said(desk), desk.state(delivery)) == (["перша", "друга"], State.UNKNOWN)


@pytest.mark.parametrize(("button", "then"), [("again", ["друга", "третя"]), ("arrived", ["третя"])])
def test_a_persons_word_is_on_the_doubtful_part_and_the_rest_follows(desk: Desk, button: str, then: list[str]) -> None:
    delivery = doubtful(desk)
    notice = next(row for row in desk.store.deliveries() if row.cause.rule == "system.unknown_delivery")
    desk.take(desk.update("press", "u1", actor=OLENA, data=f"{notice.id}:{button}"))
    desk.wait(minutes=1).deliver()
    assert said(desk) == ["перша", "друга", *then]
    assert (desk.state(delivery), desk.kinds("delivered")) == (State.CONFIRMED, ["delivered"])


def test_staff_are_asked_about_the_part_that_is_in_doubt(desk: Desk) -> None:
    doubtful(desk)
    notice = next(row for row in desk.store.deliveries() if row.cause.rule == "system.unknown_delivery")
    assert isinstance(notice.decision, SendMessage)
    assert notice.decision.values["delivery.text"] == "друга"


def test_staff_get_a_part_rather_twice_than_never_and_no_other_part_twice(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(SendMessage("person:olena", "перша|друга|третя"), deal)
    breaks(desk, 1, lost(Retry.UNKNOWN))
    desk.deliver()
    desk.telegram.found.append(lost(Retry.PASSING))
    desk.wait(minutes=1).deliver()
    desk.telegram.found.append(None)
    desk.wait(minutes=1).deliver()
    sent = [one.decision.text for one in desk.telegram.pushed]  # type: ignore[attr-defined]
    assert sent == ["перша", "друга", "друга", "третя"]


def test_what_has_begun_is_finished_as_it_was_though_it_is_not_true_any_more(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(SendMessage("client", "перша|друга", "paid"), deal)
    row = desk.outbox.claim(desk.context)[0]
    desk.store.intend(row, now=desk.now, lease=timedelta(minutes=2), expect={})
    begun = SendMessage("client", "перша|друга", "paid", parts=("перша", "інша"), said=1)
    desk.store.keep_part(row, begun, Receipt(desk.now))
    desk.wait(minutes=5).deliver()
    assert said(desk) == ["інша"]


def test_the_rest_waits_for_contact_hours_like_any_message(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(LONG, deal)
    breaks(desk, 1, lost(Retry.PASSING))
    desk.deliver()
    desk.clock.set(NIGHT)
    desk.deliver()
    assert said(desk) == ["перша", "друга"]


def test_who_leaves_the_chat_between_two_parts_gets_all_of_it_in_a_letter(desk: Desk) -> None:
    desk.context = replace(desk.context, in_charge={**desk.context.in_charge, Capability.LETTERS: "email"})
    _client, deal = desk.client()
    desk.take(desk.contact(email="office@kavarnia.test"))
    delivery = desk.want(LONG, deal)
    breaks(desk, 1, ConnectorError("telegram", "blocked", retry=Retry.PERMANENT, code="blocked"))
    while desk.deliver():
        pass
    assert [one.decision.text for one in desk.letters.pushed] == [LONG.text]  # type: ignore[attr-defined]
    assert desk.state(delivery) is State.CONFIRMED


@pytest.fixture
def writer(desk: Desk) -> Desk:
    """A desk that writes letters, too; its chats take short messages only."""
    usual = agency()
    made = Desk(NOON, replace(usual, in_charge={**usual.in_charge, Capability.LETTERS: "email"}))
    made.telegram = made.engine.connectors["telegram"] = ShortMessages(  # type: ignore[index]
        "telegram", made.telegram.capabilities, made.clock, made.telegram.sources
    )
    return made


@pytest.mark.parametrize(("word", "letters"), [("arrived", 1), ("again", 2)])
def test_a_letter_has_all_of_a_text_cut_for_a_chat_and_a_word_on_it_is_on_all(
    writer: Desk, word: str, letters: int
) -> None:
    _client, deal = writer.client()
    writer.take(writer.contact(email="office@kavarnia.test"))
    delivery = writer.want(LONG, deal)
    blocked = ConnectorError("telegram", "blocked", retry=Retry.PERMANENT, code="blocked")
    writer.telegram.outcomes.append(blocked)
    writer.letters.outcomes.append(lost(Retry.UNKNOWN))
    while writer.deliver():
        pass
    notice = next(row for row in writer.store.deliveries() if row.cause.rule == "system.unknown_delivery")
    writer.take(writer.update("press", "u1", actor=OLENA, data=f"{notice.id}:{word}"))
    writer.wait(minutes=1).deliver()
    texts = [one.decision.text for one in writer.letters.pushed]  # type: ignore[attr-defined]
    assert (texts, writer.state(delivery)) == (["перша|друга|третя"] * letters, State.CONFIRMED)
