"""The play page in a real browser, on a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from sandbox import Sandbox, serve_in_thread
from sandbox.world import CLIENT, OLENA, TEAM_CHAT

pytestmark = pytest.mark.browser

FAULTS = (Path(__file__).parent / "accessibility.js").read_text(encoding="utf-8")
WIDE, NARROW = (1440, 900), (390, 844)


@dataclass
class Play:
    """An open page, the sandbox behind it, and what the browser complained of."""

    sandbox: Sandbox
    page: Page
    complaints: list[str] = field(default_factory=list)

    def act(self, name: str, **given: Any) -> Any:
        """Let somebody act outside the page, which then looks at once, as after having been in the background."""
        result = self.sandbox.people.act(name, **given)
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        return result

    def card(self, name: str) -> Locator:
        """The card of that name on the board."""
        return self.page.locator(".card:not(.ghost)", has_text=name)

    def list_of(self, card_id: str) -> str:
        """The name of the list the card really is in."""
        store = self.sandbox.trello.store
        return store.lists[store.cards[card_id].list_id].name

    def names_in(self, name: str) -> list[str]:
        """The cards of a list, from the top, as Trello has them."""
        store = self.sandbox.trello.store
        found = next(one for one in store.lists.values() if one.name == name)
        return [card.name for card in store.cards_of(found)]

    def acting(self) -> AbstractContextManager[Any]:
        """At the end of the block the sandbox has answered what the page did in it."""
        return self.page.expect_response("**/sandbox/act")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """Opens the page in a window of the given size: `open_page(WIDE)`. No test leaves a complaint of the browser."""
    opened: list[Play] = []
    sandbox = Sandbox()
    with serve_in_thread(sandbox) as running:

        def open_it(size: tuple[int, int] = WIDE, scheme: Any = "light", touch: bool = False) -> Play:
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, has_touch=touch, locale="uk-UA"
            )
            play = Play(sandbox, context.new_page())
            play.page.set_default_timeout(60_000)
            play.page.on("pageerror", lambda error: play.complaints.append(str(error)))
            play.page.on(
                "console", lambda line: play.complaints.append(line.text) if line.type in ("error", "warning") else None
            )
            play.page.goto(running.base_url)
            play.page.wait_for_selector(".list")
            opened.append(play)
            return play

        yield open_it
        complaints = [line for play in opened for line in play.complaints]
        for play in opened:
            play.page.context.close()
    assert complaints == []


def drag(page: Page, card: Locator, goal: Locator) -> None:
    """With the mouse, in steps, as a hand does it."""
    box, end = card.bounding_box(), goal.bounding_box()
    assert box is not None
    assert end is not None
    page.mouse.move(box["x"] + 20, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 60, steps=8)
    page.mouse.up()


def test_a_card_dragged_with_the_mouse_lands_in_that_list(open_page: Any) -> None:
    play = open_page()
    card = play.act("create_card", title="Ранок", list="Ліди")
    with play.acting():
        drag(play.page, play.card("Ранок"), play.page.get_by_role("region", name="Виробництво"))
    assert play.list_of(card) == "Виробництво"
    expect(play.page.locator("#card")).not_to_be_visible()


def test_a_card_lands_where_it_is_dropped_among_others(open_page: Any) -> None:
    play = open_page()
    for name in ("перша", "друга"):
        play.act("create_card", title=name, list="Договір")
    play.act("create_card", title="третя", list="Ліди")
    goal = play.card("друга").bounding_box()
    start = play.card("третя").bounding_box()
    play.page.mouse.move(start["x"] + 10, start["y"] + 10)
    play.page.mouse.down()
    play.page.mouse.move(goal["x"] + 30, goal["y"] + 4, steps=6)
    with play.acting():
        play.page.mouse.up()
    assert play.names_in("Договір") == ["перша", "третя", "друга"]


def test_escape_in_the_middle_of_a_drag_leaves_the_card_where_it_was(open_page: Any) -> None:
    play = open_page()
    card = play.act("create_card", title="Ранок", list="Ліди")
    box = play.card("Ранок").bounding_box()
    play.page.mouse.move(box["x"] + 10, box["y"] + 10)
    play.page.mouse.down()
    play.page.mouse.move(box["x"] + 500, box["y"] + 40, steps=5)
    play.page.keyboard.press("Escape")
    play.page.mouse.up()
    assert play.list_of(card) == "Ліди"
    expect(play.page.locator(".landing, .ghost")).to_have_count(0)


def test_a_card_is_moved_by_keys_alone_and_keeps_the_focus(open_page: Any) -> None:
    play = open_page()
    card = play.act("create_card", title="Ранок", list="Ліди")
    play.card("Ранок").focus()
    with play.acting():
        for key in ("Space", "ArrowRight", "ArrowRight", "Space"):
            play.page.keyboard.press(key)
    assert play.list_of(card) == "Ініціалізація"
    expect(play.page.locator("#spoken")).to_have_text("Покладено в «Ініціалізація»")
    expect(play.card("Ранок")).to_be_focused()


def test_a_card_climbs_to_the_top_of_its_list_by_keys(open_page: Any) -> None:
    play = open_page()
    for name in ("перша", "друга", "третя"):
        play.act("create_card", title=name, list="Ліди")
    play.card("третя").focus()
    with play.acting():
        for key in ("Space", "ArrowUp", "ArrowUp", "ArrowUp", "Space"):
            play.page.keyboard.press(key)
    assert play.names_in("Ліди") == ["третя", "перша", "друга"]


def test_a_long_press_carries_a_card_on_a_touch_screen(open_page: Any) -> None:
    play = open_page(NARROW, touch=True)
    card = play.act("create_card", title="Ранок", list="Ліди")
    box = play.card("Ранок").bounding_box()
    goal = play.page.get_by_role("region", name="Договір").bounding_box()
    finger = play.page.context.new_cdp_session(play.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        shape = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": shape})

    touch("touchStart", (box["x"] + 30, box["y"] + 12))
    play.page.wait_for_selector(".ghost")
    touch("touchMove", (goal["x"] + 40, goal["y"] + 70))
    expect(play.page.get_by_role("region", name="Договір").locator(".landing")).to_be_visible()
    with play.acting():
        touch("touchEnd")
    assert play.list_of(card) == "Договір"


def test_a_card_opens_and_takes_a_comment_a_label_and_a_field(open_page: Any) -> None:
    play = open_page()
    card = play.act("create_card", title="Ранок", list="Ліди")
    play.card("Ранок").click()
    dialog = play.page.get_by_role("dialog", name="Ранок")
    dialog.get_by_role("button", name="VIP").click()
    dialog.get_by_label("Сайт").fill("ranok.example")
    dialog.get_by_label("Коментар").fill("Бриф чекаємо до п’ятниці")
    dialog.get_by_label("Коментар").press("Enter")
    expect(dialog.locator(".said")).to_have_text("Бриф чекаємо до п’ятниці")
    expect(dialog.get_by_role("button", name="VIP")).to_have_attribute("aria-pressed", "true")
    assert next(iter(play.sandbox.trello.store.cards[card].fields.values())).value == {"text": "ranok.example"}


def test_a_comment_is_shown_as_trello_shows_its_markdown(open_page: Any) -> None:
    play = open_page()
    card = play.act("create_card", title="Ранок", list="Ліди")
    play.act("comment_card", card=card, text="**Ранок \\*2\\***: [анкета](https://forms.example/a) \\#1, 5 \\> 3")
    play.card("Ранок").click()
    said = play.page.locator(".said")
    expect(said).to_have_text("Ранок *2*: анкета #1, 5 > 3")
    expect(said.locator("b")).to_have_text("Ранок *2*")
    expect(play.page.locator("#timeline")).to_contain_text("«Ранок»: Ранок *2*: анкета")
    expect(said.get_by_role("link")).to_have_attribute("href", "https://forms.example/a")


def test_a_new_card_is_typed_into_a_list(open_page: Any) -> None:
    play = open_page()
    play.page.get_by_role("button", name="Додати картку: Ліди").click()
    play.page.keyboard.type("Пекарня")
    play.page.keyboard.press("Enter")
    expect(play.card("Пекарня")).to_be_visible()
    assert play.names_in("Ліди") == ["Пекарня"]


def test_an_attached_file_opens_from_the_card(open_page: Any) -> None:
    play = open_page()
    card = play.act("create_card", title="Ранок", list="Ліди")
    trello = play.sandbox.trello
    with play.sandbox.lock:
        trello.cards.attach_file(
            trello.store.cards[card], b"brief", "бриф.txt", None, "text/plain", play.sandbox.people._actor("olena")
        )
    play.card("Ранок").click()
    link = play.page.get_by_role("link", name="бриф.txt")
    answer = play.page.request.get(play.sandbox.base_url + (link.get_attribute("href") or ""))
    assert (answer.body(), answer.headers["x-content-type-options"]) == (b"brief", "nosniff")


def test_the_client_starts_the_chat_and_writes(open_page: Any) -> None:
    play = open_page()
    play.page.get_by_role("button", name="Почати").click()
    box = play.page.locator("#phone").get_by_label("Повідомлення")
    box.fill("Добрий день!")
    box.press("Enter")
    expect(play.page.locator("#phone .bubble p")).to_have_text(["/start", "Добрий день!"])
    expect(box).to_have_value("")


def test_a_button_under_a_message_is_pressed_by_the_client(open_page: Any) -> None:
    play = open_page()
    play.act("client_types", chat=CLIENT.id, text="/start")
    chats = play.sandbox.telegram.chats
    markup = {"inline_keyboard": [[{"text": "Заповню завтра", "callback_data": "tomorrow"}]]}
    from_bot = chats.post(chats.chats[CLIENT.id], chats.bot, chats.chats[CLIENT.id].messages[1].body, markup=markup)
    with play.acting():
        play.page.get_by_role("button", name="Заповню завтра").click()
    pressed = [update for update in chats.updates.pending() if "callback_query" in update]
    assert pressed[0]["callback_query"]["message"]["message_id"] == from_bot.id


def test_a_link_to_the_bot_in_a_comment_opens_the_clients_chat(open_page: Any) -> None:
    play = open_page()
    card = play.act("create_card", title="Ранок", list="Ліди")
    play.act("comment_card", card=card, text="Для клієнта: https://t.me/agency_bridge_bot?start=Abc123")
    play.card("Ранок").click()
    play.page.get_by_role("dialog", name="Ранок").get_by_role("link", name="t.me/agency_bridge_bot").click()
    expect(play.page.locator("#phone .bubble p")).to_have_text("/start Abc123")


def test_staff_write_in_the_group_and_in_their_own_chat(open_page: Any) -> None:
    play = open_page()
    team = play.page.locator("#team")
    team.get_by_label("Повідомлення від: Олена").fill("Усім привіт")
    team.get_by_role("button", name="Надіслати").click()
    expect(team.locator(".bubble p")).to_have_text("Усім привіт")
    team.get_by_role("tab", name="Андрій").click()
    expect(team.locator(".bubble")).to_have_count(0)
    chats = play.sandbox.telegram.chats.chats
    assert [one.sender.id for one in chats[TEAM_CHAT].messages.values()] == [OLENA.id]


def test_a_new_client_gets_a_contact_and_a_deal_whose_fields_can_be_filled(open_page: Any) -> None:
    play = open_page()
    crm = play.page.locator("#planfix")
    crm.get_by_role("button", name="Новий клієнт").click()
    crm.get_by_label("Назва або ім’я").fill("Соломія")
    crm.get_by_label("Проєкт").fill("Сайт кав’ярні")
    crm.get_by_role("button", name="Створити").click()
    crm.get_by_label("Сума").fill("30000")
    crm.get_by_label("Сума").press("Tab")
    crm.get_by_label("Передоплата отримана").check()
    expect(play.page.locator("#timeline")).to_contain_text("Передоплата отримана = так")
    task = play.sandbox.planfix.store.things["task"][1]
    assert (task.values[101], task.values[103], task.values[104]) == ("Сайт кав’ярні", 30000, True)


LOOK_BEFORE_EVERY_ACT = """() => {
  const fetched = window.fetch;
  window.fetch = async (address, given) => {
    if (String(address).endsWith("/act")) {
      document.dispatchEvent(new Event("visibilitychange"));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return fetched(address, given);
  };
}"""


def test_a_look_at_what_was_before_does_not_put_a_pressed_switch_back(open_page: Any) -> None:
    play = open_page()
    play.act("create_task", title="Сайт", contact=play.act("create_contact", title="Соломія"))
    switch = play.page.locator("#planfix").get_by_label("Передоплата отримана")
    expect(switch).not_to_be_checked()
    play.page.evaluate(LOOK_BEFORE_EVERY_ACT)
    play.sandbox.people.client_types(CLIENT.id, "Добрий день!")
    switch.check()
    expect(play.page.locator("#timeline")).to_contain_text("Передоплата отримана = так")
    expect(switch).to_be_checked()


def test_the_form_is_filled_in_on_the_page(open_page: Any) -> None:
    play = open_page()
    play.page.get_by_role("button", name="Заповнити «Бриф»").click()
    form = play.page.frame_locator("iframe")
    form.get_by_label("Назва компанії").fill("Ранок")
    form.get_by_role("button").first.click()
    play.page.get_by_role("dialog").get_by_role("button", name="Закрити").click()
    expect(play.page.locator("#timeline")).to_contain_text("«Бриф» заповнено")


def test_the_clock_moves_by_an_hour_and_by_a_day(open_page: Any) -> None:
    play = open_page()
    clock = play.page.get_by_role("group", name="Годинник пісочниці, Київ")
    expect(clock).to_contain_text("09:00")
    clock.get_by_role("button", name="+1 година").click()
    clock.get_by_role("button", name="+1 день").click()
    expect(clock.locator(".time")).to_have_text("10:00")
    expect(clock.locator(".date")).to_have_text("вівторок, 3 березня")


def test_the_next_timer_is_shown_beside_the_clock_and_one_press_goes_there(open_page: Any) -> None:
    play = open_page()
    play.sandbox.next_timer = play.sandbox.clock.now() + timedelta(days=1, hours=9)
    expect(play.page.locator(".following")).to_have_text("далі 3 бер., 18:00")
    play.page.get_by_role("button", name="До наступної події").click()
    expect(play.page.locator(".time")).to_have_text("18:00")
    expect(play.page.locator(".following")).to_have_count(0)


def test_the_page_says_what_the_server_says_of_the_next_timer(open_page: Any) -> None:
    play = open_page()
    told = {"now": "2026-03-03T16:00:00+00:00", "mode": "frozen", "message": "Далі: нагадування о 18:00"}

    def answer(route: Route) -> None:
        assert route.request.post_data_json == {"to": "next-timer"}
        route.fulfill(json=told)

    play.page.route("**/sandbox/clock", answer)
    play.page.get_by_role("button", name="До наступної події").click()
    expect(play.page.get_by_role("status")).to_have_text("Далі: нагадування о 18:00")


def test_the_page_says_so_when_there_is_no_next_timer(open_page: Any) -> None:
    play = open_page()
    play.page.route("**/sandbox/clock", lambda route: route.fulfill(status=400, json={"error": "nothing is planned"}))
    play.page.get_by_role("button", name="До наступної події").click()
    expect(play.page.get_by_role("status")).to_contain_text("Міст нічого не запланував")
    play.complaints.clear()  # the browser notes the 400 in its console


def test_half_typed_texts_and_the_focus_survive_what_others_do(open_page: Any) -> None:
    play = open_page()
    box = play.page.locator("#team textarea")
    box.press_sequentially("Я ще дума")
    play.act("staff_types", user=OLENA.id, text="Хто візьме?", chat=TEAM_CHAT)
    expect(play.page.locator("#team .bubble p")).to_have_text("Хто візьме?")
    expect(box).to_have_value("Я ще дума")
    expect(box).to_be_focused()


def test_a_value_stays_in_its_field_while_it_is_being_saved(open_page: Any) -> None:
    play = open_page()
    play.act("create_task", title="Сайт", contact=play.act("create_contact", title="Соломія"))
    held: list[Route] = []
    play.page.route("**/sandbox/act", lambda route: held.append(route))
    project = play.page.get_by_label("Проєкт")
    project.fill("Сайт кав’ярні")
    project.press("Tab")
    play.act("client_types", chat=CLIENT.id, text="Добрий день!")
    expect(play.page.locator("#phone .bubble")).to_have_count(1)
    expect(project).to_have_value("Сайт кав’ярні")
    held[0].continue_()


def test_the_page_says_when_the_sandbox_is_out_of_reach_and_comes_back(open_page: Any) -> None:
    play = open_page()
    play.page.route("**/sandbox/view", lambda route: route.abort())
    expect(play.page.get_by_role("status")).to_contain_text("Пісочниця не відповідає")
    play.page.unroute("**/sandbox/view")
    expect(play.page.get_by_role("status")).to_be_empty()
    play.complaints.clear()  # the browser notes the lost answers in its console


@pytest.mark.parametrize(("language", "word"), [("uk", "Хроніка"), ("ru", "Хроника"), ("en", "Timeline")])
def test_the_page_speaks_three_languages_and_remembers_the_choice(open_page: Any, language: str, word: str) -> None:
    play = open_page()
    play.page.locator(".settings").get_by_text(language, exact=True).click()
    play.page.reload()
    expect(play.page.locator("#timeline h2")).to_have_text(word)
    expect(play.page.locator("html")).to_have_attribute("lang", language)


def test_what_people_type_is_never_taken_for_markup(open_page: Any) -> None:
    play = open_page()
    hostile = "<img src=x onerror=alert(1)> javascript:alert(1)"
    play.act("create_card", title=hostile, list="Ліди")
    play.act("client_types", chat=CLIENT.id, text=hostile)
    expect(play.page.locator("#phone .bubble p")).to_have_text(hostile)
    expect(play.page.locator("img")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everything_has_a_name_and_enough_contrast(open_page: Any, size: tuple[int, int], scheme: str) -> None:
    play = open_page(size, scheme)
    fill_the_day(play)
    faults = []
    for place in ["board", "planfix", "phone", "team", "timeline"] if size == NARROW else ["board"]:
        play.page.evaluate("place => document.documentElement.dataset.place = place", place)
        faults += play.page.evaluate(FAULTS)
        for opener in (".list .ghost-button", "#planfix .head .round", ".menu summary", ".menu-items button"):
            play.page.locator(opener).first.evaluate("opener => opener.checkVisibility() && opener.click()")
        faults += play.page.evaluate(FAULTS)
    play.page.locator(".card").first.evaluate("card => card.click()")
    faults += play.page.evaluate(FAULTS)
    assert faults == []


def test_nothing_sticks_out_of_a_narrow_window(open_page: Any) -> None:
    play = open_page(NARROW)
    fill_the_day(play)
    for place in range(5):
        play.page.locator("#places button").nth(place).click()
        assert play.page.evaluate("document.documentElement.scrollWidth") == NARROW[0]


def fill_the_day(play: Play) -> None:
    """A little of everything, so that all parts of the page have something to show."""
    contact = play.act("create_contact", title="Соломія", phone="+380670000000")
    task = play.act("create_task", title="Сайт кав’ярні «Ранок»", contact=contact)
    play.act("comment_task", task=task, text="Передоплата надійшла.", by=5)
    card = play.act("create_card", title="Ранок", list="Ініціалізація")
    for label in ("VIP", "Терміново", "Кампанія", "Надіслати бриф"):
        play.act("label_card", card=card, label=label)
    play.act("comment_card", card=card, text="Чекаємо бриф")
    play.act("client_types", chat=CLIENT.id, text="Добрий день!")
    play.act("staff_types", user=OLENA.id, text="Усім привіт", chat=TEAM_CHAT)
    chats = play.sandbox.telegram.chats
    group = chats.chats[TEAM_CHAT]
    chats.post(group, chats.bot, next(iter(group.messages.values())).body)
    play.page.wait_for_selector(".bubble.bridge", state="attached")
