"""Setting Planfix up: what is wanted beside what is there; custom fields are made once, the rest is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.errors import ConnectorError
from bridge.model.fields import FieldType
from bridge.model.setting_up import Does, Holds, Step, Thing, Wishes
from connectors.planfix import PlanfixConnector, PlanfixMapping
from sandbox.planfix.model import CHECKBOX, LINE, LIST, NUMBER, TEXT, CustomField, Template
from tests.connectors.planfix.office import FIELDS, Office

WISHES = Wishes(
    fields={
        "planfix.task.work_type": Holds(FieldType.CHOICE, ("seo", "ads")),
        "planfix.task.sum": Holds(FieldType.MONEY),
        "planfix.task.prepaid": Holds(FieldType.FLAG),
        "planfix.contact.site": Holds(FieldType.TEXT, written=True),
        "planfix.contact.language": Holds(FieldType.CHOICE, ("uk", "ru")),
        "planfix.contact.forget_after": Holds(FieldType.DATE),
    }
)


def steps(connector: PlanfixConnector, does: Does, wishes: Wishes = WISHES) -> list[Step]:
    return [step for step in connector.lacking(wishes) if step.does is does]


def test_a_whole_account_lacks_nothing(world: Office) -> None:
    found = world.connector().lacking(WISHES)
    assert {step.does for step in found} == {Does.USE}
    assert len(found) == len(FIELDS) + len(("template", "card", "button"))


def test_an_account_without_fields_gets_all_of_them_by_their_types(world: Office) -> None:
    world.planfix.store.custom_fields.clear()
    connector = world.connector()
    for step in steps(connector, Does.CREATE):
        connector.carry_out(step)
    made = {one.name: one for one in world.planfix.store.custom_fields.values()}
    assert {name: made[name].type for name in ("Сума", "Передоплата отримана", "Надіслати бриф", "Сайт")} == {
        "Сума": NUMBER,
        "Передоплата отримана": CHECKBOX,
        "Надіслати бриф": CHECKBOX,
        "Сайт": TEXT,
    }
    assert (made["Вид роботи"].type, made["Вид роботи"].choices) == (LIST, ("seo", "ads"))
    assert {step.does for step in connector.lacking(WISHES)} == {Does.USE}


def test_new_fields_have_to_be_put_into_the_template_by_a_person(world: Office) -> None:
    assert steps(world.connector(), Does.LATER) == []
    del world.planfix.store.custom_fields[103]
    (step,) = steps(world.connector(), Does.LATER)
    assert (step.thing, step.name) == (Thing.TEMPLATE, "Продаж")


def test_a_lost_answer_makes_no_second_field(world: Office) -> None:
    world.planfix.store.custom_fields.clear()
    connector = world.connector()
    step = steps(connector, Does.CREATE)[0]
    world.fails("drop_after", method="POST", path="/customfield/task/$")
    with pytest.raises(ConnectorError):
        connector.carry_out(step)
    assert connector.carry_out(step) == "1"
    assert len(world.planfix.store.custom_fields) == 1


def test_a_template_is_a_matter_for_a_person(world: Office) -> None:
    (step,) = steps(world.connector(deal_templates=("Продажа",)), Does.BY_HAND)
    assert (step.thing, step.others) == (Thing.TEMPLATE, ("Продаж", "Комунікація"))
    assert step.why.endswith("make it in Planfix (Templates, of tasks), or name another one in bridge.yaml")


def test_of_two_of_one_name_one_is_chosen_by_its_number(world: Office) -> None:
    world.planfix.store.templates[13] = Template(13, "Продаж", "task")
    world.planfix.store.custom_fields[109] = CustomField(109, "Сума", NUMBER, "task")
    found = {step.name: step for step in steps(world.connector(), Does.BY_HAND)}
    assert (found["Продаж"].others, found["Сума"].others) == (("11", "13"), ("103", "109"))


def test_a_field_that_is_called_nearly_so_could_be_meant(world: Office) -> None:
    world.planfix.store.custom_fields[101] = CustomField(101, "Проект", LINE, "task")
    (step,) = steps(world.connector(), Does.CREATE)
    assert (step.name, step.others) == ("Проєкт", ("Проект",))


def test_a_status_that_the_process_lacks_is_named_with_its_template(world: Office) -> None:
    wishes = replace(WISHES, statuses=("В роботі", "Оплачено"))
    (step,) = steps(world.connector(), Does.BY_HAND, wishes)
    assert (step.thing, step.name, step.where) == (Thing.STATUS, "Оплачено", "Продаж")


def test_a_value_that_a_list_lacks_is_named_with_its_field(world: Office) -> None:
    wishes = Wishes(fields={"planfix.task.work_type": Holds(FieldType.CHOICE, ("seo", "pr"))})
    (step,) = steps(world.connector(), Does.BY_HAND, wishes)
    assert (step.thing, step.name, step.where) == (Thing.OPTION, "pr", "Вид роботи")


@pytest.mark.parametrize(
    ("holds", "fits"),
    [
        (Holds(FieldType.TEXT), True),
        (Holds(FieldType.TEXT, written=True), False),
        (Holds(FieldType.FLAG), False),
        (Holds(FieldType.MONEY), True),
        (Holds(FieldType.MOMENT), False),
    ],
)
def test_a_number_field_holds_sums_and_is_read_as_text(world: Office, holds: Holds, fits: bool) -> None:
    found = world.connector().lacking(Wishes(fields={"planfix.task.sum": holds}))
    step = next(one for one in found if one.name == "Сума")
    assert (step.does is Does.USE) is fits


def test_a_calculated_field_may_hold_anything(world: Office) -> None:
    world.planfix.store.custom_fields[103] = CustomField(103, "Сума", 24, "task")
    assert steps(world.connector(), Does.BY_HAND) == []


def test_a_calculated_field_is_never_written_and_a_person_is_told_why(world: Office) -> None:
    world.planfix.store.custom_fields[103] = CustomField(103, "Сума", 24, "task")
    found = world.connector().lacking(Wishes(fields={"planfix.task.sum": Holds(FieldType.MONEY, written=True)}))
    (step,) = (one for one in found if one.does is Does.BY_HAND)
    assert (step.name, step.why) == (
        "Сума",
        "Planfix lets nobody write it: Planfix calculates it; name another field",
    )


def test_scenarios_are_named_where_planfix_can_reach_the_bridge(world: Office) -> None:
    settings = replace(world.settings(), scenarios="https://bridge.example/hooks/planfix")
    mapping = PlanfixMapping(("Продаж",), buttons={"send-brief": "Надіслати бриф"})
    (step,) = steps(PlanfixConnector(settings, mapping, world.sandbox.clock, world.pace), Does.LATER)
    assert step.name == "https://bridge.example/hooks/planfix"
    assert "send-brief" in step.why


def test_the_rights_to_write_are_named_because_nobody_can_ask(world: Office) -> None:
    (note,) = world.connector().access()
    assert note.code == "unproved-scope"
    assert "task_update" in note.advice


def test_a_token_without_a_scope_is_found_before_anything_is_made(world: Office) -> None:
    for token in world.planfix.store.tokens.values():
        token.scopes = frozenset({"task_readonly", "contact_readonly"})
    assert {one.code for one in world.connector().access()} == {"missing-scope", "unproved-scope"}


def test_a_reader_tells_what_fields_can_hold_and_which_statuses_deals_have(world: Office) -> None:
    connector = world.connector()
    there = dict(connector.fields_there())
    assert there.keys() == {*FIELDS, "planfix.task.card"}
    assert there["planfix.task.work_type"].options == ("seo", "ads", "smm", "site")
    assert connector.statuses() == {"Нова", "В роботі", "Очікує клієнта", "Виграно", "Програно"}


def test_a_check_asks_for_nothing_twice(world: Office) -> None:
    connector = world.connector()
    with world.requests() as asked:
        connector.check()
        connector.fields_there()
        connector.statuses()
    assert sorted(asked) == sorted(set(asked))
    assert len(asked) == 7
