"""Taking in pages: what wakes a rule, what is told twice by its source, and what comes back from our own writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from bridge.engine.comparing import EDITED
from bridge.model.decisions import CommentCard, CreateCard, LabelCard, MoveCard, WriteFields
from bridge.model.deliveries import Receipt
from bridge.model.errors import SourceEmptied
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain, moment_text
from tests.engine.office import NOON, OLENA, Desk, agency, loaded_rules

CARD = Ref("trello", "main", "card", "c1")
CARDS = frozenset({("trello", "card")})
UNKNOWN = Actor(ActorKind.UNKNOWN, "m9", "Somebody")


# -- changes ---------------------------------------------------------------------------------------------------------


def test_an_unchanged_page_wakes_nobody(desk: Desk) -> None:
    desk.take(desk.card())
    desk.planned()
    assert desk.take(desk.card()) == 0
    assert desk.store.clients_to_plan(desk.now) == []


def test_a_page_taken_twice_makes_its_events_once(desk: Desk) -> None:
    desk.client()
    page = (desk.card(list="Договір"), desk.moved("Договір", "m1"), desk.comment("Готово", "a1"))
    assert desk.take(*page) == 2
    assert desk.take(*page) == 0


def test_the_order_of_things_in_a_page_does_not_matter() -> None:
    seen = set()
    for order in permutations(range(3)):
        desk = Desk()
        task, contact = desk.task(names=(desk.contact().ref,)), desk.contact()
        things = (contact, task, desk.card(names=(task.ref,)))
        desk.take(*(things[place] for place in order), source="planfix")
        seen.add((tuple(desk.kinds()), len(desk.store.subjects())))
        desk.store.close()
    assert seen == {(("client.created", "deal.created", "card.created"), 2)}


def test_a_changed_field_is_told_with_both_values(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.task(names=(desk.contact().ref,), prepaid=True, site="a.test"))
    told = desk.events[-1]
    assert (told.kind, told.subject) == ("field.changed", deal)
    assert told.data == {"field": "deal.prepaid", "old": False, "new": True}


def test_each_change_of_the_same_field_is_an_event_of_its_own(desk: Desk) -> None:
    desk.client()
    for prepaid in (True, False, True):
        desk.take(desk.task(names=(desk.contact().ref,), prepaid=prepaid, site="a.test"))
    assert len(desk.kinds("field.changed")) == 3


def test_labels_put_on_and_taken_off_are_told_one_by_one(desk: Desk) -> None:
    desk.client()
    desk.take(desk.card(labels=["VIP", "Поспіх"]))
    desk.take(desk.card(labels=["Поспіх"]))
    labels = [(event.kind, event.data["label"]) for event in desk.events if event.kind.startswith("label")]
    assert labels == [("label.added", "VIP"), ("label.added", "Поспіх"), ("label.removed", "VIP")]


def without_site(desk: Desk, **more: Any) -> Record:
    """The task where its site cannot be read: the field is gone, or nobody here may see it."""
    task = desk.task(names=(desk.contact().ref,), prepaid=False, **more)
    return replace(task, unknown=frozenset({"site"}))


def test_a_field_that_cannot_be_read_keeps_its_value_and_tells_nothing(desk: Desk) -> None:
    desk.client()
    assert desk.take(without_site(desk.wait(minutes=1))) == 0
    kept = desk.store.kept([Ref("planfix", "main", "task", "t1")])[Ref("planfix", "main", "task", "t1")]
    assert kept.fields["site"] == "a.test"


def test_a_field_that_can_be_read_again_tells_only_what_has_changed_since(desk: Desk) -> None:
    desk.client()
    desk.take(without_site(desk.wait(minutes=1)))
    again: dict[str, Any] = {"names": (desk.contact().ref,), "prepaid": False}
    assert desk.take(desk.wait(minutes=1).task(site="a.test", **again)) == 0
    desk.take(without_site(desk.wait(minutes=1)))
    assert desk.take(desk.wait(minutes=1).task(site="b.test", **again)) == 1
    assert desk.events[-1].data == {"field": "deal.site", "old": "a.test", "new": "b.test"}


def test_a_field_that_can_be_read_for_the_first_time_has_not_changed(desk: Desk) -> None:
    """A right that was missing since the beginning: its values are no news, and the next change of one is."""
    desk.take(desk.contact(), replace(desk.task(names=(desk.contact().ref,)), unknown=frozenset({"site"})))
    assert desk.take(desk.wait(minutes=1).task(names=(desk.contact().ref,), site="a.test")) == 0
    assert desk.take(desk.wait(minutes=1).task(names=(desk.contact().ref,), site="b.test")) == 1


def test_what_else_changes_beside_an_unreadable_field_is_told(desk: Desk) -> None:
    desk.client()
    assert desk.take(replace(without_site(desk.wait(minutes=1)), fields={"name": "Сайт", "prepaid": True})) == 1
    assert desk.events[-1].data["field"] == "deal.prepaid"


# -- moves -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [["state"], ["action"], ["state", "action"], ["action", "state"], ["both"]])
def test_a_move_is_one_event_however_it_is_told(desk: Desk, told: list[str]) -> None:
    desk.client()
    state, action = desk.card(list="Договір", labels=[]), desk.moved("Договір", "m1")
    pages: dict[str, tuple[Record | Happening, ...]]
    pages = {"state": (state,), "action": (action,), "both": (state, action)}
    for name in told:
        desk.take(*pages[name], source="trello")
    assert desk.kinds("card.moved") == ["card.moved"]


def test_all_moves_between_two_polls_are_told_in_order(desk: Desk) -> None:
    desk.client()
    moves = [desk.moved(to, f"m{to}") for to in ("Договір", "Запуск", "Лід")]
    desk.take(desk.card(list="Лід", labels=[]), *moves)
    assert [event.data["to"] for event in desk.events if event.kind == "card.moved"] == ["Договір", "Запуск", "Лід"]


def test_a_move_told_by_its_action_does_not_swallow_a_later_one(desk: Desk) -> None:
    desk.client()
    for to in ("Договір", "Лід", "Договір"):
        desk.wait(minutes=5)
        desk.take(desk.card(list=to, labels=[]), desk.moved(to, f"m{desk.now}"))
        desk.take(desk.card(list=to, labels=[]))
    desk.take(desk.card(list="Лід", labels=[]))
    assert len(desk.kinds("card.moved")) == 4


def test_a_move_told_by_its_state_does_not_swallow_a_later_one(desk: Desk) -> None:
    desk.client()
    desk.take(desk.card(list="Договір", labels=[]))
    desk.wait(minutes=10)
    desk.take(desk.card(list="Договір", labels=[]), desk.moved("Лід", "m1"), desk.moved("Договір", "m2"))
    assert len(desk.kinds("card.moved")) == 3


# -- comments --------------------------------------------------------------------------------------------------------


def test_what_staff_write_with_a_slash_is_a_command(desk: Desk) -> None:
    desk.client()
    desk.take(desk.comment("/бриф терміново"))
    told = desk.events[-1]
    assert told.kind == "command"
    assert (told.data["command"], told.data["text"]) == ("/бриф", "терміново")


def test_a_stranger_on_the_board_gives_no_command(desk: Desk) -> None:
    desk.client()
    desk.take(desk.comment("/бриф", actor=UNKNOWN))
    assert desk.events[-1].kind == "comment.added"


# -- our own writes --------------------------------------------------------------------------------------------------


def test_our_own_comment_wakes_nobody(desk: Desk) -> None:
    _client, deal = desk.client()
    mark = desk.want(CommentCard("Готово"), deal)
    assert desk.take(desk.comment("Готово", mark=mark)) == 0


def test_a_comment_with_a_foreign_mark_is_a_comment(desk: Desk) -> None:
    desk.client()
    assert desk.take(desk.comment("Готово", mark="0123456789")) == 1


@pytest.mark.parametrize("told", ["state", "action", "state, then action"])
def test_our_own_move_wakes_nobody(desk: Desk, told: str) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.trello.before = lambda _delivery: written()

    def written() -> None:
        state, action = desk.card(list="Договір", labels=[]), desk.moved("Договір", "m1")
        if told != "action":
            desk.take(state, source="trello")
        if told != "state":
            desk.take(action, source="trello")

    desk.deliver()
    assert [event.actor.kind for event in desk.events if event.kind == "card.moved"] == [ActorKind.BRIDGE]


def test_our_own_move_read_after_its_receipt_wakes_nobody(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.deliver()
    assert desk.take(desk.card(list="Договір", labels=[]), desk.moved("Договір", "m1")) == 0


def test_an_answer_asked_for_before_our_move_does_not_move_the_card_back(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    asked_before = desk.card(list="Ліди", labels=["VIP"])
    desk.wait(seconds=1)
    desk.deliver()
    desk.take(asked_before)
    assert [event.actor.kind for event in desk.events if event.kind == "card.moved"] == [ActorKind.BRIDGE]
    assert desk.kinds("label.added") == ["label.added"]


def test_our_own_label_wakes_nobody_and_a_persons_does(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(LabelCard("VIP"), deal)
    desk.deliver()
    assert desk.take(desk.card(labels=["VIP"])) == 0
    assert desk.take(desk.card(labels=[])) == 1


def test_our_own_field_wakes_nobody_and_a_persons_value_right_after_does(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(WriteFields("planfix.task", {"site": "ours.test"}), deal)
    desk.deliver()
    names = (desk.contact().ref,)
    assert desk.take(desk.task(names=names, prepaid=False, site="ours.test")) == 0
    assert desk.take(desk.task(names=names, prepaid=False, site="theirs.test")) == 1


def test_a_persons_value_over_ours_is_told_even_when_ours_was_never_seen(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(WriteFields("planfix.task", {"site": "ours.test"}), deal)
    desk.crash_between_intend_and_settle()
    assert desk.take(desk.task(names=(desk.contact().ref,), prepaid=False, site="theirs.test")) == 1


FIGURES = """\
fields:
  deal.sum: {type: money, from: planfix.task.sum, write_to: [planfix.task.sum]}
  deal.call: {type: moment, from: planfix.task.call, write_to: [planfix.task.call]}
"""
WRITTEN_OTHERWISE = [
    ("sum", {"amount": "1500.50", "currency": "UAH"}, "1500.5", "1600"),
    ("call", "2026-12-01T10:00:42.000000Z", "2026-12-01T10:00:00.000000Z", "2026-12-01T10:01:00.000000Z"),
]


@pytest.mark.parametrize(("name", "ours", "shown", "theirs"), WRITTEN_OTHERWISE)
def test_our_own_value_is_known_though_its_system_writes_it_otherwise(
    name: str, ours: Plain, shown: Plain, theirs: Plain
) -> None:
    desk = Desk(context=agency(loaded_rules(FIGURES)))
    _client, deal = desk.client()
    desk.want(WriteFields("planfix.task", {name: ours}), deal)
    desk.deliver()
    for value, news in ((shown, 0), (ours, 0), (shown, 0), (theirs, 1)):
        desk.wait(minutes=5)
        task = desk.task(names=(desk.contact().ref,), prepaid=False, site="a.test")
        assert desk.take(replace(task, fields={**task.fields, name: value})) == news, value
    desk.store.close()


def test_an_echo_is_dropped_once_and_a_person_doing_the_same_is_told(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(LabelCard("VIP"), deal)
    desk.deliver()
    assert [desk.take(desk.card(labels=labels)) for labels in (["VIP"], [], ["VIP"])] == [0, 1, 1]


def test_an_echo_that_is_an_hour_late_is_no_echo(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(LabelCard("VIP"), deal)
    desk.deliver()
    desk.wait(hours=1).take(seen_up_to={"trello.card": desk.now})
    assert desk.take(desk.card(labels=["VIP"])) == 1


def test_two_moves_of_ours_before_the_next_reading_are_both_known_as_ours(desk: Desk) -> None:
    _client, deal = desk.client()
    for place, name in enumerate(("Договір", "Запуск")):
        desk.want(MoveCard(name), deal, key=name)
        desk.wait(seconds=place).deliver()
    echoes = [desk.moved("Договір", "m1"), desk.moved("Запуск", "m2")]
    assert desk.take(desk.card(list="Запуск", labels=[]), *echoes) == 0


def test_our_move_is_known_though_a_person_moved_the_card_on_before_anything_was_read(desk: Desk) -> None:
    """His own action is told late; the state of the card tells it first."""
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.deliver()
    ours, theirs = desk.moved("Договір", "m1"), desk.wait(hours=12).moved("Запуск", "m2")
    assert desk.take(desk.card(list="Запуск", labels=[]), ours) == 1
    assert desk.take(theirs) == 0


def test_an_echo_is_known_however_long_its_source_could_not_be_read(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(seen_up_to={"trello.card": desk.now})
    desk.want(MoveCard("Договір"), deal)
    desk.deliver()
    moved = desk.moved("Договір", "m1")
    desk.wait(hours=20)
    assert desk.take(desk.card(list="Договір", labels=[]), moved) == 0


def test_what_was_there_already_leaves_no_echo_to_wait_for(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.trello.outcomes.append(Receipt(desk.now, CARD, already=True))
    desk.deliver()
    # Somebody was faster; somebody moves it away and there again.
    moves = [desk.moved("Лід", "m1"), desk.moved("Договір", "m2")]
    assert desk.take(desk.card(list="Договір", labels=[]), *moves) == 2


def test_our_own_card_is_known_by_its_mark_though_the_receipt_was_lost(desk: Desk) -> None:
    desk.take(desk.task())
    deal = desk.local(desk.task().ref)
    mark = desk.want(CreateCard("Лід", "Ромашка"), deal)
    desk.crash_between_intend_and_settle()
    assert desk.take(desk.card(mark=mark)) == 0
    assert desk.local(CARD) == deal
    assert len([subject for subject in desk.store.subjects() if subject.kind == "deal"]) == 1


def test_an_answer_under_way_during_our_move_does_not_undo_it(desk: Desk) -> None:
    client, deal = desk.client()
    older = desk.card(list="Лід", labels=[], name="Ромашка 2")
    desk.wait(seconds=1)
    desk.want(MoveCard("Договір"), deal)
    desk.deliver()
    desk.take(older)
    assert [event.data["to"] for event in desk.events if event.kind == "card.moved"] == ["Договір"]
    assert desk.store.load_client(client).records[deal][-1].fields["list"] == "Договір"


def test_a_persons_move_before_ours_does_not_use_up_our_echo(desk: Desk) -> None:
    _client, deal = desk.client()
    theirs = desk.card(list="Запуск", labels=[])
    desk.wait(seconds=1)
    desk.want(MoveCard("Договір"), deal)
    read: list[int] = []
    desk.trello.before = lambda _delivery: read.append(desk.take(theirs))
    desk.deliver()
    assert desk.take(desk.wait(seconds=1).card(list="Договір", labels=[])) == 0
    assert [event.data["to"] for event in desk.events if event.kind == "card.moved"] == ["Запуск", "Договір"]


def test_our_own_move_is_known_by_the_name_the_board_gives_its_list(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Продажі / Договір"), deal)
    desk.trello.outcomes.append(Receipt(desk.now, CARD, details={"list": "Договір", "list_id": "2"}))
    desk.deliver()
    assert desk.take(desk.card(list="Договір", labels=[]), desk.moved("Договір", "m1")) == 0


def test_our_move_found_after_a_person_moved_the_card_on_is_known_by_its_action(desk: Desk) -> None:
    """The answer to ours was lost; the look finds the card where the person put it."""
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.crash_between_intend_and_settle()
    ours, theirs = desk.moved("Договір", "m1"), desk.wait(seconds=5).moved("Запуск", "m2")
    desk.trello.found.append(Receipt(desk.now, CARD, details={"list": "Запуск", "from": "Лід"}))
    desk.wait(minutes=5).deliver()
    assert desk.take(theirs) == 1
    assert desk.take(ours) == 0


@pytest.mark.parametrize(("left", "stands_in"), [("Лід", "Запуск"), ("Запуск", "Договір")])
def test_a_persons_move_read_during_ours_is_newer_unless_ours_took_the_card_from_there(
    desk: Desk, left: str, stands_in: str
) -> None:
    client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    theirs = (desk.card(list="Запуск", labels=[]), desk.moved("Запуск", "m1"))
    read: list[int] = []
    desk.trello.before = lambda _delivery: read.append(desk.take(*theirs))
    desk.trello.outcomes.append(Receipt(desk.now, CARD, details={"list": "Договір", "from": left}))
    desk.deliver()
    assert desk.store.load_client(client).records[deal][-1].fields["list"] == stands_in
    assert desk.take(desk.wait(seconds=1).card(list=stands_in, labels=[])) == 0


def test_a_persons_move_from_well_before_ours_is_told_though_it_led_to_the_same_list(desk: Desk) -> None:
    _client, deal = desk.client()
    theirs = desk.moved("Договір", "m1")
    desk.wait(minutes=8).want(MoveCard("Договір"), deal)
    desk.deliver()
    ours = desk.moved("Договір", "m2")
    assert desk.take(theirs) == 1
    assert desk.take(ours) == 0


def test_a_persons_move_after_the_echo_of_ours_is_told_though_the_answer_to_ours_was_lost(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.crash_between_intend_and_settle()
    assert desk.take(desk.card(list="Договір", labels=[]), desk.moved("Договір", "m1")) == 0
    away, back = desk.wait(minutes=3).moved("Запуск", "m2"), desk.wait(minutes=1).moved("Договір", "m3")
    desk.trello.found.append(Receipt(desk.now, CARD, details={"list": "Договір", "from": "Лід"}))
    desk.deliver()
    assert desk.take(desk.card(list="Договір", labels=[]), away, back) == 2


# -- answers ---------------------------------------------------------------------------------------------------------


def test_an_answer_is_an_event_for_each_revision_that_changed_it(desk: Desk) -> None:
    _client, deal = desk.client()
    token = desk.token(deal, "brief")
    desk.take(desk.response(token=token, site="a.test"))
    desk.wait(minutes=1).take(desk.response(token=token, site="a.test"))
    desk.take(desk.response(token=token, revision=2, site="b.test"))
    answered = [event for event in desk.events if event.kind == "form.answered"]
    assert [(event.subject, event.data["revision"]) for event in answered] == [(deal, 1), (deal, 2)]


def test_an_answer_nobody_can_place_is_put_on_the_desk_and_told_once(desk: Desk) -> None:
    for _time in range(2):
        desk.take(desk.response("5", token="UNKNOWNCODE", name="Олег"))
    assert [item.about for item in desk.store.inbox()] == ["google_forms:main:response:5"]
    assert desk.told() == ["person:andrii: unmatched Бриф: bridge inbox bind 1"]


def test_where_there_are_several_agencies_a_command_that_people_are_told_names_theirs() -> None:
    desk = Desk(context=replace(agency(), command="bridge --workspace beta"))
    desk.take(desk.response("5", token="UNKNOWNCODE", name="Олег"))
    assert desk.told() == ["person:andrii: unmatched Бриф: bridge --workspace beta inbox bind 1"]


def test_an_answer_bound_later_is_planned_with_the_time_of_the_answer(desk: Desk) -> None:
    client, deal = desk.client()
    answer = desk.response("5", name="Олег")
    desk.take(answer)
    desk.wait(hours=5)
    with desk.store.intake(desk.now) as intake:
        intake.bind(answer.ref, deal, "by hand")
    assert desk.store.clients_to_plan(desk.now) == [client]
    assert [(event.kind, event.subject, event.at) for event in desk.store.load_client(client).events] == [
        ("form.answered", deal, NOON)
    ]


# -- what is gone, what is old ---------------------------------------------------------------------------------------


def test_a_card_missing_from_a_whole_reading_is_noted_as_deleted(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.card("c2"), whole=CARDS)
    assert [event.subject for event in desk.events if event.kind == "card.deleted"] == [deal]
    assert "trello.card" not in desk.store.refs_of(deal)


def test_a_card_read_as_deleted_is_noted_once_and_kept_as_it_was(desk: Desk) -> None:
    desk.client()
    for _time in range(2):
        desk.take(replace(desk.card(), fields={}, deleted=True), cursor=None)
    assert desk.kinds("card.deleted") == ["card.deleted"]
    with desk.store.intake(desk.now) as intake:
        assert intake.stored([CARD])[CARD].fields["name"] == "Ромашка"


def test_a_deleted_thing_nobody_knew_makes_no_client(desk: Desk) -> None:
    desk.take(desk.card(deleted=True))
    assert desk.store.subjects() == []


def test_a_source_that_suddenly_empties_is_a_fault_and_keeps_everything(desk: Desk) -> None:
    desk.take(desk.card("c1"), desk.card("c2"), cursor=Cursor("1"))
    with pytest.raises(SourceEmptied) as caught:
        desk.take(desk.contact(), source="trello", whole=CARDS, cursor=Cursor("2"))
    assert (caught.value.source, caught.value.before) == ("trello.card", 2)
    assert desk.store.cursor("trello") == Cursor("1")
    assert desk.kinds("card.deleted") == []


def test_an_emptied_source_counts_as_not_read(desk: Desk) -> None:
    desk.take(desk.card("c1"), desk.card("c2"))
    desk.trello.pages.append(Page(Cursor("2"), whole=CARDS, seen_up_to={"trello.card": desk.now}))
    with pytest.raises(SourceEmptied):
        desk.engine.pull("trello")
    source = desk.store.sources()["trello.card"]
    assert (source.seen_up_to, source.failing_since) == (None, NOON)


def test_the_first_reading_of_an_old_board_is_history(desk: Desk) -> None:
    old, new = moment_text(NOON - timedelta(days=2)), moment_text(NOON - timedelta(hours=2))
    desk.take(desk.card("c1", created_at=old), first=True)
    assert desk.woken() == []
    desk.take(desk.card("c2", created_at=new), first=True)
    assert desk.woken() == ["deal.created", "card.created"]


def test_a_first_reading_of_several_pages_is_one_first_reading(desk: Desk) -> None:
    old = moment_text(NOON - timedelta(days=2))
    pages = [Page(Cursor(str(n)), [desk.card(f"c{n}", created_at=old)], more=n < 3) for n in range(1, 4)]
    desk.trello.pages.extend(pages)
    desk.engine.pull("trello")
    assert desk.woken() == []
    desk.take(desk.card("c9", created_at=old))
    assert desk.woken() == ["deal.created", "card.created"]


def test_old_answers_of_a_first_reading_are_kept_on_the_desk_and_told_to_nobody(desk: Desk) -> None:
    old = desk.response("5", name="Олег")
    desk.wait(days=3).take(old, first=True)
    assert len(desk.store.inbox()) == 1
    assert desk.told() == []


def test_old_comments_of_a_first_reading_wake_nobody(desk: Desk) -> None:
    said = desk.comment("Колись")
    desk.wait(days=2).take(desk.card(created_at=moment_text(NOON)), said, first=True)
    assert desk.kinds("comment.added") == ["comment.added"]
    assert desk.woken() == []


def test_our_own_move_is_known_though_its_action_comes_long_after_the_state(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.deliver()
    moved = desk.moved("Договір", "m1")
    desk.wait(hours=3).take(desk.card(list="Договір", labels=[]), seen_up_to={"trello.card": desk.now})
    desk.wait(seconds=30).take(moved)
    assert [event.actor.kind for event in desk.events if event.kind == "card.moved"] == [ActorKind.BRIDGE]


def test_a_person_who_makes_the_same_move_hours_later_is_heard(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(MoveCard("Договір"), deal)
    desk.deliver()
    desk.wait(hours=3).take(desk.moved("Договір", "m2"))
    moves = [event.actor.kind for event in desk.events if event.kind == "card.moved"]
    assert moves == [ActorKind.BRIDGE, ActorKind.PERSON]


# -- fields that show each other ---------------------------------------------------------------------------------------

PEOPLE = """\
fields:
  deal.manager: {type: person, from: planfix.task.assignee, write_to: [planfix.task.assignee]}
  deal.people: {type: set, from: planfix.task.assignees, write_to: [planfix.task.assignees]}
"""


class Staffed(Desk):
    """A desk whose deals have people, the first of whom stands alone as well."""

    def __init__(self) -> None:
        super().__init__(context=agency(loaded_rules(PEOPLE)))
        self.shows("olena", "petro")

    def shows(self, *people: str) -> int:
        names: dict[str, Any] = {"names": (self.contact().ref,), "assignee": people[0], "assignees": sorted(people)}
        return self.take(
            self.contact(), replace(self.wait(minutes=2).task(**names), first_of={"assignee": "assignees"})
        )

    def writes(self, name: str, value: Plain, *holds: str) -> None:
        [deal] = [subject.id for subject in self.store.subjects() if subject.kind == "deal"]
        self.want(WriteFields("planfix.task", {name: value}), deal)
        held = {"assignee": holds[0], "assignees": sorted(holds)}
        self.planfix.outcomes.append(Receipt(self.now, self.task().ref, details={"holds": held}))


WAYS = [("assignee", "andrii", ["andrii", "petro"]), ("assignees", ["andrii", "petro"], ["andrii", "petro"])]


@pytest.mark.parametrize(("name", "value", "shown"), WAYS)
@pytest.mark.parametrize("told", ["after the receipt", "before it"])
def test_who_was_written_is_no_news_in_the_list_they_are_the_first_of(
    name: str, value: Plain, shown: list[str], told: str
) -> None:
    desk = Staffed()
    desk.writes(name, value, *shown)
    desk.crash_between_intend_and_settle() if told == "before it" else desk.deliver()
    assert desk.shows(*shown) == 0
    assert desk.shows("olena", "petro") == 2
    desk.store.close()


@pytest.mark.parametrize("told", ["after the receipt", "before it"])
def test_somebody_put_beside_the_one_we_wrote_is_news(told: str) -> None:
    desk = Staffed()
    desk.writes("assignee", "andrii", "andrii", "petro")
    desk.crash_between_intend_and_settle() if told == "before it" else desk.deliver()
    assert desk.shows("andrii", "petro", "ivan") == 1
    assert desk.events[-1].data["new"] == ["andrii", "ivan", "petro"]
    desk.store.close()


@pytest.mark.parametrize("told", ["after the receipt", "before it"])
def test_labels_written_at_once_wake_nobody_and_a_persons_beside_them_does(desk: Desk, told: str) -> None:
    _client, deal = desk.client()
    desk.take(desk.wait(minutes=1).card(labels=["Old"]))
    desk.want(WriteFields("trello.card", {"labels": ["VIP", "New"]}, base={"labels": ["Old"]}), deal)
    desk.crash_between_intend_and_settle() if told == "before it" else desk.deliver()
    assert desk.take(desk.wait(minutes=1).card(labels=["New", "Theirs", "VIP"])) == 1
    assert [event.data["label"] for event in desk.events if event.kind == "label.added"] == ["Old", "Theirs"]
    assert desk.take(desk.wait(minutes=1).card(labels=["New", "Theirs"])) == 1


@pytest.mark.parametrize(("name", "ours", "shown", "theirs"), WRITTEN_OTHERWISE)
def test_a_value_read_before_its_receipt_is_known_though_its_system_writes_it_otherwise(
    name: str, ours: Plain, shown: Plain, theirs: Plain
) -> None:
    desk = Desk(context=agency(loaded_rules(FIGURES)))
    _client, deal = desk.client()
    desk.want(WriteFields("planfix.task", {name: ours}), deal)
    desk.crash_between_intend_and_settle()
    for value, news in ((shown, 0), (theirs, 1)):
        task = desk.wait(minutes=5).task(names=(desk.contact().ref,), prepaid=False, site="a.test")
        assert desk.take(replace(task, fields={**task.fields, name: value})) == news, value
    desk.store.close()


# -- who changed a field, and when ------------------------------------------------------------------------------------


def edited(desk: Desk, value: Plain, about: Ref, name: str = "site", id: str = "e1") -> Happening:
    data: dict[str, Plain] = {"field": name, "value": value}
    return Happening(Ref(about.system, "main", "action", id), EDITED, desk.now, about, OLENA, data)


def site(desk: Desk, value: str, *told: Happening) -> list[ActorKind]:
    """Who changed the site of the deal, as rules hear it, after a reading that shows this value."""
    task = desk.wait(minutes=1).task(names=(desk.contact().ref,), prepaid=False, site=value)
    desk.take(replace(task, changed_at=desk.now), *told)
    return [event.actor.kind for event in desk.events if event.kind == "field.changed"]


@pytest.mark.parametrize("told", ["with the state", "before the state"])
def test_a_change_is_by_whom_its_system_names(desk: Desk, told: str) -> None:
    desk.client()
    site(desk, "first.test")
    edit = edited(desk.wait(minutes=1), "new.test", desk.task().ref)
    if told == "before the state":
        desk.take(edit)
    assert site(desk, "new.test", *([edit] if told == "with the state" else []))[-1] is ActorKind.PERSON
    assert [event.at for event in desk.events if event.kind == "field.changed"][-1] == edit.at


def test_an_edit_wakes_nobody_by_itself(desk: Desk) -> None:
    desk.client()
    site(desk, "first.test")
    desk.engine.plan_due()
    desk.take(edited(desk, "first.test", desk.task().ref))
    assert desk.woken() == []


def test_an_older_edit_to_the_same_value_is_not_taken_for_this_change(desk: Desk) -> None:
    desk.client()
    desk.take(edited(desk, "x.test", desk.task().ref))
    assert site(desk, "x.test") == [ActorKind.PERSON]
    site(desk, "y.test")
    assert site(desk, "x.test")[-1] is ActorKind.UNKNOWN


def test_our_own_edit_is_kept_as_nobody_elses(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.want(WriteFields("planfix.task", {"site": "ours.test"}), deal)
    desk.deliver()
    edit = edited(desk.wait(minutes=1), "ours.test", desk.task().ref)
    desk.take(edit)
    assert desk.kinds(EDITED) == []


def test_a_move_of_which_only_the_end_is_told_names_the_list_that_was_left(desk: Desk) -> None:
    desk.client()
    desk.take(desk.wait(minutes=1).card(list="Договір"), desk.moved("Договір", "m1"))
    desk.take(desk.wait(minutes=1).moved("Запуск", "m2"))
    moves = [event.data for event in desk.events if event.kind == "card.moved"]
    assert [(one["from"], one["to"]) for one in moves] == [("Лід", "Договір"), ("Договір", "Запуск")]
