"""Step 8b: the client is silent. Nobody is nagged who answered, and nothing is done on a guess."""

from __future__ import annotations

from sandbox.world import CLIENT
from tests.story.conftest import Play
from tests.story.harness import NAME, REMINDER


def test_the_ladder_climbs_from_the_client_to_the_pm_to_the_head(play: Play) -> None:
    story = play("asked")
    story.tick("2026-12-02 17:59")
    assert len(story.client) == 2
    story.tick("2026-12-02 18:00")
    assert story.client[2:] == [REMINDER]
    assert len(story.pm) == 1
    story.tick("2026-12-03 10:00")
    assert story.pm[1:] == [f"{NAME}: бриф не заповнено вже 3 робочі дні. Зателефонуйте, будь ласка."]
    assert story.head == []
    story.tick("2026-12-07 10:00")
    assert story.head == [f"{NAME}: бриф не заповнено вже 5 робочих днів. Зателефонуйте, будь ласка."]
    assert story.tasks[1:] == [f"Зателефонувати, бриф мовчить: {NAME} → user:1"]


def test_after_the_head_nobody_is_told_anything_more(play: Play) -> None:
    story = play("asked")
    for day in ("2026-12-02 18:00", "2026-12-03 10:00", "2026-12-07 10:00"):
        story.tick(day)
    before = story.effects()
    story.tick("2027-01-15 12:00")
    assert story.effects() == before
    assert story.timers == []


def test_an_answer_at_17_59_read_at_18_10_never_brings_a_reminder(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 17:59").answer()
    story.tick("2026-12-02 18:10")
    story.tick("2026-12-03 10:00")
    story.tick("2026-12-07 10:00")
    assert REMINDER not in story.client
    assert len(story.client) == 3


def test_a_late_answer_ends_the_ladder_and_is_thanked(play: Play) -> None:
    story = play("asked")
    story.tick("2026-12-02 18:00")
    story.at("2026-12-03 09:30").answer()
    story.tick()
    story.tick("2026-12-03 10:00")
    story.tick("2026-12-07 10:00")
    assert len(story.client) == 4
    assert story.head == []
    assert len(story.pm) == 2  # the deal that was handed over, and the answers to look through
    assert len(story.tasks) == 1


def test_while_the_form_cannot_be_read_the_reminder_waits(play: Play) -> None:
    story = play("asked")
    story.goes_wrong("google", "status", status=503, times=0)
    for time in ("18:00", "18:30", "18:50"):
        story.tick(f"2026-12-02 {time}")
    assert len(story.client) == 2


def test_staff_hear_once_which_source_is_blind(play: Play) -> None:
    story = play("asked")
    story.goes_wrong("google", "status", status=503, times=0)
    for time in ("18:00", "18:20", "18:31", "18:50"):
        story.tick(f"2026-12-02 {time}")
    story.tick("2026-12-03 09:30")
    assert len(story.pm) == 2
    assert story.pm[1].startswith("Google Forms не читається з 2 грудня 2026, 18:00")


def test_once_the_form_is_read_again_the_reminder_goes_out_once(play: Play) -> None:
    story = play("asked")
    story.goes_wrong("google", "status", status=503, times=0)
    story.tick("2026-12-02 18:00")
    story.tick("2026-12-02 18:40")
    story.mended()
    story.tick("2026-12-02 18:45")
    story.tick("2026-12-02 18:50")
    assert story.client[2:] == [REMINDER]


def test_a_reminder_that_may_go_only_after_hours_waits_for_the_morning(play: Play) -> None:
    story = play("asked")
    story.goes_wrong("google", "status", status=503, times=0)
    story.tick("2026-12-02 18:00")
    story.mended()
    story.tick("2026-12-02 19:30")
    assert len(story.client) == 2
    story.tick("2026-12-03 09:00")
    assert story.client[2:] == [REMINDER]


def test_an_answer_given_overnight_calls_off_the_reminder_of_the_morning(play: Play) -> None:
    story = play("asked")
    story.goes_wrong("google", "status", status=503, times=0)
    story.tick("2026-12-02 18:00")
    story.mended()
    story.tick("2026-12-02 19:30")
    story.at("2026-12-02 22:00").answer()
    story.tick("2026-12-03 09:00")
    story.tick("2026-12-03 10:00")
    assert REMINDER not in story.client


def test_an_answer_given_while_the_form_was_blind_brings_no_reminder(play: Play) -> None:
    story = play("asked")
    story.goes_wrong("google", "status", status=503, times=0)
    story.at("2026-12-02 16:00").answer()
    story.tick("2026-12-02 18:00")
    story.mended()
    story.tick("2026-12-02 18:45")
    story.tick("2026-12-07 10:00")
    assert REMINDER not in story.client
    assert story.head == []


def test_an_answer_given_while_a_column_was_renamed_is_thanked_for_and_that_column_follows(play: Play) -> None:
    story = play("asked")
    header = next(iter(story.sandbox.google.forms.values())).sheet.rows[0].cells
    place = header.index("Побажання")
    header[place] = "Ваші побажання"
    story.answer()
    story.at("2026-12-02 18:00").work(60 * 24)
    thanked = list(story.client)
    assert (len(thanked), story.contact_fields["Послуга"], "Побажання" in story.contact_fields) == (
        3,
        "Створення сайту",
        False,
    )
    header[place] = "Побажання"
    story.soon()
    story.soon()
    assert (story.client, REMINDER in thanked, story.contact_fields["Побажання"]) == (thanked, False, "Якнайшвидше")


def test_a_daemon_that_was_down_over_the_deadline_reminds_once_in_contact_hours(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 20:00").restart()
    story.tick()
    assert len(story.client) == 2
    story.tick("2026-12-03 09:00")
    story.restart().tick("2026-12-03 09:01")
    assert story.client[2:] == [REMINDER]


def test_a_daemon_that_was_down_for_the_whole_ladder_tells_each_reader_once(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-09 11:00").restart()
    story.tick()
    story.soon()
    assert story.client[2:] == [REMINDER]
    assert len(story.pm) == 2
    assert len(story.head) == 1
    assert len(story.tasks) == 2


def test_a_daemon_that_was_down_reads_the_answer_before_it_acts(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 12:00").answer()
    story.at("2026-12-09 11:00").restart()
    story.tick()
    assert REMINDER not in story.client
    assert story.head == []


def test_a_brief_sent_again_starts_the_clock_again(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-01 15:00")
    story.people.label_card(NAME, "Надіслати бриф")
    story.tick()
    story.tick("2026-12-02 18:00")
    assert len(story.client) == 3
    story.tick("2026-12-03 18:00")
    assert story.client[3:] == [REMINDER]


def test_a_client_who_blocked_the_bot_before_the_reminder_is_told_to_staff(play: Play) -> None:
    story = play("asked")
    story.people.block_bot(CLIENT.id)
    story.soon()
    story.tick("2026-12-02 18:00")
    story.work(minutes=30)
    assert len(story.client) == 2
    assert len(story.manager) == 1
    assert len(story.pm) == 2
