"""Answers that people accept or have asked again, one by one."""

from __future__ import annotations

import json

from bridge.model.judging import Judged, Verdict, read, written

FIRST = Judged().came({"Сайт": "a.test", "Тел": "1"}, "d1", "e1", {})


def test_each_new_answer_is_asked_about() -> None:
    assert FIRST.rows == {"Сайт": "a.test", "Тел": "1"}
    assert FIRST.verdict is Verdict.OPEN
    assert Judged().verdict is Verdict.NONE


def test_what_was_not_marked_is_accepted_and_the_rest_is_asked_again() -> None:
    judged = FIRST.toggled("Тел").toggled("Сайт").toggled("Тел")
    assert judged.chosen == ("Сайт",)
    settled = judged.settled(judged.chosen, "Андрій", "повну адресу")
    assert (settled.verdict, settled.again, settled.accepted) == (Verdict.AGAIN, ("Сайт",), {"Тел": "1"})
    assert settled.came({"Сайт": "a.test"}, "d2", "e2", {}).rows == {"Сайт": "a.test"}


def test_whoever_was_asked_again_and_left_it_empty_is_asked_about() -> None:
    assert FIRST.settled(["Сайт"], "Андрій").came({"Тел": "1"}, "d2", "e2", {}).rows == {"Сайт": ""}


def test_an_accepted_answer_counts_until_a_person_takes_another() -> None:
    accepted = FIRST.settled([], "Андрій")
    assert accepted.verdict is Verdict.ACCEPTED
    assert accepted.came({"Сайт": "a.test", "Тел": "1"}, "d2", "e2", {}) is accepted
    changed = accepted.came({"Тел": "1", "Сайт": "b.test"}, "d2", "e2", {})
    assert (changed.rows, changed.accepted["Сайт"]) == ({"Сайт": "b.test"}, "a.test")
    assert changed.settled([], "Марія").accepted["Сайт"] == "b.test"
    assert changed.settled(["Сайт"], "Марія").accepted["Сайт"] == "a.test"


def test_an_accepted_answer_that_the_client_took_away_is_asked_about() -> None:
    emptied = FIRST.settled([], "Андрій").came({"Тел": "1"}, "d2", "e2", {})
    assert emptied.rows == {"Сайт": ""}
    assert emptied.settled([], "Андрій").accepted == {"Тел": "1"}


def test_what_is_kept_is_read_as_it_was() -> None:
    judged = FIRST.toggled("Тел").came({"Сайт": "b.test"}, "d2", "e2", {"client.site": "b.test"})
    assert read(json.loads(json.dumps(written(judged)))) == judged
