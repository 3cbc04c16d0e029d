"""Facts of cards in a workspace without custom fields, between what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.checklists import parse_checklists
from bridge.model.decisions import PutChecklist, WriteFields
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain
from connectors.trello.blocks import block, in_block, same_line, without_block
from connectors.trello.texts import shortened
from sandbox.trello.model import Card
from tests.connectors.trello.board import Agency, delivery, kinds, record_of

TITLES = {"site": "Сайт", "budget": "Бюджет", "vip": "VIP клієнт"}
VALUES: dict[str, Plain] = {"site": "bakery.example", "budget": {"amount": "1500.50", "currency": "UAH"}, "vip": True}
KEPT: dict[str, Plain] = {"site": "bakery.example", "budget": "1500.50", "vip": True}


def told(world: Agency, card: Card, kept_in: str) -> dict[str, Plain]:
    record = record_of(world.connector(fields=TITLES, keep_facts=kept_in).pull(None), card)
    return {key: record.fields[key] for key in TITLES}


def put(world: Agency, card: Card, kept_in: str, values: dict[str, Plain], **base: Plain) -> dict[str, Plain]:
    connector = world.connector(fields=TITLES, keep_facts=kept_in)
    return dict(connector.push(delivery(WriteFields("trello.card", values, base=base), card)).details)


@pytest.mark.parametrize("kept_in", ["block", "checklist"])
def test_facts_come_back_as_they_were_written(world: Agency, kept_in: str) -> None:
    card = world.add_card("Пекарня", desc="Печуть хліб")
    before = told(world, card, kept_in)
    assert put(world, card, kept_in, VALUES) == {"holds": KEPT}
    assert told(world, card, kept_in) == KEPT
    assert before == dict.fromkeys(TITLES)
    connector = world.connector(fields=TITLES, keep_facts=kept_in)
    assert connector.push(delivery(WriteFields("trello.card", VALUES), card)).already


@pytest.mark.parametrize("kept_in", ["block", "checklist"])
def test_facts_are_taken_away(world: Agency, kept_in: str) -> None:
    card = world.add_card("Пекарня", desc="Печуть хліб")
    put(world, card, kept_in, VALUES)
    holds = put(world, card, kept_in, {"site": None, "budget": "", "vip": False})["holds"]
    now = told(world, card, kept_in)
    assert holds == now
    assert [bool(value) for value in now.values()] == [False] * 3


def test_the_block_stands_below_peoples_text_and_above_the_mark(world: Agency) -> None:
    card = world.add_card("Пекарня", desc="Печуть хліб\n\n‹міст a1b2c3d4e5›")
    put(world, card, "block", VALUES)
    facts = "— Дані мосту —\nСайт: bakery.example\nБюджет: 1500.50\nVIP клієнт: ☑\n— кінець даних —"
    assert world.card(card.id).desc == f"Печуть хліб\n\n{facts}\n\n‹міст a1b2c3d4e5›"
    assert record_of(world.connector(fields={}).pull(None), card).fields["description"] == "Печуть хліб"


def test_what_a_person_writes_in_the_block_is_read_and_not_overwritten(world: Agency) -> None:
    card = world.add_card("Пекарня")
    put(world, card, "block", VALUES)
    desc = world.card(card.id).desc.replace("bakery.example", "zhyto.example").replace("VIP", "Дзвонити: вранці\nVIP")
    world.edit(card, desc=desc)
    assert told(world, card, "block")["site"] == "zhyto.example"
    given: dict[str, Plain] = {"site": "kolos.example", "budget": "900"}
    details = put(world, card, "block", given, site="bakery.example", budget="1500.50")
    assert details == {"holds": {"budget": "900"}, "overtaken": {"site": "zhyto.example"}}
    assert "Дзвонити: вранці\n" in world.card(card.id).desc


def test_a_new_description_leaves_the_facts_where_they_are(world: Agency) -> None:
    card = world.add_card("Пекарня", desc="Печуть хліб")
    put(world, card, "block", VALUES)
    assert put(world, card, "block", {"description": "Печуть і хліб, і булки"}) == {
        "holds": {"description": "Печуть і хліб, і булки"}
    }
    assert told(world, card, "block") == KEPT


def test_facts_cut_nothing_off_a_long_description(world: Agency) -> None:
    card = world.add_card("Пекарня", desc="ї" * 16_350)
    with pytest.raises(ConnectorError) as raised:
        put(world, card, "block", VALUES)
    assert raised.value.retry is Retry.PERMANENT
    assert world.card(card.id).desc == "ї" * 16_350


def test_the_checklist_of_facts_is_no_checklist_of_work(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector(fields=TITLES, keep_facts="checklist")
    put(world, card, "checklist", VALUES)
    page = connector.pull(None)
    work = PutChecklist("Розмова", ("Ризики",))
    shown = parse_checklists(connector.push(delivery(work, card)).details["checklists"])
    (facts,) = (one for one in card.checklists.values() if one.name == "Дані мосту")
    item = next(iter(facts.items.values()))
    world.trello.checklists.update_item(card, item.id, {"state": "complete"}, world.by_olena)
    assert "checklists" not in record_of(page, card).fields
    assert [one.name for one in shown] == ["Розмова"]
    assert kinds(connector.pull(page.cursor)) == []


def test_a_line_that_a_person_ticked_or_wrote_is_read(world: Agency) -> None:
    card = world.add_card("Пекарня")
    made = world.trello.checklists.create(card, {"name": "Дані мосту"}, world.by_olena)
    world.trello.checklists.add_item(made, {"name": "VIP клієнт", "checked": True}, world.by_olena)
    world.trello.checklists.add_item(made, {"name": "Сайт : zhyto.example"}, world.by_olena)
    world.trello.checklists.add_item(made, {"name": "Бюджет"}, world.by_olena)
    assert told(world, card, "checklist") == {"site": "zhyto.example", "budget": None, "vip": True}


def test_a_line_holds_one_value(world: Agency) -> None:
    with pytest.raises(ConnectorError) as raised:
        put(world, world.add_card("Пекарня"), "block", {"site": ["a", "b"]})
    assert raised.value.retry is Retry.PERMANENT


_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)


@given(_LINE, st.lists(_LINE, max_size=3), st.booleans() | st.none())
def test_what_is_written_into_a_block_is_read_out_of_it(people: str, lines: list[str], vip: bool | None) -> None:
    site = "\n".join(lines)
    desc = shortened(people, below=block("", TITLES, {"site": site, "vip": vip}))
    found = in_block(desc, TITLES)
    assert same_line(site, found["site"])
    assert (found["vip"], without_block(desc).strip()) == (vip, people.strip())
