"""`make pictures`: photographs of what people see, taken with Chromium: the play page's own chats, and a terminal.

Without words it renews the pictures that the documents show. `--all FOLDER` puts every scene in every language there,
to be looked at; `--name NAME` calls the client so, which shows what a long or an odd name does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from docs.dialogues import DIALOGUES
from docs.scenes import LANGUAGES, staged
from docs.scenes import SCENES as MESSAGES
from docs.screens import SCREENS, screen
from sandbox import Sandbox, serve_in_thread

FOLDER = Path(__file__).parent / "pictures"
SHOWN = (
    *("flood.en", "questions.en", "approval.en", "silence.en", "card.en", "status.en", "explain.en"),
    *("brief.uk", "brief.ru", "brief.en", "approval.uk", "approval.ru", "remarks.uk", "desk.uk", "desk.en"),
)
"""The pictures that stand in the documents."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCENES = {**MESSAGES, **DIALOGUES}
_PHONE = {"width": 390, "height": 2400}
_TERMINAL: Any = {"width": 760, "height": 900}
_DESK = {"width": 1440, "height": 900}
_PLACES = {"phone": "#phone .messages", "team": "#team .messages", "admin": "#team .messages", "card": "#card .inside"}
_ADMIN = "Андрій"
_ONLY_THE_WORDS = """(root) => {
  root.style.flex = "none";
  root.style.overflow = "visible";
  root.scrollTop = 0;
  for (const p of root.querySelectorAll(".mine p")) p.textContent = p.textContent.replace(/^.start .+/, "/start");
}"""
"""Telegram's apps do not show the code that a link hands over with /start."""
_ONLY_WHAT_THE_BRIDGE_DID = """(root) => {
  for (const each of root.querySelectorAll(".field, .composer, button")) each.remove();
  for (const each of [root, root.parentElement]) Object.assign(each.style, {maxHeight: "none", overflow: "visible"});
}"""
"""The fields of a card are people's, and its description holds an address that is another one each time."""


def main(words: Sequence[str]) -> int:
    """Takes the pictures; gives the exit code. A machine without Chromium is told so, and nothing is written."""
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SCENE.LANGUAGE", help="only these")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every scene in every language, into this folder")
    parser.add_argument("--name", default="ТОВ «Ромашка»", help="what the client is called")
    given = parser.parse_args(words)
    path = chromium()
    if path is None:
        sys.stdout.write(f"no pictures: there is no Chromium on this machine (looked for {', '.join(NAMES)})\n")
        return 0
    wanted = (
        [f"{scene}.{language}" for scene in (*SCENES, *SCREENS) for language in LANGUAGES] if given.all else list(SHOWN)
    )
    wanted = given.names or wanted
    folder = given.all or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with browser_at(path) as browser, serve_in_thread(Sandbox()) as running:
        for name in wanted:
            scene, _, language = name.partition(".")
            with tempfile.TemporaryDirectory() as work, staged(running, Path(work), language, given.name) as stage:
                file = folder / f"{name}.png"
                if scene in SCREENS:
                    _photograph_terminal(browser, screen(stage.environment, SCREENS[scene](stage)), file)
                else:
                    _photograph(browser, running.base_url, SCENES[scene](stage), language, file)
        if given.all:
            _play_page(browser, running.base_url, folder)
    return 0


def chromium() -> str | None:
    """Where a Chromium is on this machine, if there is one."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


@contextmanager
def browser_at(path: str) -> Iterator[Browser]:
    """That Chromium, started for one block."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield started
        finally:
            started.close()


def _photograph(browser: Browser, address: str, place: str, language: str, file: Path) -> None:
    kept = {"language": language, "theme": "light", "place": "phone" if place == "phone" else "team"}
    with _opened(browser, address, _PHONE, kept) as page:
        if place == "admin":
            page.locator("#team").get_by_role("tab", name=_ADMIN).click()
        if place == "card":
            page.evaluate("document.querySelector('.card').click()")
        shown: Locator = page.locator(_PLACES[place])
        shown.wait_for()
        shown.evaluate(_ONLY_WHAT_THE_BRIDGE_DID if place == "card" else _ONLY_THE_WORDS)
        shown.screenshot(path=file, animations="disabled", caret="hide")


def _photograph_terminal(browser: Browser, drawing: str, file: Path) -> None:
    context = browser.new_context(viewport=_TERMINAL, device_scale_factor=2)
    try:
        page = context.new_page()
        page.set_content(drawing)
        page.locator("svg").screenshot(path=file, omit_background=True)
    finally:
        context.close()


def _play_page(browser: Browser, address: str, folder: Path) -> None:
    """The page as it is left by the last scene."""
    with _opened(browser, address, _DESK, {"language": "en", "theme": "light"}, scale=1) as page:
        page.screenshot(path=folder / "play.png", animations="disabled", caret="hide")


@contextmanager
def _opened(browser: Browser, address: str, size: Any, kept: dict[str, str], scale: int = 2) -> Iterator[Page]:
    """The play page in a window of that size, with the choices of an earlier visit, once it shows the agency."""
    context = browser.new_context(viewport=size, device_scale_factor=scale, color_scheme="light", locale="uk-UA")
    try:
        lines = (f"localStorage.setItem('play.{key}', '{json.dumps(value)}');" for key, value in kept.items())
        context.add_init_script("\n".join(lines))
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".list", state="attached")
        yield page
    finally:
        context.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
