"""Who at a client reads what: whoever is there for it, else the main person, and nobody who only reads is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.model.correspondents import (
    EVERY_ROLE,
    Correspondent,
    Role,
    also_read_by,
    may_decide,
    parse_correspondent,
    plain_correspondent,
    roles_with,
    written_to,
)
from bridge.model.records import Ref

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def somebody(chat: str, role: Role | None = None) -> Correspondent:
    return Correspondent(Ref("telegram", "bot", "chat", chat), roles=roles_with(role) if role else EVERY_ROLE)


MAIN = somebody("1")
OWNER, ACCOUNTANT, READER = somebody("2", Role.DECIDES), somebody("3", Role.PAYS), somebody("4", Role.READS)
ALL = (READER, ACCOUNTANT, OWNER, MAIN)


@pytest.mark.parametrize("purpose", list(Role))
def test_one_person_alone_reads_everything(purpose: Role) -> None:
    assert written_to(purpose, [MAIN]) is MAIN


def test_what_is_for_a_role_goes_to_whoever_is_there_for_it() -> None:
    assert [written_to(one, ALL) for one in (Role.DECIDES, Role.PAYS)] == [OWNER, ACCOUNTANT]


def test_what_nobody_is_there_for_goes_to_the_main_person() -> None:
    assert [written_to(one, ALL) for one in (Role.ANSWERS, Role.READS)] == [MAIN, MAIN]


def test_of_two_main_people_the_newer_one_is_written_to() -> None:
    assert written_to(Role.ANSWERS, [somebody("9"), MAIN]) == somebody("9")


@pytest.mark.parametrize("gone", [{"is_open": False}, {"stopped_at": NOON}])
def test_who_takes_no_messages_leaves_them_to_the_next(gone: dict[str, object]) -> None:
    assert written_to(Role.DECIDES, [replace(MAIN, **gone), OWNER]) is OWNER  # type: ignore[arg-type]


def test_nothing_is_asked_of_those_who_only_read() -> None:
    assert written_to(Role.ANSWERS, [READER]) is None
    assert written_to(Role.READS, [READER]) is READER


def test_news_is_read_by_all_who_are_to_read_and_anything_else_by_one() -> None:
    quiet = replace(OWNER, stopped_at=NOON)
    assert also_read_by(Role.READS, MAIN, (READER, quiet, MAIN)) == [READER]
    assert also_read_by(Role.PAYS, MAIN, ALL) == []


def test_who_decides_decides_and_who_only_pays_does_not() -> None:
    assert may_decide(OWNER.chat, [OWNER, ACCOUNTANT])
    assert not may_decide(ACCOUNTANT.chat, [OWNER, ACCOUNTANT])


def test_who_takes_the_place_of_somebody_who_left_decides() -> None:
    assert may_decide(ACCOUNTANT.chat, [replace(OWNER, is_open=False), ACCOUNTANT, READER])
    assert not may_decide(READER.chat, [replace(OWNER, is_open=False), ACCOUNTANT, READER])


def test_what_is_kept_of_somebody_reads_the_same_again() -> None:
    kept = replace(OWNER, stopped_at=NOON, language="en", name="Ірина", bound_at=NOON)
    again = parse_correspondent(kept.chat, "Ірина", plain_correspondent(kept), is_open=True, bound_at=NOON)
    assert again == kept
