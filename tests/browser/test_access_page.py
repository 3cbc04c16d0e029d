"""The page of a one-time link in a real browser: on a phone, without scripts, by keyboard alone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.web.app import web_app
from bridge.web.server import serving
from tests.browser.test_play_page import FAULTS
from tests.web.test_access_page import World
from tests.web.test_webhooks import HOOKS

pytestmark = pytest.mark.browser

PHONE, WIDE = (360, 740), (1280, 900)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    app = web_app(world.engine, world.daemon, HOOKS)  # type: ignore[arg-type]
    with serving(app, "127.0.0.1", 0) as world.port:
        yield world
    world.store.close()


@pytest.fixture
def open_page(browser: Browser, world: World) -> Iterator[Any]:
    """Opens a new link, without scripts unless told otherwise. No test leaves a complaint of the browser."""
    complaints: list[str] = []

    def open_it(
        language: str = "uk", size: tuple[int, int] = PHONE, scheme: Any = "light", scripts: bool = False
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, java_script_enabled=scripts
        )
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
        page.on("request", lambda request: foreign.append(request.url) if str(world.port) not in request.url else None)
        page.goto(f"http://127.0.0.1:{world.port}{world.link(language)}")
        return page

    foreign: list[str] = []
    yield open_it
    assert [said for said in complaints if "422" not in said] == []  # how an incomplete form is answered
    assert [url for url in foreign if not url.startswith("data:")] == []


def test_a_client_on_a_phone_hands_over_without_any_script(open_page: Any, world: World) -> None:
    page = open_page()
    page.get_by_label("Логін або адреса пошти").first.fill("olha@romashka.example")
    page.get_by_label("Пароль", exact=True).first.fill("not-a-real-password")
    page.get_by_role("button", name="Передати").click()
    expect(page.get_by_role("heading", name="Отримали, дякуємо!")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Отримали, дякуємо!")).to_be_visible()
    assert world.handed_over()["site"]["login"] == "olha@romashka.example"


def test_everything_can_be_done_by_keyboard(open_page: Any, world: World) -> None:
    page = open_page()
    typed = ["olha", None, "not-a-real-password", "примітка"]
    for words in typed:
        page.keyboard.press("Tab")
        if words is not None:
            page.keyboard.type(words)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Отримали, дякуємо!")).to_be_visible()
    assert world.handed_over()["site"] == {"login": "olha", "password": typed[2], "note": typed[3]}


def test_a_password_is_hidden_until_the_client_wants_to_see_it(open_page: Any) -> None:
    page = open_page(scripts=True)
    field = page.get_by_label("Пароль", exact=True).first
    hidden = "element => getComputedStyle(element).webkitTextSecurity"
    assert field.evaluate(hidden) == "disc"
    page.get_by_label("Показати пароль").first.check()
    assert field.evaluate(hidden) == "none"


@pytest.mark.parametrize(
    ("language", "size", "scheme"), [("uk", PHONE, "light"), ("ru", PHONE, "dark"), ("en", WIDE, "dark")]
)
def test_everybody_can_read_and_reach_everything(open_page: Any, language: str, size: Any, scheme: str) -> None:
    page = open_page(language, size, scheme, scripts=True)
    assert page.evaluate(FAULTS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_what_is_wrong_is_said_where_it_is_read_first(open_page: Any) -> None:
    page = open_page(scripts=True)
    page.get_by_role("button", name="Передати").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Поки що нічого не вписано. Заповніть, будь ласка, хоча б одне поле."
    )
    expect(page.get_by_label("Логін або адреса пошти").first).to_be_focused()
    assert page.evaluate(FAULTS) == []
