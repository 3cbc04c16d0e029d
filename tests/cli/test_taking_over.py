"""Changes of the rules: seen before, put in force, taken back; and a broken set at start."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.cli.conftest import Day, Said, Terminal

SILENT, OTHER = "after: 2wd", "after: 4wd"
BRIEF = "rules/30-brief.yaml"
SILENT_RULE = "«Бриф не заповнено — нагадати, потім підняти»"


def entries(said: Said) -> list[dict[str, Any]]:
    assert isinstance(said.json, list)
    return said.json


def timers(day: Day) -> list[tuple[Any, ...]]:
    [file] = day.bridge.folder.rglob("bridge.db")
    with sqlite3.connect(file) as connection:
        return connection.execute("SELECT * FROM timers ORDER BY key").fetchall()


def everything(day: Day) -> list[str]:
    """All that the database holds."""
    [file] = day.bridge.folder.rglob("bridge.db")
    with sqlite3.connect(file) as connection:
        return list(connection.iterdump())


def asked(day: Day) -> None:
    """A client was asked for the brief: the clocks of its reminders run."""
    day.opens_the_link()
    day.tick("2026-11-30T10:10")
    day.people.label_card("ТОВ «Ромашка»", "Надіслати бриф", by="andrii")
    day.tick("2026-11-30T10:20")
    day.tick("2026-11-30T10:21")


def test_what_a_process_starts_with_is_the_first_of_the_history(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    [first] = entries(day.bridge("history", "--json"))
    assert (first["how"], "rules/30-brief.yaml" in first["files"]) == ("start", True)


def test_where_nothing_was_in_force_the_history_says_so_and_fails_nothing(day: Day) -> None:
    said = day.bridge("history")
    assert (said.code, said.out) == (0, "ще не діяли жодні правила\n")
    assert day.bridge("history", "--json").json == []
    assert day.bridge("rollback").code == 1


def test_applying_puts_the_new_rules_in_force_with_who_did_it(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    without_tests(day)
    day.bridge.edit(BRIEF, SILENT, OTHER)
    assert day.bridge("apply", "--by", "olena").code == 0
    newest, first = entries(day.bridge("history", "--json"))
    assert (newest["how"], newest["by"]) == ("apply", "olena")
    assert newest["hash"] != first["hash"]


def test_a_broken_set_is_never_in_force(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    day.bridge.edit(BRIEF, "brief.state: received", "breif.state: received")
    said = day.bridge("apply", "--language", "en")
    assert said.code == 1
    assert said.err.endswith("1 error\nthese rules were not put in force: the ones in force stay\n")
    assert len(entries(day.bridge("history", "--json"))) == 1


def test_a_broken_set_before_any_rules_says_that_none_are_in_force(bridge: Terminal) -> None:
    bridge.edit(BRIEF, "brief.state: received", "breif.state: received")
    said = bridge("apply")
    assert said.code == 1
    assert said.err.endswith("правил із цих файлів не введено в дію, а інших ще немає\n")


def test_a_red_test_keeps_the_rules_in_force(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    day.bridge.edit(BRIEF, SILENT, OTHER)
    said = day.bridge("apply", "--language", "ru")
    assert said.code == 1
    assert "действующие правила остаются" in said.err
    assert "wanted" not in said.err
    assert len(entries(day.bridge("history", "--json"))) == 1


def test_a_red_test_before_any_rules_says_that_none_are_in_force(bridge: Terminal) -> None:
    bridge.edit(BRIEF, SILENT, OTHER)
    said = bridge("apply", "--language", "en")
    assert said.code == 1
    assert said.err.endswith("failed: these rules were not put in force, and none are yet\n")


def without_tests(day: Day) -> None:
    (day.bridge.folder / "config" / "rules" / "90-tests.yaml").unlink()


def test_plan_tells_which_steps_would_move(day: Day) -> None:
    asked(day)
    day.bridge.edit(BRIEF, SILENT, OTHER)
    said = day.bridge("plan", "--language", "en")
    assert "changed rules: “Бриф не заповнено — нагадати, потім підняти” (brief-silent)" in said.out
    assert (
        "moved: “Бриф не заповнено — нагадати, потім підняти”, remind: 02.12.2026 18:00 -> 04.12.2026 18:00" in said.out
    )


def test_plan_speaks_the_language_of_the_workspace(day: Day) -> None:
    asked(day)
    day.bridge.edit(BRIEF, SILENT, OTHER)
    said = day.bridge("plan")
    assert f"змінені правила: {SILENT_RULE} (brief-silent)" in said.out
    assert f"перенесено: {SILENT_RULE}, крок «remind»: 02.12.2026 18:00 → 04.12.2026 18:00" in said.out


def test_plan_changes_nothing(day: Day) -> None:
    asked(day)
    before = everything(day)
    day.bridge.edit(BRIEF, SILENT, OTHER)
    day.bridge("plan")
    assert everything(day) == before


def test_apply_and_rollback_give_the_same_timers_byte_for_byte(day: Day) -> None:
    asked(day)
    before = timers(day)
    assert before
    without_tests(day)
    day.bridge.edit(BRIEF, "- id: brief-silent", "- id: brief-quiet")
    assert day.bridge("apply").code == 0
    day.tick("2026-11-30T10:22")
    assert timers(day) != before
    assert day.bridge("rollback").code == 0
    day.tick("2026-11-30T10:23")
    assert timers(day) == before


def test_rollback_brings_the_files_back(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    file = day.bridge.folder / "config" / BRIEF
    before = file.read_bytes()
    without_tests(day)
    day.bridge.edit(BRIEF, SILENT, OTHER)
    day.bridge("apply")
    day.bridge("rollback", "--by", "olena")
    assert file.read_bytes() == before
    newest = entries(day.bridge("history", "--json"))[0]
    assert (newest["how"], newest["by"]) == ("rollback", "olena")


def test_rollback_does_not_lose_changes_that_were_never_in_force(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    without_tests(day)
    day.bridge("apply")
    day.bridge.edit(BRIEF, SILENT, OTHER)
    said = day.bridge("rollback")
    assert said.code == 1
    assert "ще не діяли" in said.err


def test_with_a_broken_set_at_start_the_last_good_one_runs_and_says_so(day: Day) -> None:
    asked(day)
    day.bridge.edit(BRIEF, "brief.state: received", "breif.state: received")
    said = day.tick("2026-12-02T18:00")
    assert said.code == 0, said.err
    refused = [line.partition("finding=")[2] for line in said.err.splitlines() if "rules refused" in line]
    assert refused
    assert len(refused) == len(set(refused))  # each was said once
    texts = [
        message.body.text for chat in day.sandbox.telegram.chats.chats.values() for message in chat.messages.values()
    ]
    assert any("Google-форму" in text for text in texts)  # the reminder went by the last good rules
    assert any("працюють попередні" in text for text in texts)  # and the admin was told


def test_with_a_red_test_at_start_the_last_good_rules_run_and_say_so(day: Day) -> None:
    day.tick("2026-11-30T10:05")
    day.bridge.edit(BRIEF, SILENT, OTHER)
    said = day.tick("2026-11-30T10:10")
    assert (said.code, "red-test" in said.err, "running on the last good rules" in said.err) == (0, True, True)
    assert len(entries(day.bridge("history", "--json"))) == 1
    assert day.bridge("status").code == 1


def test_status_names_the_broken_set_until_it_is_mended(day: Day) -> None:
    asked(day)
    day.bridge.edit(BRIEF, "brief.state: received", "breif.state: received")
    assert "running on the last good rules" in day.tick("2026-12-01T10:00").err
    said = day.bridge("status", "--language", "en")
    assert said.code == 1
    assert "the files of the rules were refused, the last good ones are in force" in said.out
    day.bridge.edit(BRIEF, "breif.state: received", "brief.state: received")
    day.tick("2026-12-01T10:30")
    assert "were refused" not in day.bridge("status", "--language", "en").out


def test_status_names_a_broken_set_before_any_start_and_logs_nothing_of_it(day: Day) -> None:
    asked(day)
    day.bridge.edit(BRIEF, "brief.state: received", "breif.state: received")
    said = day.bridge("status", "--language", "uk")
    assert (said.code, said.err) == (1, "")
    assert "  файли правил не годяться, діють останні придатні" in said.out


def test_what_the_bridge_does_can_be_stopped_while_the_files_are_broken(day: Day) -> None:
    asked(day)
    day.bridge.edit(BRIEF, "brief.state: received", "breif.state: received")
    assert day.bridge("stop", "all", "--reason", "зламані правила").code == 0
    assert day.bridge("plan").code == 1  # of what the files would change nothing can be said


def test_with_a_broken_set_and_no_good_one_before_nothing_is_sent(day: Day) -> None:
    day.bridge.edit(BRIEF, "brief.state: received", "breif.state: received")
    said = day.tick("2026-11-30T10:05")
    assert said.code == 1
    assert "unknown-field" in said.err
    assert not [one for chat in day.sandbox.telegram.chats.chats.values() for one in chat.messages.values()]


def test_every_effect_of_a_rule_bears_the_hash_of_the_rules_that_wanted_it(day: Day) -> None:
    day.lead()
    [in_force] = entries(day.bridge("history", "--json"))
    rows = entries(day.bridge("outbox", "list", "--state", "confirmed", "--json"))
    rows = [row for row in rows if row["rule"] == "lead-card"]
    assert rows
    assert {row["ruleset"] for row in rows} == {in_force["hash"]}
