"""Names for ever: the ids of steps and actions, and the hash of a set."""

from __future__ import annotations

import pytest

from bridge.model.fields import FieldSpec, FieldType
from rules.load import Context, load_rules
from rules.maps import FormMap
from tests.rules.loaded import AROUND, RULE, rule, ruleset


def ids(then: str) -> list[str]:
    return [one.id for one in rule(f"    when: {{button: go}}\n    per: deal\n    then: {then}\n").then]


def test_an_action_keeps_its_id_when_others_come_and_go() -> None:
    [alone] = ids("[{send: hello, to: client}]")
    assert ids("[{move: Запуск}, {label.add: VIP}, {send: hello, to: client}]")[2] == alone


def test_another_target_or_text_is_another_action() -> None:
    assert len(set(ids("[{send: hello, to: client}, {send: hello, to: pm}, {task: {title: А, for: pm}}]"))) == 3


def test_only_exact_twins_are_counted() -> None:
    first, second = ids("[{send: hello, to: pm}, {send: hello, to: pm}]")
    assert second == f"{first}#2"


def test_an_explicit_id_is_taken_as_it_is() -> None:
    assert ids("[{send: hello, to: pm, id: greet}]") == ["greet"]


def test_no_derived_id_has_a_colon() -> None:
    assert all(":" not in one for one in ids('[{task: {title: "Дзвінок: А", for: pm}}, {comment: "a: b"}]'))


def test_a_step_keeps_its_id_when_an_earlier_one_goes() -> None:
    body = "    when: {button: go}\n    per: deal\n    steps: [%s]\n"
    step = "{after: 3wd at 10:00, then: [{send: hello, to: pm}]}"
    both = rule(body % f"{{after: 2wd, then: [{{send: hello, to: pm}}]}}, {step}")
    alone = rule(body % step)
    assert both.steps[1].id == alone.steps[0].id
    assert both.steps[1].then[0].id == alone.steps[0].then[0].id
    assert both.steps[0].id != both.steps[1].id


def test_the_hash_names_the_meaning_and_not_the_writing() -> None:
    same = RULE.replace("when: {button: go}", "when:\n      button: 'go'   # натиснули")
    assert ruleset(RULE).hash == ruleset(same).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [("button: go", "button: stop"), ("to: client", "to: pm"), ("id: one", "id: two")],
)
def test_the_hash_changes_with_a_rule(old: str, new: str) -> None:
    assert ruleset(RULE).hash != ruleset(RULE.replace(old, new)).hash


@pytest.mark.parametrize(
    "context",
    [
        Context(tzdata="2026.6"),
        Context(fields={"client.a": FieldSpec("client.a", FieldType.TEXT, "bridge")}),
        Context(maps={"m": FormMap("m", "brief", {"Сайт": "client.site"})}),
    ],
)
def test_the_hash_changes_with_what_stands_around(context: Context) -> None:
    assert ruleset(RULE).hash != ruleset(RULE, context=context).hash


def test_the_hash_changes_with_calendar_and_texts() -> None:
    hashes = {ruleset(RULE).hash}
    for old, new in (("09:00-18:00", "09:00-17:00"), ("Hello", "Hi")):
        changed = load_rules([("a.yaml", AROUND.replace(old, new).encode()), ("b.yaml", RULE.encode())]).ruleset
        assert changed is not None
        hashes.add(changed.hash)
    assert len(hashes) == 3


@pytest.mark.parametrize(("length", "readable"), [(60, True), (61, False)])
def test_a_derived_id_is_readable_up_to_sixty_characters_and_hashed_beyond(length: int, readable: bool) -> None:
    words = "а" * (length - len("comment/"))
    [made] = ids(f'[{{comment: "{words}"}}]')
    assert (made == f"comment/{words}", len(made)) == (readable, 60 if readable else len("comment/") + 12)
