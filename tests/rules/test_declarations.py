"""Triggers and actions: each declared once, with an example that loads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.model.events import Actor, Event
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Plain
from rules.actions.action import ACTIONS, Action, Footprint, action, parse_action
from rules.actions.cards import Comment
from rules.actions.facts import Fill
from rules.flaws import Params
from rules.load import Context
from rules.maps import FormMap
from rules.names import Known
from rules.reader import read
from rules.registry import Registry, example_of
from rules.triggers import TRIGGERS, Trigger, parse_trigger
from tests.rules.loaded import BUTTON, rule

SAMPLE = Known(
    fields={
        key: FieldSpec(key, FieldType(kind), "bridge", choices)
        for key, kind, choices in (
            ("client.name", "text", None),
            ("client.state", "choice", ("active",)),
            ("client.manager", "person", None),
            ("client.last_activity", "moment", None),
            ("card.list", "choice", ("Архів",)),
            ("card.labels", "set", ("VIP",)),
        )
    },
    texts=["greeting"],
    roles=["client", "pm", "specialist", "head"],
    free=["why"],
)


@pytest.mark.parametrize("word", TRIGGERS.words())
def test_the_example_of_every_trigger_loads(word: str) -> None:
    cls = TRIGGERS.get(word)
    assert cls is not None
    made = parse_trigger(read("example", example_of(cls).encode()).data, SAMPLE)
    assert isinstance(made, cls)
    assert made.kind == word


@pytest.mark.parametrize("word", ACTIONS.words())
def test_the_example_of_every_action_loads_and_tells_what_it_changes(word: str) -> None:
    cls = ACTIONS.get(word)
    assert cls is not None
    made = parse_action(read("example", example_of(cls).encode()).data, SAMPLE)
    assert isinstance(made, cls)
    assert made.verb == word
    assert set(made.footprint.writes) <= {*SAMPLE.fields, "card.name", "checks.launch", "checks.second"}


def test_a_word_cannot_be_declared_twice() -> None:
    registry: Registry[object] = Registry("thing")
    registry.declare("a")(type("A", (), {"__doc__": "Does.\n\nExample:\n    a: 1\n"}))
    with pytest.raises(ValueError, match="declared twice"):
        registry.declare("a")(type("B", (), {"__doc__": "Does.\n\nExample:\n    a: 1\n"}))


def test_an_element_that_nobody_explained_cannot_be_declared() -> None:
    registry: Registry[object] = Registry("thing")
    with pytest.raises(ValueError, match="no docstring"):
        registry.declare("a")(type("A", (), {}))


def test_an_element_without_an_example_cannot_be_declared() -> None:
    registry: Registry[object] = Registry("thing")
    with pytest.raises(ValueError, match="no example"):
        registry.declare("a")(type("A", (), {"__doc__": "Does."}))


def test_an_element_with_a_key_that_nobody_explained_cannot_be_declared() -> None:
    class Dark(Params):
        """Does.

        Example:
            dark: 1
        """

        dark: int

    registry: Registry[object] = Registry("thing")
    with pytest.raises(ValueError, match="does not say what dark is"):
        registry.declare("dark")(Dark)


def test_an_action_that_does_not_tell_what_it_changes_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="does not say what it changes"):
        action("vanish")(type("Vanish", (Action,), {"__doc__": "Goes.", "__module__": __name__}))


def test_an_action_that_does_not_tell_what_it_is_about_cannot_be_made() -> None:
    class Nameless(Action):
        """Goes."""

        @property
        def footprint(self) -> Footprint:
            return Footprint()

    with pytest.raises(TypeError, match="content"):
        Nameless()  # type: ignore[abstract]


def event(kind: str, **data: Plain) -> Event:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    return Event("e", kind, moment, moment, Actor(), "test", data=data)


@pytest.mark.parametrize(
    ("written", "happened", "expected"),
    [
        ({"card.moved": {"to": "Архів"}}, event("card.moved", to="Архів"), True),
        ({"card.moved": {"to": "Архів"}}, event("card.moved", to="Запуск"), False),
        ({"card.moved": {"from": "Архів"}}, event("card.moved", to="Запуск", **{"from": "Архів"}), True),
        ({"label.added": "VIP"}, event("label.added", label="VIP"), True),
        ({"label.added": "VIP"}, event("label.removed", label="VIP"), False),
        ({"command": "/бриф"}, event("command", command="/Бриф", text="/Бриф зараз"), True),
        ({"button": "go"}, event("button", button="go"), True),
        ({"deal.created": "planfix"}, event("deal.created", origin="trello"), False),
        ({"form.answered": "brief"}, event("form.answered", form="brief"), True),
        ({"form.answered": "brief"}, event("form.answered", form="anketa"), False),
        ({"form.answered": "brief"}, event("form.answered", form="report"), False),
        ({"field.changed": "client.name"}, event("field.changed", field="client.name"), True),
        ({"delivered": "greeting"}, event("delivered", template="greeting"), True),
        ({"undelivered": "greeting"}, event("delivered", template="greeting"), False),
        ({"bound": "telegram"}, event("bound", channel="telegram"), True),
        ({"approved": "greeting"}, event("approved", what="greeting"), True),
        ({"comment.added": {"contains": "терміново"}}, event("comment.added", text="Це Терміново!"), True),
        ({"becomes": {"client.name": "a"}}, event("becomes"), False),
        ("message", event("message", text="привіт"), True),
    ],
)
def test_a_trigger_knows_its_event(written: object, happened: Event, expected: bool) -> None:
    assert parse_trigger(written, SAMPLE).matches(happened) is expected


def test_only_triggers_about_the_bridges_own_work_hear_it_by_themselves() -> None:
    hearing = {word for word in TRIGGERS.words() if _class(word).hears_own}
    assert hearing == {"card.moved", "becomes", "delivered", "undelivered", "document.ready", "source.blind"}


def _class(word: str) -> type[Trigger]:
    cls = TRIGGERS.get(word)
    assert cls is not None
    return cls


def test_fill_writes_the_fields_of_its_map() -> None:
    maps = {"m": FormMap("m", "brief", {"Сайт": "client.site"})}
    made = rule(
        "    when: {form.answered: brief}\n    per: client\n    then: [{fill: {from: form, map: m}}]\n",
        Context(maps=maps),
    )
    assert isinstance(made.then[0], Fill)
    assert made.then[0].footprint.writes == {"client.site": "?"}


def test_a_comment_is_words_of_its_own_or_a_text_of_the_set() -> None:
    own, text = rule(
        f"{BUTTON}    then: [{{comment: 'Так: {{{{ client.name }}}}'}}, "
        "{comment: {template: lacking, gate: start}}]\n"
    ).then
    assert isinstance(own, Comment)
    assert own.text is not None
    assert own.text.render({"client": {"name": "Зерно"}}, "plain") == "Так: Зерно"
    assert (text.text, text.template, text.gate) == (None, "lacking", "start")
