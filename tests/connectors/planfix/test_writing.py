"""What the bridge does in Planfix, and how it knows afterwards that it did."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.model.decisions import AttachDocument, CreateTask, MoveCard, WriteFields
from bridge.model.deliveries import StoredFile
from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import Finding, Level
from bridge.model.values import Plain
from connectors.planfix import PlanfixConnector, parse_scenario_call
from tests.connectors.planfix.office import NUMBERS, TALK, Office, delivery, record_of
from tests.secrets import PLANFIX_TOKEN, planted_in

CALL = CreateTask("Подзвонити", "pm", "andrii", "2026-03-05T16:00:00Z", "Клієнт мовчить")


def test_task_for_staff_carries_its_deal_and_its_mark(world: Office) -> None:
    deal, contact = world.add_task("Сайт"), world.add_contact("Ганна")
    connector = world.connector()
    first = connector.pull(None)
    connector.push(delivery(CALL, deal, related={"contact": contact}))
    (task,) = world.tasks_named("Подзвонити")
    assert (task.people["assignees"], task.refs["parent"]) == (["user:2"], deal.id)
    assert task.dates["endDateTime"] == datetime(2026, 3, 5, 16, 0, tzinfo=UTC)
    record = record_of(connector.pull(first.cursor), task)
    assert (record.ref.kind, record.mark) == ("todo", "a1b2c3d4e5")


def test_lost_receipt_of_a_task_is_unknown_and_then_found(world: Office) -> None:
    wanted = delivery(CALL, first_tried_at=world.sandbox.clock.now())
    connector = world.connector()
    world.fails("drop_after", path="/task/$")
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert raised.value.retry is Retry.UNKNOWN
    found = connector.look(wanted)
    assert found is not None
    assert found.already


def test_task_that_never_arrived_is_not_found(world: Office) -> None:
    world.add_task("Подзвонити", TALK)
    connector = world.connector()
    world.sandbox.clock.advance(timedelta(minutes=2))
    assert connector.look(delivery(CALL, first_tried_at=world.sandbox.clock.now())) is None


def test_person_without_a_planfix_id_is_a_matter_for_the_admin(world: Office) -> None:
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(CreateTask("Подзвонити", "pm", "nobody")))
    assert (raised.value.retry, raised.value.code) == (Retry.ASK_ADMIN, "unknown-person")


VALUES = {"project": "Жито", "work_type": "seo", "sum": {"amount": "1500.50", "currency": "UAH"}, "prepaid": True}


def test_fields_of_a_deal_are_written_and_read_back(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector = world.connector()
    wanted = delivery(WriteFields("planfix.task", VALUES), deal)  # type: ignore[arg-type]
    assert connector.look(wanted) is None
    connector.push(wanted)
    assert [deal.values[number] for number in (101, 102, 103, 104)] == ["Жито", "seo", 1500.5, True]
    assert connector.look(wanted) is not None


def test_answers_go_to_the_contact_of_the_deal(world: Office) -> None:
    deal, contact = world.add_task("Сайт"), world.add_contact("Ганна")
    values = {"site": "bakery.example", "language": "uk", "forget_after": "2026-12-01"}
    wanted = delivery(WriteFields("planfix.contact", values), deal, related={"contact": contact})
    connector = world.connector()
    connector.push(wanted)
    assert (contact.values[NUMBERS["Сайт"]], contact.values[NUMBERS["Мова"]]) == ("bakery.example", "uk")
    assert connector.look(wanted) is not None


def test_new_phone_leaves_the_old_ones_alone(world: Office) -> None:
    contact = world.add_contact("Ганна", phones=[{"number": "+380501112233", "type": 1}])
    connector = world.connector()
    wanted = delivery(WriteFields("planfix.contact", {"phone": "0671234567"}), contact)
    connector.push(wanted)
    assert [phone["number"] for phone in contact.phones] == ["+380501112233", "0671234567"]
    assert connector.look(wanted) is not None


def test_status_is_written_by_its_name(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.connector().push(delivery(WriteFields("planfix.task", {"status": "В роботі"}), deal))
    assert deal.status_id == 2


def test_value_outside_the_list_is_refused_before_anything_is_written(world: Office) -> None:
    deal = world.add_task("Сайт")
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(WriteFields("planfix.task", {"project": "Жито", "work_type": "сео"}), deal))
    assert raised.value.retry is Retry.PERMANENT
    assert deal.values.get(101) is None


def test_field_that_failed_is_named(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.planfix.changes.refuse("task", deal.id, "101")
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(WriteFields("planfix.task", {"project": "Жито"}), deal))
    assert (raised.value.retry, raised.value.code) == (Retry.PERMANENT, "failures")
    assert "Field change failed" in raised.value.what


def test_queued_change_is_not_taken_for_a_made_one(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.planfix.changes.make_busy(deal.id)
    connector = world.connector()
    wanted = delivery(WriteFields("planfix.task", {"project": "Жито"}), deal)
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert (raised.value.retry, raised.value.code) == (Retry.UNKNOWN, "queued")
    world.sandbox.clock.advance(timedelta(minutes=1))
    assert connector.look(wanted) is not None


def test_a_queued_change_that_cannot_be_read_back_may_have_been_made(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.planfix.changes.make_busy(deal.id)
    connector = world.connector()
    connector.pull(None)
    world.fails("status", status=429, method="GET", path=f"/task/{deal.id}")
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(WriteFields("planfix.task", {"project": "Жито"}), deal))
    assert (raised.value.retry, raised.value.code) == (Retry.UNKNOWN, "429")


def test_document_hangs_on_the_deal_and_is_found(world: Office) -> None:
    deal = world.add_task("Сайт")
    decision = AttachDocument("planfix", "contract", "key", "pdf", "Договір v1.pdf")
    wanted = delivery(decision, deal, file=StoredFile("x", "application/pdf", b"%PDF"))
    connector = world.connector()
    assert connector.look(wanted) is None
    connector.push(wanted)
    assert connector.look(wanted) is not None


def test_task_that_is_gone_takes_nothing(world: Office) -> None:
    deal = world.add_task("Сайт")
    world.edit(deal, isDeleted=True)
    wanted = delivery(WriteFields("planfix.task", {"project": "Жито"}), deal)
    connector = world.connector()
    assert connector.look(wanted) is None
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert raised.value.retry is Retry.PERMANENT


def test_cards_are_not_planfixs_business(world: Office) -> None:
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(MoveCard("Ліди"), world.add_task("Сайт")))
    assert raised.value.retry is Retry.PERMANENT


def wrong(connector: PlanfixConnector) -> list[Finding]:
    return [finding for finding in connector.check() if finding.level is not Level.NOTE]


def test_good_set_up_has_nothing_but_the_note_on_rights_to_write(world: Office) -> None:
    assert [finding.code for finding in world.connector().check()] == ["unproved-scope"]


def test_misspelt_names_and_a_button_that_is_none_are_found(world: Office) -> None:
    connector = world.connector(deal_templates=("Продажа",), buttons={"send-brief": "Проєкт"})
    assert [finding.code for finding in wrong(connector)] == ["button-type", "unknown-name"]


@pytest.mark.parametrize("lacking", ["task_readonly", "contact_readonly", "comment_readonly", "custom_field_readonly"])
def test_each_missing_scope_is_named(world: Office, lacking: str) -> None:
    scopes = {"task_readonly", "contact_readonly", "comment_readonly", "custom_field_readonly"}
    token = world.planfix.store.tokens[PLANFIX_TOKEN]
    world.planfix.store.tokens[PLANFIX_TOKEN] = replace(token, scopes=frozenset(scopes - {lacking}))
    (finding,) = wrong(world.connector(comments=True))
    assert (finding.code, lacking in finding.what) == ("missing-scope", True)
    assert finding.what.endswith((" cannot be read", " cannot be found by their names"))


def test_dead_token_is_found_and_not_told(world: Office) -> None:
    world.planfix.store.tokens.clear()
    (finding,) = world.connector().check()
    assert finding.code == "planfix-refused"
    assert planted_in(str(finding)) == []


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_no_error_tells_the_token(world: Office, kind: str) -> None:
    connector = world.connector()
    world.fails(kind)
    with pytest.raises(ConnectorError) as raised:
        connector.pull(None)
    assert planted_in("".join(traceback.format_exception(raised.value)) + repr(world.settings())) == []


NOW = datetime(2026, 3, 2, 7, 0, 30, tzinfo=UTC)


def test_scenarios_call_is_a_press() -> None:
    body: dict[str, Plain] = {"task": 41, "button": "Надіслати бриф", "user": 2, "press": "p-1"}
    press = parse_scenario_call(body, NOW, people={"user:2": "andrii"}, buttons={"send-brief": "Надіслати бриф"})
    assert (press.ref.id, press.about.id, press.data) == ("p-1", "41", {"button": "send-brief"})
    assert (press.actor.kind, press.actor.id) == ("person", "andrii")


def test_call_without_a_name_is_named_by_its_body_and_minute() -> None:
    body = {"task": "41", "button": "send-brief"}
    first, again = parse_scenario_call(body, NOW), parse_scenario_call(body, NOW + timedelta(seconds=5))
    later = parse_scenario_call(body, NOW + timedelta(minutes=2))
    assert first.ref == again.ref
    assert first.ref != later.ref


@pytest.mark.parametrize("body", [{}, {"task": "41"}, {"task": "x", "button": "send-brief"}])
def test_call_that_says_too_little_is_refused(body: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="the scenario's call has no"):
        parse_scenario_call(body, NOW)
