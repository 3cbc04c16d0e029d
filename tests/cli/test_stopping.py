"""Holding back by hand: everything, a client, a rule; and saying that a source is empty on purpose."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bridge.store import Store
from tests.cli.conftest import Day, Terminal


@pytest.fixture(autouse=True)
def database(bridge: Terminal) -> None:
    """The database of a bridge that has not read anything yet."""
    store = Store("sqlite:///var/bridge.db", "agency")
    store.upgrade()
    store.close()


def stops(bridge: Terminal) -> list[tuple[str, str, str]]:
    found = cast("list[dict[str, Any]]", bridge("stops", "--json").json)
    return [(one["scope"], one["about"], one["reason"]) for one in found]


def test_a_stop_of_everything_lets_nothing_out_until_it_goes_on(day: Day) -> None:
    assert day.bridge("stop", "all", "--reason", "holidays").code == 0
    day.lead()
    assert stops(day.bridge) == [("all", "", "holidays")]
    assert day.sandbox.journal.writes() == []
    day.bridge("go", "all")
    day.tick("2026-11-30T10:07")
    assert day.sandbox.journal.writes() != []


def test_a_client_is_named_as_people_know_it(day: Day) -> None:
    day.lead()
    stopped = day.bridge("stop", "client", "ромашка")
    assert stopped.out == (
        "зупинено: клієнт ТОВ «Ромашка»; що ще не почалося, скасовано\n"
        'щоб пішло далі: bridge go client "ТОВ «Ромашка»"\n'
    )
    [(scope, about, _reason)] = stops(day.bridge)
    assert (scope, about.split("-")[0]) == ("client", "client")
    assert day.bridge("go", "client", "ромашка").code == 0
    assert stops(day.bridge) == []


def test_a_rule_is_named_by_its_id(bridge: Terminal) -> None:
    assert bridge("stop", "rule", "lead-card").code == 0
    assert stops(bridge) == [("rule", "lead-card", "")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rule", "led-card"), 'did you mean "lead-card"?'),
        (("rule",), "which rule?"),
        (("client", "Nobody"), 'nobody is called "Nobody"'),
        (("all", "Ромашка"), 'say "all" alone'),
    ],
)
def test_what_is_not_meant_clearly_stops_nothing(bridge: Terminal, words: tuple[str, ...], said: str) -> None:
    answer = bridge("stop", *words, "--language", "en")
    assert answer.code == 2
    assert said in answer.err
    assert stops(bridge) == []


def test_a_second_stop_says_that_it_is_stopped(bridge: Terminal) -> None:
    bridge("stop", "all")
    answer = bridge("stop", "all", "--language", "en")
    assert (answer.code, answer.err) == (1, "all is stopped already; see: bridge stops\n")


def test_what_is_not_stopped_cannot_go_on(bridge: Terminal) -> None:
    answer = bridge("go", "all", "--language", "en")
    assert (answer.code, answer.err) == (1, "all is not stopped; see: bridge stops\n")


def test_an_emptied_board_is_accepted_by_name(day: Day) -> None:
    for name in ("Пекарня", "Ромашка"):
        day.people.create_card(name, "Ліди")
    day.tick("2026-11-30T10:05")
    for name in ("Пекарня", "Ромашка"):
        day.people.delete_card(name)
    assert day.tick("2026-11-30T10:06").code == 1
    assert "bridge accept trello.card" in day.bridge("status", "--language", "en").out
    assert day.bridge("accept", "trello.card").code == 0
    assert day.tick("2026-11-30T10:07").code == 0


def test_a_source_that_has_records_has_nothing_to_accept(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    answer = day.bridge("accept", "trello.card", "--language", "en")
    assert (answer.code, "has not emptied" in answer.err) == (1, True)
    assert day.bridge("accept", "trello.cards").code == 2


def test_a_client_nobody_knows_is_answered_with_names_of_clients_only(day: Day) -> None:
    day.lead()
    said = day.bridge("stop", "client", "Нема", "--language", "en")
    assert (said.code, said.err) == (2, 'nobody is called "Нема"; one of: ТОВ «Ромашка»\n')


def test_a_misspelt_rule_is_corrected_to_one_that_is_in_force(day: Day) -> None:
    day.lead()
    new = "version: 1\nrules:\n  - {id: brief-sand, when: {label.added: Надіслати бриф}, then: [{move: Архів}]}\n"
    (day.bridge.folder / "config/rules/60-new.yaml").write_text(new, encoding="utf-8")
    assert "може, «brief-send»?" in day.bridge("stop", "rule", "brief-sandd").err
