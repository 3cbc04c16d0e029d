"""Who at a client is written to, at the command line: links are made, drawn and taken back, and people get roles."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from bridge.store import Store
from tests.cli.conftest import Day, Terminal


def listed(bridge: Terminal, what: str) -> list[dict[str, Any]]:
    found = cast("dict[str, list[dict[str, Any]]]", bridge("chat", "list", "--json").json)
    return found[what]


def test_a_link_is_made_for_one_more_person_in_a_role(day: Day) -> None:
    day.opens_the_link()
    made = day.bridge("chat", "link", "ромашка", "--role", "pays")
    address, words = made.out.splitlines()
    assert address.startswith("https://t.me/")
    assert words == "для однієї людини клієнта ТОВ «Ромашка», діє 30 днів"
    [link] = [one for one in listed(day.bridge, "links") if one["roles"] == ["pays", "reads"]]
    assert address.endswith(f"?start={link['code']}")


def test_a_group_is_invited_by_a_link_of_its_own(day: Day) -> None:
    day.lead()
    assert "?startgroup=" in day.bridge("chat", "link", "ромашка", "--group").out


@pytest.mark.parametrize(("name", "begins"), [("link.png", b"\x89PNG"), ("link.svg", b"<?xml")])
def test_a_link_is_drawn_for_a_telephone_to_read(day: Day, name: str, begins: bytes) -> None:
    day.lead()
    assert day.bridge("chat", "link", "ромашка", "--qr", name).code == 0
    assert Path(name).read_bytes().startswith(begins)


def test_a_picture_of_another_kind_is_refused_before_a_link_is_made(day: Day) -> None:
    day.lead()
    before = listed(day.bridge, "links")
    refused = day.bridge("chat", "link", "ромашка", "--qr", "link.bmp")
    assert (refused.code, refused.err) == (2, '"link.bmp": це не файл .png чи .svg\n')
    assert listed(day.bridge, "links") == before


def test_a_link_is_taken_back_once(day: Day) -> None:
    day.lead()
    [link] = listed(day.bridge, "links")
    assert day.bridge("chat", "withdraw", link["code"]).out == "посилання клієнта ТОВ «Ромашка» більше не діє\n"
    assert listed(day.bridge, "links") == []
    assert day.bridge("chat", "withdraw", link["code"]).code == 2


def test_people_at_a_client_get_the_roles_that_staff_say(day: Day) -> None:
    day.opens_the_link()
    day.tick("2026-11-30T10:07")
    [who] = listed(day.bridge, "people")
    assert (who["roles"], who["open"]) == (["answers", "decides", "pays", "reads"], True)
    assert day.bridge("chat", "role", "ромашка", who["name"], "платить,decides").code == 0
    assert [one["roles"] for one in listed(day.bridge, "people")] == [["decides", "pays", "reads"]]


def test_somebody_reads_in_the_language_that_staff_say(day: Day) -> None:
    day.opens_the_link()
    day.tick("2026-11-30T10:07")
    [who] = listed(day.bridge, "people")
    assert day.bridge("chat", "language", "ромашка", who["name"], "en").code == 0
    assert [one["language"] for one in listed(day.bridge, "people")] == ["en"]


def test_a_role_that_there_is_not_is_named_with_those_there_are(day: Day) -> None:
    day.opens_the_link()
    day.tick("2026-11-30T10:07")
    refused = day.bridge("chat", "role", "ромашка", "501", "director")
    assert (refused.code, "погоджує, платить, відповідає" in refused.err) == (2, True)


def test_somebody_unknown_is_named_with_the_nearest_who_is(day: Day) -> None:
    day.lead()
    refused = day.bridge("chat", "role", "ромашка", "Хтось", "pays")
    assert (refused.code, refused.err.count("bridge chat list")) == (2, 1)


@pytest.fixture(autouse=True)
def database(bridge: Terminal) -> None:
    """The database of a bridge that has not read anything yet."""
    store = Store("sqlite:///var/bridge.db", "agency")
    store.upgrade()
    store.close()
