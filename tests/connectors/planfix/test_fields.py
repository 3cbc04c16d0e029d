"""What writing fields leaves as it was, and what it tells of what stands there afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.model.decisions import WriteFields
from bridge.model.deliveries import Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain
from connectors.planfix import PlanfixConnector
from sandbox.planfix.model import Thing
from tests.connectors.planfix.office import NUMBERS, Office, delivery, record_of

TEAM = {"users": [{"id": "user:2"}, {"id": "user:9"}], "groups": [{"id": 1}]}


def _write(connector: PlanfixConnector, thing: Thing, values: dict[str, Plain], **base: Plain) -> Receipt:
    return connector.push(delivery(WriteFields(f"planfix.{thing.kind}", values, base=base), thing))


def test_deal_handed_over_keeps_its_other_people_and_groups(world: Office) -> None:
    deal = world.add_task("Сайт", assignees=TEAM)
    receipt = _write(world.connector(), deal, {"assignee": "olena"})
    assert deal.people["assignees"] == ["user:1", "user:9", "group:1"]
    assert receipt.details["holds"] == {"assignee": "olena", "assignees": ["olena", "user:9"]}


@pytest.mark.parametrize("written", [{"assignee": "olena"}, {"assignees": ["andrii", "olena", "user:9"]}])
def test_what_an_attempt_left_is_told_with_the_list_it_stands_in(world: Office, written: dict[str, Plain]) -> None:
    """The receipt of the attempt was lost: the next reading must not show somebody else's change."""
    deal, connector = world.add_task("Сайт", assignees=TEAM), world.connector()
    wanted = delivery(WriteFields("planfix.task", written), deal)
    told = connector.push(wanted).details["holds"]
    found = connector.look(wanted)
    assert found is not None
    assert found.details["holds"] == told
    assert record_of(connector.pull(None), deal).first_of == {"assignee": "assignees"}


def test_who_had_the_deal_leaves_even_when_another_stands_first(world: Office) -> None:
    deal = world.add_task("Сайт", assignees={"users": [{"id": "user:9"}, {"id": "user:2"}]})
    _write(world.connector(), deal, {"assignee": "olena"}, assignee="andrii")
    assert deal.people["assignees"] == ["user:1", "user:9"]


def test_deal_that_nobody_has_any_more_keeps_the_others(world: Office) -> None:
    deal = world.add_task("Сайт", assignees=TEAM)
    _write(world.connector(), deal, {"assignee": None}, assignee="andrii")
    assert deal.people["assignees"] == ["user:9", "group:1"]


def test_person_who_came_meanwhile_stays_in_a_written_list(world: Office) -> None:
    deal = world.add_task("Сайт", assignees=TEAM)
    receipt = _write(world.connector(), deal, {"assignees": ["olena"]}, assignees=["andrii"])
    assert deal.people["assignees"] == ["user:9", "user:1", "group:1"]
    assert receipt.details["holds"] == {"assignee": "user:9", "assignees": ["olena", "user:9"]}


def test_person_who_left_meanwhile_does_not_come_back_with_a_written_list(world: Office) -> None:
    deal = world.add_task("Сайт", assignees={"users": [{"id": "user:9"}]})
    receipt = _write(world.connector(), deal, {"assignees": ["andrii", "olena"]}, assignees=["andrii"])
    assert deal.people["assignees"] == ["user:9", "user:1"]
    assert receipt.details["holds"] == {"assignee": "user:9", "assignees": ["olena", "user:9"]}


def test_new_manager_of_a_contact_leaves_the_other_supervisors(world: Office) -> None:
    contact = world.add_contact("Ганна", supervisors=TEAM)
    connector = world.connector()
    _write(connector, contact, {"owner": "olena"})
    assert contact.people["supervisors"] == ["user:1", "user:9", "group:1"]
    assert record_of(connector.pull(None), contact).fields["supervisors"] == ["olena", "user:9"]


def test_field_that_somebody_changed_meanwhile_is_left_alone_and_told(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.set(deal, Проєкт="Пекарня", Вид_роботи="ads")
    wanted: dict[str, Plain] = {"project": "Жито", "work_type": "seo"}
    receipt = _write(world.connector(), deal, wanted, project="Хліб", work_type="ads")
    assert (deal.values[NUMBERS["Проєкт"]], deal.values[NUMBERS["Вид роботи"]]) == ("Пекарня", "seo")
    assert receipt.details == {"holds": {"work_type": "seo"}, "overtaken": {"project": "Пекарня"}}


def test_base_counts_in_whatever_form_it_was_kept(world: Office) -> None:
    deal = world.add_task("Сайт", endDateTime={"date": "05-03-2026", "time": "18:00"})
    world.set(deal, Сума=1500.5)
    base: dict[str, Plain] = {"sum": {"amount": "1500.50", "currency": "UAH"}, "due": "2026-03-05T16:00:20Z"}
    receipt = _write(world.connector(), deal, {"sum": "1700", "due": "2026-03-06T16:00:00Z"}, **base)
    assert "overtaken" not in receipt.details
    assert deal.values[NUMBERS["Сума"]] == 1700


def test_what_is_there_already_is_not_written_again(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.set(deal, Проєкт="Жито")
    connector = world.connector()
    with world.requests() as asked:
        receipt = _write(connector, deal, {"project": "Жито"}, project="Хліб")
    assert (receipt.already, receipt.details["holds"]) == (True, {"project": "Жито"})
    assert asked == ["GET /customfield/task", f"GET /task/{deal.id}"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sum", {"amount": "1500.50", "currency": "UAH"}),
        ("due", "2026-03-05T16:00:20Z"),
        ("status", "В роботі"),
        ("prepaid", True),
        ("owner", "andrii"),
    ],
)
def test_receipt_tells_what_the_next_reading_will_show(world: Office, field: str, value: Plain) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector()
    holds = _write(connector, deal, {field: value}).details["holds"]
    assert holds == {field: record_of(connector.pull(None), deal).fields[field]}


def test_changed_phone_comes_first_and_the_old_ones_stay(world: Office) -> None:
    phones = [{"number": "+380501112233", "type": 2}, {"number": "+380501112244", "type": 3}]
    contact = world.add_contact("Ганна", phones=phones)
    receipt = _write(world.connector(), contact, {"phone": "0671234567"}, phone="+380501112233")
    assert [(one["number"], one["type"]) for one in contact.phones] == [
        *(("0671234567", 1), ("+380501112233", 2), ("+380501112244", 3)),
    ]
    assert receipt.details["holds"] == {"phone": "+380671234567"}


def test_phone_taken_away_is_just_that_one(world: Office) -> None:
    contact = world.add_contact("Ганна", phones=[{"number": "+380501112233"}, {"number": "+380501112244"}])
    _write(world.connector(), contact, {"phone": None}, phone="+380501112233")
    assert [one["number"] for one in contact.phones] == ["+380501112244"]


def test_no_phone_is_taken_away_blindly(world: Office) -> None:
    contact = world.add_contact("Ганна", phones=[{"number": "+380501112233"}])
    with pytest.raises(ConnectorError, match="only where it is known which") as raised:
        _write(world.connector(), contact, {"phone": None})
    assert raised.value.retry is Retry.PERMANENT


def test_deadline_is_taken_away(world: Office) -> None:
    deal = world.add_task("Сайт", endDateTime={"date": "05-03-2026", "time": "18:00"})
    receipt = _write(world.connector(), deal, {"due": None})
    assert (deal.dates["endDateTime"], receipt.details["holds"]) == (None, {"due": None})


def test_statuses_of_a_process_are_asked_for_once(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector()
    _write(connector, deal, {"status": "В роботі"})
    other = world.add_task("Реклама")
    with world.requests() as asked:
        _write(connector, other, {"status": "В роботі"})
    assert asked == [f"GET /task/{other.id}", f"POST /task/{other.id}"]


def test_fields_that_were_taken_are_done_and_the_refused_one_is_named(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.planfix.changes.refuse("task", deal.id, "103", times=2)
    receipt = _write(world.connector(), deal, {"project": "Жито", "sum": "1700", "prepaid": True})
    assert receipt.details["not_set"] == "Сума (Field change failed)"
    assert receipt.details["holds"] == {"project": "Жито", "sum": None, "prepaid": True}


def test_field_that_is_refused_for_once_is_written_by_another_try(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    world.planfix.changes.refuse("task", deal.id, "103")
    receipt = _write(connector, deal, {"project": "Жито", "sum": "1700"})
    assert receipt.details == {"holds": {"project": "Жито", "sum": "1700"}}
    assert deal.values[NUMBERS["Сума"]] == 1700


@pytest.mark.parametrize(
    ("held", "parts"),
    [
        ({"name": "Ганна", "lastname": "Ткач"}, ("Ганна", "", "Коваль Ткач")),
        ({"name": "Ганна", "midname": "Іванівна", "lastname": "Ткач"}, ("Ганна", "Коваль", "Ткач")),
        ({"name": "Жито", "isCompany": True}, ("Ганна Коваль Ткач", "", "")),
    ],
)
def test_name_of_a_contact_reads_back_as_it_was_written(world: Office, held: dict[str, Any], parts: tuple[str]) -> None:
    contact = world.add_contact(**held)
    receipt = _write(world.connector(), contact, {"name": "Ганна Коваль  Ткач"})
    assert tuple(contact.plain[part] for part in ("name", "midname", "lastname")) == parts
    assert receipt.details["holds"] == {"name": "Ганна Коваль Ткач"}


def test_fields_that_wake_nobody_are_written_apart_from_the_others(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector(silent_fields=frozenset({"planfix.task.sum", "planfix.task.due"}))
    with world.requests() as asked:
        receipt = _write(connector, deal, {"sum": "1700", "project": "Жито", "due": None})
    log = [entry["what"] for entry in world.planfix.store.log if entry["by"] == "user:9"]
    assert (asked[-2:], log) == ([f"POST /task/{deal.id}"] * 2, ["task.updated"])
    assert receipt.details == {"holds": {"sum": "1700", "project": "Жито", "due": None}}


def test_a_list_that_somebody_is_to_hear_of_is_written_once_and_aloud(world: Office) -> None:
    deal = world.add_task("Сайт", assignees=TEAM)
    connector = world.connector(silent_fields=frozenset({"planfix.task.assignees"}))
    with world.requests() as asked:
        _write(connector, deal, {"assignee": "olena", "assignees": ["olena", "user:9"]})
    assert asked.count(f"POST /task/{deal.id}") == 1
    assert world.planfix.store.log[-1]["by"] == "user:9"


def test_what_was_written_in_silence_is_not_lost_when_the_rest_is_refused(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector(silent_fields=frozenset({"planfix.task.sum"}))
    world.fails("status", status=429, path=f"/task/{deal.id}$", method="POST", after=1)
    with pytest.raises(ConnectorError) as raised:
        _write(connector, deal, {"sum": "1700", "project": "Жито"})
    assert raised.value.retry is Retry.UNKNOWN
    assert (deal.values[NUMBERS["Сума"]], NUMBERS["Проєкт"] in deal.values) == (1700, False)


def test_contact_is_never_left_without_a_name(world: Office) -> None:
    contact = world.add_contact("Ганна")
    with pytest.raises(ConnectorError, match="needs a name"):
        _write(world.connector(), contact, {"name": " "}, name="Ганна")
    assert contact.plain["name"] == "Ганна"


def test_id_of_a_clients_telegram_is_written(world: Office) -> None:
    contact, connector = world.add_contact("Ганна"), world.connector()
    _write(connector, contact, {"telegram_id": "42"})
    assert record_of(connector.pull(None), contact).fields["telegram_id"] == "42"


def test_address_of_the_card_is_written_into_its_deal(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    _write(connector, deal, {"card": "https://trello.com/c/Ab12Cd34"}, card=None)
    record = record_of(connector.pull(None), deal)
    assert record.fields["card"] == "https://trello.com/c/Ab12Cd34"
    assert [str(name) for name in record.names] == ["trello:main:card_link:Ab12Cd34"]
