"""The how-to about cards that come first, done once with everything: the rule, the services, what people do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.planfix.model import Thing
from tests.cli.conftest import Day

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "start-from-a-card.md"
PHONE = "+380671112233"


@pytest.fixture
def opens(day: Day) -> Day:
    """A day by the rule of the page, which here listens to every new card."""
    rule = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert rule is not None
    text = f"version: 1\n{rule[1]}".replace("{label.added: VIP}", "{card.created: {}}")
    (day.bridge.folder / "config/rules/60-open.yaml").write_text(text, encoding="utf-8")
    day.tick("2026-11-30T10:00")
    return day


def things(day: Day, kind: str) -> dict[str, Thing]:
    return {one.plain["name"]: one for one in day.people._planfix.store.things[kind].values()}


def test_a_card_made_by_hand_gets_its_contact_and_deal_and_stays_one_deal(opens: Day) -> None:
    before = {kind: len(things(opens, kind)) for kind in ("contact", "task")}
    opens.people.create_card("Пекарня «Жито»", "Ліди", desc="Подзвонити: 067 111 22 33")
    for minute in (5, 10, 15, 20):
        opens.tick(f"2026-11-30T10:{minute:02}")
    made, deal = things(opens, "contact")["Пекарня «Жито»"], things(opens, "task")["Пекарня «Жито»"]
    assert [one["number"] for one in made.phones] == [PHONE]
    assert deal.person["counterparty"] == f"contact:{made.id}"
    assert {kind: len(things(opens, kind)) - count for kind, count in before.items()} == {"contact": 1, "task": 1}
    assert [card.name for card in opens.people._trello.store.cards.values()].count("Пекарня «Жито»") == 1


def test_somebody_who_is_in_planfix_gets_a_deal_alone(opens: Day) -> None:
    there = opens.people.create_contact("Жито", phone="067 111-22-33")
    opens.tick("2026-11-30T10:05")
    opens.people.create_card("Сайт для «Жита»", "Ліди", desc="067 111 22 33")
    for minute in (10, 15, 20):
        opens.tick(f"2026-11-30T10:{minute:02}")
    assert things(opens, "task")["Сайт для «Жита»"].person["counterparty"] == f"contact:{there}"
    assert "Сайт для «Жита»" not in things(opens, "contact")
