"""Step 7: the brief goes out, however it is asked for, and the clock starts when it is delivered."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from bridge.daemon import Daemon
from bridge.web.app import web_app
from bridge.web.server import serving
from bridge.wiring.hooks import hooks
from sandbox.world import ANDRII, CLIENT, OLENA, TEAM_CHAT
from tests.story.conftest import Play
from tests.story.harness import NAME, Story, agency, moment

BRIEF = f"Добрий день, {NAME}!\nЩоб ми могли почати, заповніть, будь ласка, бриф: відкрити анкету."


def by_label(story: Story) -> None:
    story.people.label_card(NAME, "Надіслати бриф", by="andrii")


def by_comment(story: Story) -> None:
    story.people.comment_card(NAME, "/бриф", by="andrii")


def by_checkbox(story: Story) -> None:
    story.people.set_planfix_field(story.task, "Надіслати бриф", True, by=2)


def by_inline_button(story: Story) -> None:
    story.press(ANDRII.id, "Надіслати бриф")


def by_word_in_the_staff_chat(story: Story) -> None:
    story.people.staff_types(OLENA.id, "/бриф Ромашка", TEAM_CHAT)


def by_scenario(story: Story) -> None:
    assert scenario_calls(story) == 200


def scenario_calls(story: Story, secret: str = "sandbox-scenario-secret") -> int:
    """Somebody presses the button in Planfix and its scenario calls the bridge; gives the answer's status."""
    app = web_app(story.engine, Daemon(story.engine, {}), hooks(story.settings, agency()))
    scenarios = story.sandbox.planfix.scenarios
    with serving(app, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}/hooks/planfix"
        story.people.set_up_planfix_button("Надіслати бриф", url, {"X-Bridge-Secret": secret}, {"press": "p-1"})
        story.people.press_planfix_button(story.task, "Надіслати бриф", by=2)
        scenarios.wait()
    return scenarios.calls[-1].statuses[-1]


WAYS = [by_label, by_comment, by_checkbox, by_inline_button, by_word_in_the_staff_chat, by_scenario]


@pytest.mark.parametrize("press", WAYS, ids=lambda way: way.__name__)
def test_the_brief_is_sent_once_and_its_clock_runs(play: Play, press: Callable[[Story], None]) -> None:
    story = play("handed")
    press(story)
    story.soon()
    story.soon()
    assert story.client[1:] == [BRIEF]
    assert story.labels == []
    assert story.comments == []
    assert [(timer.step, timer.due) for timer in story.timers] == [
        ("remind", moment("2026-12-02 18:00")),
        ("call", moment("2026-12-03 10:00")),
        ("head", moment("2026-12-07 10:00")),
    ]


def test_the_form_opens_with_what_is_known_of_the_client(play: Play) -> None:
    story = play("asked")
    page = httpx.get(story.form_link, follow_redirects=True).text
    assert f'name="entry.1000000002" value="{NAME}"' in page
    assert 'name="entry.1000000003" value=""' in page


@pytest.mark.parametrize("second", WAYS, ids=lambda way: way.__name__)
def test_a_second_press_by_another_way_sends_nothing_more(play: Play, second: Callable[[Story], None]) -> None:
    story = play("asked")
    second(story)
    story.soon()
    assert len(story.client) == 2
    assert len(story.timers) == 3


def test_two_presses_before_the_bridge_looks_are_one_message(play: Play) -> None:
    story = play("handed")
    by_comment(story)
    by_comment(story)
    by_label(story)
    story.soon()
    assert story.client[1:] == [BRIEF]


def test_a_scenarios_press_is_stored_on_receipt_and_survives_a_restart(play: Play) -> None:
    story = play("handed")
    by_scenario(story)
    story.restart()
    story.soon()
    assert story.client[1:] == [BRIEF]


def test_a_scenario_that_calls_twice_presses_once(play: Play) -> None:
    story = play("handed")
    by_scenario(story)
    story.soon()
    story.later(hours=2)
    by_scenario(story)
    story.tick()
    assert story.client[1:] == [BRIEF]


def test_a_scenario_with_a_wrong_secret_presses_nothing(play: Play) -> None:
    story = play("handed")
    assert scenario_calls(story, secret="wrong") == 401
    story.soon()
    assert len(story.client) == 1


def test_a_command_that_names_nobody_is_asked_back(play: Play) -> None:
    story = play("handed")
    story.people.staff_types(OLENA.id, "/бриф Волошка", TEAM_CHAT)
    story.soon()
    assert len(story.client) == 1
    assert "нікого не звати «Волошка»" in story.team[-1]


def test_without_a_chat_the_pm_hears_why_and_gets_the_link(play: Play) -> None:
    story = play("lead")
    by_label(story)
    story.soon()
    assert len(story.pm) == 1
    assert story.pm[0].startswith(f"{NAME}: бриф не надіслано, бо чату з клієнтом ще немає.")
    assert story.chat_link in story.pm[0]
    assert len(story.comments) == 1
    assert story.timers == []
    assert story.labels == []


def test_a_client_who_blocked_the_bot_is_told_to_the_pm_and_no_clock_runs(play: Play) -> None:
    story = play("handed")
    story.people.block_bot(CLIENT.id)
    by_label(story)
    story.soon()
    story.work(minutes=240)
    assert story.timers == []
    assert [text for text in story.pm if "заблоковано або вилучено" in text and "надішліть бриф ще раз" in text]
    assert not any("чату з клієнтом ще немає" in text for text in [*story.pm, *story.comments])


def test_a_block_that_nobody_announced_is_learnt_from_the_refusal(play: Play) -> None:
    story = play("handed")
    story.sandbox.telegram.chats.chats[CLIENT.id].bot_status = "kicked"
    by_label(story)
    story.soon()
    assert [text for text in story.pm if "бриф не доставлено" in text]
    assert story.timers == []


def test_a_press_on_saturday_is_delivered_on_monday_and_counted_from_there(play: Play) -> None:
    story = play("handed")
    story.at("2026-12-05 12:00")
    by_label(story)
    story.tick()
    assert len(story.client) == 1
    assert story.timers == []
    story.tick("2026-12-07 08:59")
    assert len(story.client) == 1
    story.tick("2026-12-07 09:00")
    assert story.client[1:] == [BRIEF]
    assert story.timers[0].due == moment("2026-12-09 18:00")


def test_the_clock_starts_at_the_delivery_not_at_the_press(play: Play) -> None:
    story = play("handed")
    story.goes_wrong("telegram", "status", path="sendMessage", status=429, times=0, body=too_many(30))
    by_label(story)
    story.tick("2026-12-03 16:30")
    assert story.timers == []
    story.mended()
    story.tick("2026-12-04 11:00")
    assert story.client[1:] == [BRIEF]
    assert story.timers[0].due == moment("2026-12-08 18:00")


@pytest.mark.parametrize(
    ("delivered", "deadline"),
    [
        ("2026-12-03 16:30", "2026-12-07 18:00"),
        ("2026-12-24 16:30", "2026-12-29 18:00"),
        ("2026-12-18 11:00", "2026-12-21 18:00"),
        ("2026-12-31 12:00", "2027-01-05 18:00"),
    ],
)
def test_two_working_days_end_as_the_office_calendar_says(play: Play, delivered: str, deadline: str) -> None:
    story = play("handed")
    story.at(delivered)
    by_label(story)
    story.tick()
    assert story.timers[0].due == moment(deadline)


def test_an_unknown_outcome_is_never_sent_again_by_itself(play: Play) -> None:
    story = play("handed")
    story.goes_wrong("telegram", "drop_after", path="sendMessage", contains="заповніть")
    by_label(story)
    story.soon()
    story.work(minutes=300)
    story.restart().work(minutes=300)
    assert story.client[1:] == [BRIEF]
    assert story.timers == []
    assert len([text for text in story.pm if "Не знаємо, чи дійшло повідомлення" in text]) == 1


def test_a_person_who_says_it_arrived_starts_the_clock_at_the_delivery(play: Play) -> None:
    story = play("handed")
    story.goes_wrong("telegram", "drop_after", path="sendMessage", contains="заповніть")
    by_label(story)
    story.tick("2026-12-01 12:00")
    story.at("2026-12-02 11:00").press(ANDRII.id, "Дійшло")
    story.tick()
    assert story.client[1:] == [BRIEF]
    assert story.timers[0].due == moment("2026-12-03 18:00")


def test_a_person_who_says_again_sends_exactly_one_more(play: Play) -> None:
    story = play("handed")
    story.goes_wrong("telegram", "drop_before", path="sendMessage", contains="заповніть")
    by_label(story)
    story.tick("2026-12-01 12:00")
    assert len(story.client) == 1
    story.at("2026-12-02 11:00").press(ANDRII.id, "Надіслати ще раз")
    story.press(ANDRII.id, "Надіслати ще раз")
    story.work(minutes=120)
    assert story.client[1:] == [BRIEF]
    assert story.timers[0].due == moment("2026-12-04 18:00")


def too_many(seconds: int) -> dict[str, object]:
    """Telegram's own way of saying to slow down."""
    description = f"Too Many Requests: retry after {seconds}"
    return {"ok": False, "error_code": 429, "description": description, "parameters": {"retry_after": seconds}}
