"""Two places of one fact: what changed goes over, what clashes is kept, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.merging import NOTHING, Side, Verdict, Why, merge

SITE = FieldSpec("client.site", FieldType.TEXT, "planfix.contact.site", also=("trello.card.site",), sync="both")
ONE_WAY = replace(SITE, sync="to")
TAGS = replace(SITE, key="client.tags", type=FieldType.SET)
PLACES = ("planfix.contact.site", "trello.card.site", "planfix.task.site")


def sides(*held: Any) -> list[Side]:
    """What each place holds, as (value, what it agreed upon) or the value of a place that never agreed."""
    made = []
    for place, one in zip(PLACES, held, strict=False):
        value, base = (one[0], (one[1],)) if isinstance(one, tuple) else (one, ())
        made.append(Side(place, f"{place}:1", value, base))
    return made


def outcome(spec: FieldSpec, *held: Any) -> tuple[dict[str, Any], str]:
    """What is written where, and why something was not taken over."""
    verdict = merge(spec, sides(*held))
    written = {side.place: verdict.value for side in verdict.write}
    return written, verdict.clash.why.value if verdict.clash else ""


OWNER, CARD, TASK = PLACES


@pytest.mark.parametrize(
    ("spec", "held", "expected"),
    [
        pytest.param(SITE, (("a", "a"), ("a", "a")), ({}, ""), id="nothing changed"),
        pytest.param(SITE, (("b", "a"), ("a", "a")), ({CARD: "b"}, ""), id="the owner's change goes over"),
        pytest.param(SITE, (("a", "a"), ("b", "a")), ({OWNER: "b"}, ""), id="so does a change elsewhere"),
        pytest.param(SITE, (("b", "a"), ("b", "a")), ({}, ""), id="both changed to the same"),
        pytest.param(SITE, (("b", "a"), ("c", "a")), ({CARD: "b"}, "owner"), id="both changed: the owner wins"),
        pytest.param(SITE, ((None, "a"), ("a", "a")), ({CARD: None}, ""), id="emptied is a change"),
        pytest.param(SITE, ((None, "a"), ("c", "a")), ({CARD: None}, "owner"), id="emptied against changed"),
        pytest.param(ONE_WAY, (("b", "a"), ("a", "a")), ({CARD: "b"}, ""), id="one way: the owner's change"),
        pytest.param(ONE_WAY, (("a", "a"), ("b", "a")), ({CARD: "a"}, "read_only"), id="one way: taken back, kept"),
        pytest.param(ONE_WAY, (("b", "a"), ("c", "a")), ({CARD: "b"}, "owner"), id="one way: both changed"),
        pytest.param(SITE, ("a", "a"), ({}, ""), id="first sight: equal"),
        pytest.param(SITE, ("a", None), ({CARD: "a"}, ""), id="first sight: the card is empty"),
        pytest.param(SITE, (None, "b"), ({OWNER: "b"}, ""), id="first sight: the owner is empty"),
        pytest.param(ONE_WAY, (None, "b"), ({}, "first_sight"), id="first sight, one way: nothing is blanked"),
        pytest.param(SITE, ("a", "b"), ({}, "first_sight"), id="first sight: never a guess"),
        pytest.param(SITE, (("a", "a"), "b"), ({}, "first_sight"), id="only one of them ever agreed"),
        pytest.param(SITE, (("b", "a"), ("a", "a"), None), ({CARD: "b", TASK: "b"}, ""), id="an empty one joins"),
        pytest.param(
            SITE, (("b", "a"), ("a", "a"), "c"), ({CARD: "b"}, "first_sight"), id="a filled one is asked about"
        ),
        pytest.param(
            SITE, (("a", "a"), ("b", "a"), ("c", "a")), ({OWNER: "b", TASK: "b"}, "owner"), id="the earlier wins"
        ),
        pytest.param(SITE, (("c", "c"), ("a", "a")), ({CARD: "c"}, ""), id="one was away while the others went on"),
    ],
)
def test_what_becomes_of_a_fact(spec: FieldSpec, held: tuple[Any, ...], expected: tuple[dict[str, Any], str]) -> None:
    assert outcome(spec, *held) == expected


def test_a_place_alone_agrees_with_nobody() -> None:
    assert merge(SITE, sides(("b", "a"))) == NOTHING


def test_a_value_that_the_fact_cannot_have_goes_nowhere() -> None:
    kind = replace(SITE, type=FieldType.CHOICE, choices=("seo", "ads"))
    assert outcome(kind, ("seo", "ads"), ("else", "ads")) == ({}, "no_such_value")


def test_a_change_where_the_newest_agreement_had_not_arrived_loses_to_it_and_is_kept() -> None:
    """Of three places one was not reached yet, and somebody writes there without having seen what the others hold."""
    assert outcome(SITE, ("new", "new"), ("hand", "old")) == ({CARD: "new"}, "owner")


def test_elements_of_a_set_are_added_and_taken_away_on_both_sides_at_once() -> None:
    taken_and_added = (["a", "c"], ["a", "b"]), (["a", "b", "d"], ["a", "b"])
    assert outcome(TAGS, *taken_and_added) == ({OWNER: ["a", "c", "d"]}, "")  # and from there to the card
    assert outcome(TAGS, (["a", "c"], ["a"]), (["a"], ["a"])) == ({CARD: ["a", "c"]}, "")


@pytest.mark.parametrize(
    ("owner", "card", "left"),
    [
        pytest.param((["a"], ["a", "b"]), (["a", "b"], ["a"]), ["a"], id="taken away at the owner"),
        pytest.param((["a", "b"], ["a"]), (["a"], ["a", "b"]), ["a", "b"], id="put in at the owner"),
    ],
)
def test_an_element_put_in_where_the_others_removal_had_not_arrived_is_a_conflict(
    owner: Any, card: Any, left: list[str]
) -> None:
    verdict = merge(TAGS, sides(owner, card))
    assert (verdict.value, [side.place for side in verdict.write]) == (left, [CARD])
    assert verdict.clash is not None
    assert (verdict.clash.kept, verdict.clash.lost) == (sides(owner)[0], (sides(owner, card)[1],))


def test_a_flag_that_nobody_set_is_no_answer_to_one_that_somebody_did() -> None:
    flag = replace(SITE, type=FieldType.FLAG)
    assert outcome(flag, False, True) == ({OWNER: True}, "")


# -- what always holds -------------------------------------------------------------------------------------------------

VALUES = st.sampled_from([None, "a", "b", "c"])
SETS = st.sets(st.sampled_from("abcd"), max_size=4).map(lambda found: sorted(found) or None)


def held_by(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Side]]:
    """Two or three places, of which some agreed on one value and some never did."""
    one = st.tuples(values, st.booleans())
    return st.builds(
        lambda base, found: sides(*((value, base) if agreed else value for value, agreed in found)),
        values,
        st.lists(one, min_size=2, max_size=3),
    )


def carried_out(verdict: Verdict, held: list[Side]) -> list[Side]:
    """The places after every write was confirmed, as the store remembers them."""
    moved = {side.ref for side in verdict.write}
    sure = {*moved, *(side.ref for side in verdict.agreed)} | (
        {verdict.source.ref} if moved and verdict.source else set()
    )
    return [
        replace(
            side,
            value=verdict.value if side.ref in moved else side.value,
            base=(verdict.value if side.ref in moved else side.value,) if side.ref in sure else side.base,
        )
        for side in held
    ]


SPECS = st.sampled_from([(SITE, VALUES), (ONE_WAY, VALUES), (TAGS, SETS), (replace(TAGS, sync="to"), SETS)])


@given(SPECS.flatmap(lambda both: st.tuples(st.just(both[0]), held_by(both[1]))))
def test_all_places_come_to_hold_the_same_unless_a_person_is_asked(given_: tuple[FieldSpec, list[Side]]) -> None:
    spec, held = given_
    asked = False
    for _round in range(4):
        verdict = merge(spec, held)
        asked = asked or bool(verdict.clash and verdict.clash.why is Why.FIRST_SIGHT)
        held = carried_out(verdict, held)
    assert asked or len({str(side.value) for side in held}) == 1
    last = merge(spec, held)
    assert not last.write
    assert not last.agreed


@given(SPECS.flatmap(lambda both: st.tuples(st.just(both[0]), held_by(both[1]))))
def test_no_value_that_somebody_wrote_goes_unseen(given_: tuple[FieldSpec, list[Side]]) -> None:
    """Of every place that is written over, its value was known to all already, or is kept as lost."""
    spec, held = given_
    verdict = merge(spec, held)
    kept = {side.ref for side in verdict.clash.lost} if verdict.clash else set()
    for side in verdict.write:
        fresh = not side.base or side.changed
        if fresh and side.value not in (None, False) and side.ref not in kept:
            assert spec.type is FieldType.SET
            new = set(side.value) - set((side.base[0] if side.base else None) or ())  # type: ignore[arg-type]
            assert new <= set(verdict.value or ())  # type: ignore[arg-type]


@given(SPECS.flatmap(lambda both: st.tuples(st.just(both[0]), held_by(both[1]))))
def test_one_way_never_writes_to_the_owner(given_: tuple[FieldSpec, list[Side]]) -> None:
    spec, held = given_
    written = {side.place for side in merge(replace(spec, sync="to"), held).write}
    assert OWNER not in written


@given(st.tuples(VALUES, VALUES, VALUES))
def test_the_owner_keeps_what_was_changed_there(values: tuple[Any, Any, Any]) -> None:
    base, owners, others = values
    verdict = merge(SITE, sides((owners, base), (others, base)))
    if owners != base:
        assert OWNER not in {side.place for side in verdict.write}
