"""`bridge status` and `bridge logs`: how it stands, and one id that leads from an event to its last effect."""

from __future__ import annotations

import json
import re
from typing import Any

from sandbox.faults import Fault
from tests.cli.conftest import Day, Said


def lines(said: Said) -> list[dict[str, Any]]:
    assert isinstance(said.json, list)
    return said.json


def told(said: Said) -> dict[str, Any]:
    assert isinstance(said.json, dict)
    return said.json


def test_one_id_leads_from_the_event_over_the_rules_to_every_effect(day: Day) -> None:
    day.lead()
    [wanted] = {line["trace"] for line in lines(day.bridge("logs", "lead-card", "--json")) if line["step"] == "wanted"}
    chain = lines(day.bridge("logs", "--trace", wanted, "--json"))
    assert {line["trace"] for line in chain} == {wanted}
    assert next(line["step"] for line in chain) == "event"
    fired = [line for line in chain if line["step"] == "rule" and line["outcome"].startswith("fired")]
    ended = [line for line in chain if line["step"] == "ended"]
    assert fired
    assert ended
    assert {len(line["ruleset"]) for line in fired} == {16}
    assert all(line["state"] == "confirmed" and line["receipt"] for line in ended)


def test_a_delivery_a_client_and_a_rule_lead_to_the_same_trail(day: Day) -> None:
    day.lead()
    created = next(line for line in lines(day.bridge("logs", "lead-card", "--json")) if line["step"] == "ended")
    by_delivery = lines(day.bridge("logs", created["delivery"], "--json"))
    by_client = lines(day.bridge("logs", "ТОВ «Ромашка»", "--limit", "500", "--json"))
    assert created in by_delivery
    assert created in by_client


def test_the_trail_is_told_in_the_agencys_zone_with_the_newest_last(day: Day) -> None:
    day.lead()
    shown = day.bridge("logs", "--language", "en").out
    times = re.findall(r"^30\.11 (\d\d:\d\d:\d\d) ", shown, re.MULTILINE)
    assert times == sorted(times)
    assert times[0] >= "10:05:00"


def test_the_trail_calls_rules_events_and_texts_as_people_do(day: Day) -> None:
    day.lead()
    shown = day.bridge("logs", "--language", "uk").out
    assert re.search(r"подія +Planfix: з’явився новий клієнт ", shown)
    assert re.search(r"правило +«Новий лід — картка» \(lead-card\) ", shown)
    assert re.search(r"Telegram: «Новий лід: ТОВ „Ромашка“…» → чат команди +через «Новий лід — картка»", shown)


def test_since_leaves_out_what_was_before(day: Day) -> None:
    day.lead()
    assert {line["at"] for line in lines(day.bridge("logs", "--since", "30m", "--json"))}
    assert lines(day.bridge("logs", "--since", "2026-11-30T10:06", "--json")) == []
    assert day.bridge("logs", "--since", "yesterday").code == 2


def test_nobody_of_that_name_is_a_usage_error_with_advice(day: Day) -> None:
    day.lead()
    said = day.bridge("logs", "ТОВ «Ромашкa»")
    assert said.code == 2
    assert "може, «ТОВ „Ромашка“»?" in said.err


def test_json_logs_carry_the_id_on_every_line_of_the_chain(day: Day) -> None:
    day.bridge.set(LOG_FORMAT="json")
    contact = day.people.create_contact("ТОВ «Ромашка»", phone="+380441234567")
    day.people.create_task("Сайт", contact=contact)
    logged = [json.loads(line) for line in day.tick("2026-11-30T10:05").err.splitlines()]
    [trace] = {line["trace"] for line in logged if line["event"] == "wanted" and line["rule"] == "lead-card"}
    chain = [line["event"] for line in logged if line.get("trace") == trace]
    assert chain[0] == "taken in"
    assert {"wanted", "attempt"} <= set(chain)
    assert all(line["delivery"] and line["connector"] for line in logged if line["event"] == "attempt")


def test_a_failed_attempt_is_logged_under_the_same_id_with_its_reason(day: Day) -> None:
    day.bridge.set(LOG_FORMAT="json")
    day.sandbox.faults.add(Fault("trello", "status", method="POST", status=503, times=1))
    contact = day.people.create_contact("ТОВ «Ромашка»", phone="+380441234567")
    day.people.create_task("Сайт", contact=contact)
    logged = [json.loads(line) for line in day.tick("2026-11-30T10:05").err.splitlines()]
    [failed] = [line for line in logged if line["event"] == "attempt" and line["outcome"] == "failed"]
    assert failed["trace"] in {line["trace"] for line in logged if line["event"] == "taken in"}
    assert "503" in failed["reason"]


def test_status_shows_the_alarm_its_fix_and_fails(day: Day) -> None:
    day.sandbox.faults.add(Fault("planfix", "status", status=401, times=0))
    day.tick("2026-11-30T10:05")
    day.tick("2026-11-30T10:07")
    said = day.bridge("status", "--language", "en")
    assert said.code == 1
    assert "! since 30.11 10:05: " in said.out
    assert "BRIDGE_PLANFIX__TOKEN" in said.out
    [alarm] = told(day.bridge("status", "--json"))["alarms"]
    assert (alarm["kind"], alarm["about"], alarm["urgent"]) == ("no_access", "planfix", True)


def test_status_is_good_while_nothing_needs_a_person(day: Day) -> None:
    day.lead()
    said = day.bridge("status", "--json")
    assert said.code == 0
    assert told(said)["troubles"] == []
    assert told(said)["database_bytes"] > 0
