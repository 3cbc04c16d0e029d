"""What people look at and decide at the command line: why, status, outbox, inbox."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bridge.store import Store
from sandbox.faults import Fault
from sandbox.world import CLIENT
from tests.cli.conftest import Day, Said, Terminal

CARD = "ТОВ «Ромашка»"


def rows(said: Said) -> list[dict[str, Any]]:
    assert isinstance(said.json, list)
    return said.json


@pytest.fixture
def doubtful(day: Day) -> str:
    """A client's message whose receipt got lost; gives the delivery's id."""
    day.opens_the_link()
    day.sandbox.faults.add(Fault("telegram", "drop_after", path="sendMessage", contains=str(CLIENT.id)))
    day.tick("2026-11-30T10:10")
    [row] = rows(day.bridge("outbox", "list", "--state", "unknown", "--json"))
    return str(row["id"])


def test_a_tick_tells_what_it_did(day: Day) -> None:
    day.people.create_contact("ТОВ «Ромашка»")
    said = day.bridge("tick", "--at", "2026-11-30T10:05")
    assert (said.code, said.out) == (0, "1 подія, 0 нових дій, 0 спроб\nдалі: 30.11.2026 17:30\n")


def test_time_never_goes_backwards(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    said = day.bridge("tick", "--at", "2026-11-30T10:04")
    assert said.code == 2
    assert said.err == "останній запуск був 30.11.2026 10:05:00; час назад не йде\n"


def test_a_source_that_was_not_read_is_a_failure(day: Day) -> None:
    day.sandbox.faults.add(Fault("planfix", "status", status=503, times=0))
    said = day.tick("2026-11-30T10:05")
    assert said.code == 1
    assert isinstance(said.json, dict)
    assert said.json["not_read"] == ["planfix"]


def test_status_shows_a_blind_source_and_fails(day: Day) -> None:
    day.sandbox.faults.add(Fault("planfix", "status", status=503, times=0))
    day.tick("2026-11-30T10:05")
    said = day.bridge("status", "--language", "en")
    assert said.code == 1
    assert re.search(r"^planfix\.task +never read +since 30\.11 10:05: ", said.out, re.MULTILINE)


def test_status_tells_when_the_bridge_last_worked(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    assert "the bridge is not at work; it last worked: 30.11 10:05:00" in day.bridge("status", "--language", "en").out


def test_why_shows_the_clause_and_the_smallest_change(day: Day) -> None:
    day.lead()
    day.people.label_card(CARD, "Надіслати бриф", by="andrii")
    day.tick("2026-11-30T10:10")
    said = day.bridge("why", "Ромашка", "brief-send", "--language", "en")
    assert said.code == 0
    assert "✘ Channel to the client is filled in   ← empty" in said.out
    assert "smallest change: Channel to the client is filled in" in said.out


def test_why_about_nobody_names_the_nearest_client(day: Day) -> None:
    day.lead()
    said = day.bridge("why", "ТОВ Ромашко", "--language", "en")
    assert (said.code, said.out) == (2, "")
    assert said.err == 'nobody is called "ТОВ Ромашко"; did you mean "ТОВ «Ромашка»"?\n'


def test_why_of_an_unknown_rule_names_the_nearest_rule(day: Day) -> None:
    day.lead()
    said = day.bridge("why", "Ромашка", "brief-sned", "--language", "en")
    assert (said.code, said.err) == (2, 'unknown rule "brief-sned"; did you mean "brief-send"?\n')


def test_a_doubtful_message_is_shown_and_makes_status_fail(day: Day, doubtful: str) -> None:
    assert re.search(
        rf"^{doubtful} +сумнівно +.* Telegram +.*«Раді знайомству…» → клієнт", day.bridge("outbox", "list").out, re.M
    )
    said = day.bridge("status", "--language", "en")
    assert said.code == 1
    assert "some deliveries need a person: bridge outbox list" in said.out


def test_a_doubtful_message_that_arrived_is_settled_once(day: Day, doubtful: str) -> None:
    said = day.bridge("outbox", "arrived", doubtful, "--language", "en")
    assert (said.code, said.out) == (0, f"{doubtful}: unknown -> confirmed\n")
    again = day.bridge("outbox", "arrived", doubtful)
    assert (again.code, again.err) == (1, f"{doubtful}: підтверджено, вирішувати нічого\n")


def test_a_doubtful_message_goes_out_again_only_when_told_to(day: Day, doubtful: str) -> None:
    private = day.sandbox.telegram.chats.chats[CLIENT.id].messages
    sent = len(private)
    day.tick("2026-11-30T10:20")
    assert len(private) == sent
    day.bridge("outbox", "retry", doubtful)
    day.tick("2026-11-30T10:30")
    assert len(private) == sent + 1


def test_a_dropped_message_is_kept_and_never_sent(day: Day, doubtful: str) -> None:
    day.bridge("outbox", "drop", doubtful)
    day.tick("2026-11-30T10:20")
    [row] = rows(day.bridge("outbox", "list", "--state", "cancelled", "--json"))
    assert (row["id"], row["reason"]) == (doubtful, "dropped by hand")


def test_a_delivery_that_is_not_there_is_wrong_usage(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    said = day.bridge("outbox", "retry", "abc", "--language", "en")
    assert (said.code, said.err) == (2, "abc: no such delivery; see: bridge outbox list\n")


def test_an_answer_without_a_client_is_bound_by_hand(day: Day) -> None:
    day.lead()
    day.people.fill_form({"Код клієнта": "nobody", "Назва компанії": "Хтось", "Сайт": "some.example"})
    day.tick("2026-11-30T10:10")
    [item] = rows(day.bridge("inbox", "list", "--json"))
    said = day.bridge("inbox", "bind", str(item["no"]), "Ромашка")
    assert said.code == 0
    assert f"{item['no']}: тепер належить ТОВ «Ромашка»" in said.out
    assert rows(day.bridge("inbox", "list", "--json")) == []
    waits = rows(day.bridge("outbox", "list", "--json"))
    assert [row["key"].split(":")[0] for row in waits] == ["system.answers"]  # judged as if it came with a code


def test_an_answer_is_not_bound_to_nobody(day: Day) -> None:
    day.lead()
    day.people.fill_form({"Код клієнта": "nobody", "Назва компанії": "Хтось"})
    day.tick("2026-11-30T10:10")
    said = day.bridge("inbox", "bind", "1", "Ромашко", "--language", "en")
    assert said.code == 2
    assert "did you mean" in said.err
    assert len(rows(day.bridge("inbox", "list", "--json"))) == 1


def a_card_of_two(day: Day) -> int:
    """A card with the phone of two clients, made by hand: the number under which it is asked about."""
    day.lead()
    for name in ("Волошка", "Мальва"):
        day.people.create_contact(name, phone="+380671112233")
    day.tick("2026-11-30T10:10")
    day.people.create_card("Картка", "Ліди", desc="Подзвонити: 067 111 22 33")
    day.tick("2026-11-30T10:20")
    [item] = rows(day.bridge("inbox", "list", "--json"))
    return int(item["no"])


def test_a_card_with_the_phone_of_two_clients_is_bound_by_hand(day: Day) -> None:
    item = a_card_of_two(day)
    assert {"Волошка", "Мальва"} <= set(day.bridge("inbox", "list").out.replace(",", "").split())
    said = day.bridge("inbox", "bind", str(item), "Мальва")
    assert (said.code, f"{item}: тепер належить Мальва" in said.out) == (0, True)
    assert day.bridge("why", "Картка").out == day.bridge("why", "Мальва").out


def test_a_card_that_is_left_apart_is_not_asked_about_again(day: Day) -> None:
    item = a_card_of_two(day)
    assert day.bridge("inbox", "apart", str(item)).out == f"{item}: залишається окремо\n"
    day.tick("2026-11-30T10:30")
    assert rows(day.bridge("inbox", "list", "--json")) == []
    assert "залишається окремо" in day.bridge("inbox", "list", "--all").out


def test_a_card_that_was_bound_by_mistake_is_taken_apart_in_one_command_and_bound_again(day: Day) -> None:
    item = a_card_of_two(day)
    assert day.bridge("inbox", "bind", str(item), "Мальва").code == 0
    said = day.bridge("inbox", "unbind", "Картка")
    assert (said.code, f"bridge inbox bind {item} КЛІЄНТ" in said.out) == (0, True)
    day.tick("2026-11-30T10:30")
    assert [one["no"] for one in rows(day.bridge("inbox", "list", "--json"))] == [item]
    assert day.bridge("inbox", "bind", str(item), "Волошка").code == 0
    assert day.bridge("why", "Картка").out == day.bridge("why", "Волошка").out


def test_a_card_that_nobody_knows_is_not_taken_apart(day: Day) -> None:
    a_card_of_two(day)
    said = day.bridge("inbox", "unbind", "Ніяка", "--language", "en")
    assert (said.code, 'no card has the address or the name "Ніяка"' in said.err) == (2, True)


def test_only_a_proposal_can_be_left_apart(day: Day) -> None:
    day.lead()
    assert day.bridge("inbox", "apart", "1", "--language", "en").code == 2


def test_a_second_bridge_on_the_same_database_is_refused(bridge: Terminal) -> None:
    store = Store("sqlite:///var/bridge.db")
    store.lock()
    said = bridge("tick")
    store.close()
    assert said.code == 1
    assert "з цією базою вже працює інший bridge" in said.err


def test_a_row_in_a_pipe_is_one_line(day: Day) -> None:
    day.lead()
    lines = day.bridge("outbox", "list", "--state", "confirmed").out.splitlines()
    assert len(lines) == 3
    assert lines[1].rstrip().endswith("«Новий лід: ТОВ „Ромашка“…» → чат команди")


# -- held, and missed ------------------------------------------------------------------------------------------------


def test_a_held_delivery_waits_for_the_word_that_lets_it_go(day: Day) -> None:
    day.sandbox.faults.add(Fault("telegram", "status", status=429, path="sendMessage", times=0))
    day.lead()
    day.sandbox.faults.clear()
    [row] = rows(day.bridge("outbox", "list", "--state", "waiting", "--json"))
    assert day.bridge("outbox", "hold", str(row["id"])).out == f"{row['id']}: чекає → притримано\n"
    day.tick("2026-11-30T11:00")
    assert [one["id"] for one in rows(day.bridge("outbox", "list", "--state", "held", "--json"))] == [row["id"]]
    day.bridge("outbox", "retry", str(row["id"]))
    day.tick("2026-11-30T11:05")
    assert rows(day.bridge("outbox", "list", "--json")) == []


def test_a_missed_step_is_taken_or_left_out_by_hand(day: Day) -> None:
    asks = "    unless: {brief.state: received}"
    day.bridge.edit("rules/30-brief.yaml", asks, f"    catch_up: ask\n{asks}")
    day.opens_the_link()
    day.tick("2026-11-30T10:10")
    day.people.label_card(CARD, "Надіслати бриф")
    day.tick("2026-11-30T10:15")
    day.tick("2026-12-09T10:00")
    steps = rows(day.bridge("missed", "list", "--json"))
    assert [step["step"] for step in steps] == ["remind", "call", "head"]
    assert day.bridge("missed", "skip", str(steps[0]["id"])).out == "brief-silent, remind: не виконуватиметься\n"
    assert day.bridge("missed", "do", str(steps[1]["id"])).out == "brief-silent, call: виконується зараз\n"
    assert len(rows(day.bridge("missed", "list", "--json"))) == 1
    assert day.bridge("missed", "do", str(steps[0]["id"])).code == 2
