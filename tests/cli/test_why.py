"""Why a rule did or did not, asked at the command line."""

from __future__ import annotations

import re

from tests.cli.conftest import Day


def test_a_rule_may_be_named_as_people_call_it(day: Day) -> None:
    day.lead()
    said = day.bridge("why", "Ромашка", "надіслати бриф клієнту", "--language", "uk")
    assert said.code == 0, said.err
    assert said.out.startswith("«Надіслати бриф клієнту» (brief-send): ще не прокидалося")


def test_a_start_that_never_came_tells_what_is_missing_now_and_who_owes_it(day: Day) -> None:
    day.lead()
    said = day.bridge("why", "Ромашка", "production-start", "--language", "uk")
    assert "✘ Початок роботи — усе є   ← чогось бракує" in said.out
    assert re.search(r"щоб спрацювало: .*Початок роботи — усе є \(бракує: .*передоплата \(клієнт\)", said.out)
