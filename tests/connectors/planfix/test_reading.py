"""What reading tasks and contacts tells, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.model.errors import ConnectorError, Retry
from connectors.planfix.mapping import changed_after
from connectors.planfix.reading import _is_far_less
from tests.connectors.planfix.office import TALK, Office, record_of, ref_of


def test_deal_comes_with_its_fields_typed_plainly(world: Office) -> None:
    deal = world.add_task("Сайт для пекарні", assignees={"users": [{"id": "user:2"}]})
    world.edit(deal, endDateTime={"date": "05-03-2026", "time": "18:00"})
    world.set(deal, Проєкт="Жито", Вид_роботи="seo", Сума=1500.5, Передоплата_отримана=True)
    fields = record_of(world.connector().pull(None), deal).fields
    assert (fields["name"], fields["assignee"], fields["owner"]) == ("Сайт для пекарні", "andrii", "olena")
    assert (fields["project"], fields["work_type"], fields["sum"]) == ("Жито", "seo", "1500.5")
    assert (fields["prepaid"], fields["due"]) == (True, "2026-03-05T16:00:00.000000Z")


def test_contact_comes_with_normalized_phone_and_address(world: Office) -> None:
    phones = [{"number": "067 123-45-67", "type": 1}]
    supervisors = {"users": [{"id": "user:1"}]}
    contact = world.add_contact(
        "Ганна", lastname="Ткач", phones=phones, email="Hanna@Bakery.example", supervisors=supervisors
    )
    world.set(contact, Мова="uk", Забути_після={"date": "01-12-2026"})
    record = record_of(world.connector().pull(None), contact)
    assert (record.phones, record.emails) == (("+380671234567",), ("hanna@bakery.example",))
    assert (record.fields["name"], record.fields["owner"]) == ("Ганна Ткач", "olena")
    assert (record.fields["language"], record.fields["forget_after"]) == ("uk", "2026-12-01")


def test_deal_names_its_contact_and_its_card(world: Office) -> None:
    contact = world.add_contact("Ганна")
    deal = world.add_task("Сайт", counterparty={"id": contact.id})
    world.set(deal, Картка_Trello="https://trello.com/c/Ab12Cd34/7-пекарня")
    names = record_of(world.connector().pull(None), deal).names
    assert [str(name) for name in names] == [f"planfix:main:contact:{contact.id}", "trello:main:card_link:Ab12Cd34"]


def test_an_address_of_a_card_is_read_as_trello_gives_it_however_it_was_pasted(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.set(deal, Картка_Trello="див. https://trello.com/c/Ab12Cd34/7-пекарня?filter=x")
    assert record_of(world.connector().pull(None), deal).fields["card"] == "https://trello.com/c/Ab12Cd34"


def test_records_tell_when_they_were_made(world: Office) -> None:
    deal, contact = world.add_task("Сайт"), world.add_contact("Ганна")
    page = world.connector().pull(None)
    assert record_of(page, deal).fields["created_at"] == "2026-03-02T07:00:01.000000Z"
    assert record_of(page, contact).fields["created_at"] == "2026-03-02T07:00:02.000000Z"


def test_idle_cycle_costs_two_requests(world: Office) -> None:
    world.add_task("Сайт")
    first = world.connector().pull(None)
    world.sandbox.clock.advance(timedelta(minutes=30))
    second = world.connector().pull(first.cursor)
    with world.requests() as asked:
        page = world.connector().pull(second.cursor)
    assert asked == ["POST /task/list", "POST /contact/list"]
    assert page.records == ()


def test_sources_are_known_a_minute_late(world: Office) -> None:
    seen_up_to = world.connector().pull(None).seen_up_to
    late = world.sandbox.clock.now() - timedelta(seconds=60)
    assert seen_up_to == {"planfix.task": late, "planfix.contact": late}


def test_change_in_the_minute_of_the_last_read_is_not_missed(world: Office) -> None:
    """The filter "after 16:30" lets 16:30:20 slip: the overlap catches it."""
    deal = world.add_task("Сайт")
    connector = world.connector()
    first = connector.pull(None)
    world.set(deal, Передоплата_отримана=True)
    assert record_of(connector.pull(first.cursor), deal).fields["prepaid"] is True


def test_tasks_of_other_templates_are_nobodys_business(world: Office) -> None:
    world.add_task("Подзвонити", TALK)
    connector = world.connector()
    first = connector.pull(None)
    world.add_task("Написати", TALK)
    assert [*first.records, *connector.pull(first.cursor).records] == []


def test_more_tasks_than_one_page_holds_are_all_read_once(world: Office) -> None:
    for number in range(230):
        world.planfix.changes.create("task", {"name": f"Угода {number}", "template": {"id": 11}}, _robot(world))
    page = world.connector().pull(None)
    assert len(page.records) == len({record.ref for record in page.records}) == 230


def test_ticked_button_is_one_press(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector()
    page = connector.pull(None)
    world.set(deal, Надіслати_бриф=True)
    page = connector.pull(page.cursor)
    (press,) = page.happenings
    assert (press.kind, press.data, press.about) == ("button", {"button": "send-brief"}, ref_of(deal))
    world.set(deal, Проєкт="Жито")
    assert connector.pull(page.cursor).happenings == ()


def test_button_pressed_again_is_a_second_press(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector()
    page = connector.pull(None)
    presses = []
    for ticked in (True, False, True):
        world.set(deal, Надіслати_бриф=ticked)
        page = connector.pull(page.cursor)
        presses += [press.ref for press in page.happenings]
    assert len(set(presses)) == 2


def test_box_ticked_before_the_bridge_came_is_no_press(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.set(deal, Надіслати_бриф=True)
    connector = world.connector()
    first = connector.pull(None)
    assert (first.happenings, connector.pull(first.cursor).happenings) == ((), ())


def test_unknown_field_names_the_nearest_one(world: Office) -> None:
    with pytest.raises(ConnectorError) as raised:
        world.connector(fields={"planfix.task.project": "Проект"}).pull(None)
    assert raised.value.retry is Retry.ASK_ADMIN
    assert 'did you mean "Проєкт"?' in raised.value.what


def test_renamed_field_is_still_read_after_a_restart(world: Office) -> None:
    deal = world.add_task("Сайт")
    first = world.connector().pull(None)
    fields = world.planfix.store.custom_fields
    fields[101] = replace(fields[101], name="Назва проєкту")
    world.set(deal, Проєкт="Жито")
    assert record_of(world.connector().pull(first.cursor), deal).fields["project"] == "Жито"


def test_refresh_reads_just_what_is_named(world: Office) -> None:
    deal, contact = world.add_task("Сайт"), world.add_contact("Ганна")
    connector = world.connector()
    connector.pull(None)
    world.edit(deal, isDeleted=True)
    page = connector.refresh([ref_of(deal), ref_of(contact)])
    assert record_of(page, deal).deleted
    assert record_of(page, contact).fields["name"] == "Ганна"


def test_daily_limit_sends_the_work_away_for_a_while(world: Office) -> None:
    world.fails("status", status=403, body={"result": "fail", "code": 22, "error": "Daily limit"})
    with pytest.raises(ConnectorError) as raised:
        world.connector().pull(None)
    assert (raised.value.retry, raised.value.code, raised.value.wait) == (Retry.PASSING, "22", timedelta(minutes=10))
    assert [wait for wait, _lanes in world.pace.paused] == [timedelta(minutes=1)]


def test_refusal_with_a_good_status_is_a_refusal(world: Office) -> None:
    world.fails("status", status=200, body={"result": "fail", "code": 1, "error": "Invalid token"})
    with pytest.raises(ConnectorError) as raised:
        world.connector().pull(None)
    assert (raised.value.retry, raised.value.code) == (Retry.ASK_ADMIN, "1")


@pytest.mark.parametrize(
    ("moment", "asked"),
    [
        (datetime(2026, 3, 2, 7, 0, tzinfo=UTC), "02-03-2026 09:00"),
        (datetime(2026, 7, 1, 21, 30, tzinfo=UTC), "02-07-2026 00:30"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25-10-2026 02:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25-10-2026 02:30"),
    ],
)
def test_filter_counts_in_the_employees_zone_and_avoids_the_doubled_hour(moment: datetime, asked: str) -> None:
    assert changed_after(moment, "Europe/Kyiv")["value"]["dateFrom"] == asked


def test_field_that_is_no_more_is_not_known_and_not_empty(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.set(deal, Проєкт="Жито")
    connector = world.connector()
    first = connector.pull(None)
    del world.planfix.store.custom_fields[101]
    world.set(deal, Сума=1500)
    for page in (connector.pull(first.cursor), connector.refresh([ref_of(deal)])):
        record = record_of(page, deal)
        assert record.unknown == {"project"}
        assert "project" not in record.fields
        assert (record.fields["sum"], record.fields["work_type"]) == ("1500", None)


def test_field_left_out_of_an_answer_because_it_is_empty_is_empty(
    world: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector()
    monkeypatch.setattr(world.planfix.views, "_custom", lambda thing, number, zone: None)
    record = record_of(connector.pull(None), deal)
    assert (record.unknown, record.fields["project"]) == (frozenset(), None)


def test_removed_button_is_no_field_of_the_record(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector()
    first = connector.pull(None)
    del world.planfix.store.custom_fields[108]
    world.set(deal, Сума=1500)
    assert record_of(connector.pull(first.cursor), deal).unknown == frozenset()


@pytest.mark.parametrize("background", [True, False])
def test_reading_again_in_the_background_lets_people_go_first(world: Office, background: bool) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    connector.pull(None)
    world.pace.taken.clear()
    connector.refresh([ref_of(deal)], background=background)
    assert {"background" in lanes for lanes in world.pace.taken} == {background}


def test_night_lists_everything_once_more_and_then_rests(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    cursor = connector.pull(None).cursor
    world.sandbox.clock.advance(timedelta(hours=18))  # 03:00 in Kyiv, and a minute
    with world.requests() as asked:
        page = connector.pull(cursor)
    assert page.listed == {("planfix", "task"), ("planfix", "contact")}
    assert (asked.count("POST /task/list"), asked.count("POST /contact/list")) == (2, 2)
    assert record_of(page, deal).fields["name"] == "Сайт"
    assert connector.pull(page.cursor).listed == frozenset()


def test_night_that_fails_loses_nothing_and_comes_again_an_hour_later(world: Office) -> None:
    connector = world.connector()
    cursor = connector.pull(None).cursor
    deal = world.add_task("Сайт")
    world.sandbox.clock.advance(timedelta(hours=18))
    world.edit(deal, name="Сайт і реклама")
    world.fails("status", status=500, path="/task/list$", after=1)
    page = connector.pull(cursor)
    assert (page.listed, record_of(page, deal).fields["name"]) == (frozenset(), "Сайт і реклама")
    world.sandbox.clock.advance(timedelta(minutes=61))
    assert connector.pull(page.cursor).listed


def test_list_that_is_suddenly_empty_is_asked_about_until_somebody_accepts_it(world: Office) -> None:
    contacts = [world.add_contact("Ганна"), world.add_contact("Олег")]
    connector = world.connector()
    page = connector.pull(None)
    for contact in contacts:
        contact.plain["isDeleted"] = True
    world.sandbox.clock.advance(timedelta(hours=18))
    for _reading in range(2):
        page = connector.pull(page.cursor)
        assert next(str(error) for error in page.failed.values()).startswith("planfix.contact had 2 records")
        assert (page.listed & {("planfix", "contact")}, "planfix.contact" in page.seen_up_to) == (frozenset(), False)
    connector.accept_empty("planfix.contact")
    page = connector.pull(page.cursor)
    assert (("planfix", "contact") in page.listed, page.failed) == (True, {})


@pytest.mark.parametrize(("had", "left", "asks"), [(100, 81, False), (100, 79, True), (200, 165, False), (1, 0, False)])
def test_few_that_vanish_in_a_day_are_no_question(had: int, left: int, asks: bool) -> None:
    assert _is_far_less(left, had) is asks


def _robot(world: Office):  # type: ignore[no-untyped-def]
    return world.planfix.store.employees[9]
