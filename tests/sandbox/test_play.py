"""What the play page is told: the view of the four services, the timeline, and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Sandbox, serve_in_thread
from sandbox.world import CLIENT, OLENA, TEAM_CHAT

PLAY = Path(__file__).parents[2] / "sandbox" / "play"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that is served, so that its page can be asked for."""
    sandbox = Sandbox()
    with serve_in_thread(sandbox):
        yield sandbox


def view(sandbox: Sandbox) -> dict[str, Any]:
    return dict(requests.get(f"{sandbox.base_url}/sandbox/view", timeout=10).json())


def told(sandbox: Sandbox) -> list[tuple[str, str, dict[str, Any]]]:
    """The timeline as kind of person, verb and details."""
    return [(one["who"]["kind"], one["verb"], one["args"]) for one in view(sandbox)["timeline"]]


def test_the_page_allows_nothing_from_outside(sandbox: Sandbox) -> None:
    page = requests.get(sandbox.base_url, timeout=10)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http://" not in page.text + policy
    assert "https://" not in page.text + policy


@pytest.mark.parametrize("path", ["/play/routes.py", "/play/../app.py", "/play/%2e%2e/app.py", "/play/nothing.js"])
def test_only_the_parts_of_the_page_are_served(sandbox: Sandbox, path: str) -> None:
    assert requests.get(sandbox.base_url + path, timeout=10).status_code == 404


def test_every_text_of_the_page_is_there_in_three_languages_and_used() -> None:
    parts = {file.name: file.read_text(encoding="utf-8") for file in PLAY.glob("*.*") if file.suffix in (".js", ".py")}
    texts = dict(re.findall(r'^  "?([\w.]+)"?: \[(.*?)\],$', parts.pop("texts.js"), flags=re.M | re.S))
    said = set(re.findall(r'"([\w.]+)"', "\n".join(parts.values())))
    values = {"none", "asked", "received", "checked", "seo", "ads", "smm", "site", "uk", "ru", "en"}
    answers = {"yes", "no", "nothing"}
    built = {name for name in texts if name.startswith(("place_", "theme_", "kind_", "where_", "contact.", "task."))}
    assert {name for name, lines in texts.items() if len(re.findall(r'"[^"]*"', lines)) != 3} == set()
    assert set(texts) - said - values - answers - built == set()
    assert set(re.findall(r'\bt\("([\w.]+)"', "\n".join(parts.values()))) <= set(texts)


def test_an_unchanged_view_is_not_sent_again(sandbox: Sandbox) -> None:
    address = f"{sandbox.base_url}/sandbox/view"
    tag = {"If-None-Match": requests.get(address, timeout=10).headers["etag"]}
    assert requests.get(address, headers=tag, timeout=10).status_code == 304
    sandbox.people.client_types(CLIENT.id, "Добрий день!")
    assert requests.get(address, headers=tag, timeout=10).status_code == 200


def test_the_timeline_names_who_moved_a_card_from_where_to_where(sandbox: Sandbox) -> None:
    card = sandbox.people.create_card("Ранок", "Ліди")
    sandbox.people.drag_card(card, "Договір", by="andrii")
    moved = view(sandbox)["timeline"][-1]
    assert moved["who"] == {"name": "Андрій Коваль", "kind": "staff"}
    assert (moved["verb"], moved["args"]) == ("card.moved", {"card": "Ранок", "from": "Ліди", "to": "Договір"})


def test_the_timeline_tells_the_client_the_team_and_the_bridge_apart(sandbox: Sandbox) -> None:
    sandbox.people.client_types(CLIENT.id, "Добрий день!")
    sandbox.people.staff_types(OLENA.id, "Хто візьме?", TEAM_CHAT)
    sandbox.people.comment_card(sandbox.people.create_card("Ранок", "Ліди"), "від мосту", by="bridge_bot")
    by_text = {args["text"]: kind for kind, verb, args in told(sandbox) if "text" in args}
    assert by_text == {"Добрий день!": "client", "Хто візьме?": "staff", "від мосту": "bridge"}


def test_the_timeline_tells_which_planfix_field_changed_to_what(sandbox: Sandbox) -> None:
    task = sandbox.people.create_task("Сайт")
    view(sandbox)
    sandbox.people.set_planfix_field(task, "Передоплата отримана", True, by=5)
    last = view(sandbox)["timeline"][-1]
    assert last["who"]["name"] == "Борис Гнатюк"
    assert last["args"] == {"name": "Сайт", "field": "Передоплата отримана", "value": True}


def test_the_timeline_tells_of_a_form_once_and_of_its_change(sandbox: Sandbox) -> None:
    sandbox.people.fill_form({"Назва компанії": "Ранок"})
    told(sandbox)
    sandbox.clock.advance(timedelta(hours=1))
    sandbox.people.edit_response(2, {"Сайт": "ranok.example"})
    assert [verb for _, verb, _ in told(sandbox)] == ["form.answered", "form.changed"]


def test_events_between_two_looks_stand_in_the_order_of_their_time(sandbox: Sandbox) -> None:
    sandbox.people.client_types(CLIENT.id, "перше")
    sandbox.clock.advance(timedelta(minutes=1))
    sandbox.people.create_card("друге", "Ліди")
    sandbox.clock.advance(timedelta(minutes=1))
    sandbox.people.client_types(CLIENT.id, "третє")
    assert [args.get("text") or args["card"] for _, _, args in told(sandbox)] == ["перше", "друге", "третє"]


def test_numbers_of_events_never_repeat(sandbox: Sandbox) -> None:
    for number in range(320):
        sandbox.people.client_types(CLIENT.id, str(number))
    numbers = [one["n"] for one in view(sandbox)["timeline"]]
    assert numbers == list(range(21, 321))


def test_an_uploaded_page_is_saved_and_never_shown(sandbox: Sandbox) -> None:
    sandbox.people.client_sends_file(CLIENT.id, "x.html", "<script>alert(1)</script>")
    stored = next(iter(sandbox.telegram.chats.files.values()))
    stored.content_type = "text/html"
    answer = requests.get(f"{sandbox.base_url}/sandbox/files/telegram/{stored.id}", timeout=10)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''x.html"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_file_that_is_not_there_is_not_found(sandbox: Sandbox) -> None:
    for path in ("telegram/x", "trello/x", "planfix/7", "planfix/x", "nothing/1"):
        assert requests.get(f"{sandbox.base_url}/sandbox/files/{path}", timeout=10).status_code == 404
