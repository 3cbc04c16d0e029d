"""Why a rule did or did not, asked at the command line."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Day


def test_a_rule_may_be_named_as_people_call_it(day: Day) -> None:
    day.lead()
    said = day.bridge("why", "Ромашка", "надіслати бриф клієнту", "--language", "uk")
    assert said.code == 0, said.err
    assert said.out.startswith("«Надіслати бриф клієнту» (brief-send): ще не прокидалося")


def test_a_rule_that_is_not_in_force_yet_says_so(day: Day) -> None:
    day.lead()
    new = "version: 1\nrules:\n  - {id: vip, when: {label.added: Надіслати бриф}, then: [{move: Архів}]}\n"
    (day.bridge.folder / "config/rules/60-vip.yaml").write_text(new, encoding="utf-8")
    told = "правило vip є лише в теці налаштувань і ще не діє; увести в дію: bridge apply\n"
    assert day.bridge("why", "Ромашка", "vip").out.startswith(told)


def test_a_rule_that_was_changed_since_it_came_in_force_says_so(day: Day) -> None:
    day.lead()
    assert "різницю покаже" not in day.bridge("why", "Ромашка", "brief-silent").out
    day.bridge.edit("rules/30-brief.yaml", "after: 2wd", "after: 4wd")
    said = day.bridge("why", "Ромашка", "brief-silent").out
    name = "«Бриф не заповнено — нагадати, потім підняти»"
    assert said.startswith(f"правило {name} у теці налаштувань уже не таке, як те, що діє; різницю покаже")


def test_a_start_that_never_came_tells_what_is_missing_now_and_who_owes_it(day: Day) -> None:
    day.lead()
    said = day.bridge("why", "Ромашка", "production-start", "--language", "uk")
    assert "✘ Початок роботи — усе є   ← чогось бракує" in said.out
    assert re.search(r"щоб спрацювало: .*Початок роботи — усе є \(бракує: .*передоплата \(клієнт\)", said.out)


def test_each_effect_is_told_with_whom_it_went_to_and_what_became_of_it(day: Day) -> None:
    day.lead()
    said = day.bridge("why", "Ромашка", "lead-card", "--language", "uk").out
    assert (
        "\n  створити картку: ТОВ «Ромашка» — зроблено\n  «Новий лід: ТОВ „Ромашка“…» → чат команди — надіслано\n"
        in said
    )


def test_somebody_for_whom_nothing_woke_is_told_in_short_what_was_and_what_wakes_rules(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    day.people.create_card("Тюльпан", list="Ліди")
    day.tick("2026-11-30T10:06")
    said = day.bridge("why", "Тюльпан", "--language", "uk").out.splitlines()
    assert said[:2] == [
        "Тюльпан: ще жодне правило не прокидалося",
        "  було: 30.11.2026 10:05, створено картку у списку «Ліди»",
    ]
    assert "  • картку перенесено до списку «Ініціалізація» — gate-handoff, handoff" in said
    assert len(said) < 12
    assert 'докладно про одне: bridge why "Тюльпан" gate-handoff' in said[-1]


@pytest.mark.parametrize(
    ("language", "noted", "written"),
    [
        ("uk", "записано: Бриф — «у клієнта»", "записати поля: контакт у Planfix (Сайт: «r.test») — "),
        ("ru", "записано: Бриф — «у клиента»", "записать поля: контакт в Planfix (Сайт: «r.test») — "),
        (
            "en",
            "noted: Brief is “with the client”",
            "write fields: the contact in Planfix (Website: “r.test”): ",
        ),
    ],
)
def test_what_a_rule_noted_and_what_it_wrote_is_told_with_its_values(
    day: Day, language: str, noted: str, written: str
) -> None:
    then = "[set: {brief.state: delivered, client.site: r.test}]"
    rule = f"version: 1\nrules:\n  - {{id: vip, when: {{deal.created: planfix}}, per: deal, then: {then}}}\n"
    (day.bridge.folder / "config/rules/60-vip.yaml").write_text(rule, encoding="utf-8")
    day.lead()
    said = day.bridge("why", "Ромашка", "vip", "--language", language).out
    assert f"\n  {noted}\n" in said
    assert f"\n  {written}" in said


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("/чому brif-sned", "Правила «brif-sned» немає. Може, одне з цих: brief-send, "),
        ("/почему brif-sned", "Правила «brif-sned» нет. Может, одно из этих: brief-send, "),
        ("/why brif-sned", "There is no rule “brif-sned”. Perhaps one of these: brief-send, "),
    ],
)
def test_a_rule_that_is_not_known_is_answered_with_the_three_that_come_nearest(day: Day, asked: str, told: str) -> None:
    day.lead()
    day.people.comment_card("ТОВ «Ромашка»", asked)
    assert day.tick("2026-11-30T10:07").code == 0
    [answer] = [write.body["text"] for write in day.sandbox.journal.writes("trello") if "comments" in write.path]
    assert told in answer
    assert answer.count(",") == told.count(",") + 1


def test_an_answer_on_a_card_is_listed_without_its_markup_and_as_of_the_bridge_itself(day: Day) -> None:
    day.lead()
    day.people.comment_card("ТОВ «Ромашка»", "/чому brif-sned")
    day.tick("2026-11-30T10:07")
    rows = [row for row in day.bridge("logs").out.splitlines() if "brif-sned" in row]
    assert [row.split()[-1] for row in rows] == ["міст", "підтверджено"]
    assert "`" not in "".join(rows)
