"""Webhooks and polls tell the same things in any order, and an answer that was asked for early undoes nothing."""

from __future__ import annotations

import itertools

import pytest

from bridge.model.decisions import CommentCard, MoveCard
from bridge.model.records import Page
from tests.engine.office import Desk

START = "Лід"


def heard(desk: Desk, *happenings: object) -> list[frozenset[str]]:
    """Webhooks that came together."""
    return desk.engine.take_in_all([("trello", Page(None, happenings=[one])) for one in happenings])  # type: ignore[list-item]


def moves(desk: Desk) -> list[object]:
    return [event.data["to"] for event in desk.events if event.kind == "card.moved"]


def test_webhooks_that_come_together_are_one_transaction_and_each_knows_its_client(desk: Desk) -> None:
    client, _deal = desk.client()
    assert heard(desk, desk.moved("Договір", "m1"), desk.comment("Готово", "a1")) == [frozenset({client})] * 2


@pytest.mark.parametrize("order", list(itertools.permutations(["webhook", "webhook again", "poll", "card"])))
def test_a_move_is_one_event_whoever_tells_it_first(desk: Desk, order: tuple[str, ...]) -> None:
    desk.client()
    move = desk.moved("Договір", "m1")
    for told in order:
        desk.wait(seconds=1)
        match told:
            case "poll":
                desk.take(desk.card(list="Договір", labels=[]), move)
            case "card":
                desk.take(desk.card(list="Договір", labels=[]), cursor=None)
            case _:
                heard(desk, move)
    assert moves(desk) == ["Договір"]


def test_webhooks_in_the_wrong_order_are_each_one_event(desk: Desk) -> None:
    desk.client()
    first, second = desk.moved("Договір", "m1"), desk.wait(seconds=1).moved("Запуск", "m2")
    heard(desk, second)
    heard(desk, first)
    desk.take(desk.card(list="Запуск", labels=[]), first, second)
    assert sorted(map(str, moves(desk))) == ["Договір", "Запуск"]


def test_an_answer_asked_for_before_a_newer_one_brings_nothing_back(desk: Desk) -> None:
    desk.client()
    asked_early = desk.card(list=START, labels=[])
    heard(desk, desk.wait(seconds=1).moved("Договір", "m1"))
    desk.take(desk.card(list="Договір", labels=[]), cursor=None)
    desk.take(asked_early)
    assert moves(desk) == ["Договір"]


def test_a_card_that_came_after_the_question_is_not_missed_in_the_answer(desk: Desk) -> None:
    desk.client()
    whole = frozenset({("trello", "card")})
    asked_early = desk.card(labels=[])
    desk.wait(seconds=1).take(desk.card("new", name="Пекарня"), cursor=None)
    desk.take(asked_early, whole=whole)
    assert "card.deleted" not in desk.kinds()
    desk.wait(seconds=1).take(desk.card(labels=[]), whole=whole)
    assert "card.deleted" in desk.kinds()


def test_words_that_no_rule_listens_to_leave_nothing_to_plan(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(CommentCard("Готово"), deal)
    desk.deliver()
    assert "comment.added" in desk.kinds()
    assert (desk.woken(), desk.store.clients_to_plan(desk.now)) == ([], [])


def test_an_effect_that_changes_a_fact_is_planned(desk: Desk) -> None:
    client, deal = desk.client()
    desk.want(MoveCard("Договір", back=True), deal)
    desk.deliver()
    assert desk.store.clients_to_plan(desk.now) == [client]
