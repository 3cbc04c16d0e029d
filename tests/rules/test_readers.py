"""`to: {each: manager}`: a message for everybody who has a role, and what may stand there."""

from __future__ import annotations

import pytest

from bridge.model.people import Directory, Person
from rules.load import load_rules
from rules.plan import Office, plan
from rules.telling import Teller
from tests.rules.planned import AROUND, NOW, event, ruleset, sent, snapshot

EACH = """\
  - id: rally
    name: Збір
    when: {command: /збір}
    per: deal
    then: [{send: hello, to: {each: manager}}]
"""
STAFF = {
    "olena": Person("olena", "Олена", ("manager",)),
    "taras": Person("taras", "Тарас", ("pm", "manager"), language="en"),
    "maria": Person("maria", "Марія", ("head",)),
}


def test_everybody_with_the_role_reads_it_in_their_own_language() -> None:
    rules = ruleset(EACH)
    before = snapshot(rules, events=[event("command", command="/збір")])
    made = plan(before, rules, Office(Directory(STAFF)), NOW)
    assert sent(made) == [("person:olena", "Вітаю, Зерно"), ("person:taras", "Hello, Зерно")]
    assert len({one.key for one in made.wanted}) == 2


def test_people_read_of_the_rule_that_everybody_is_written_to() -> None:
    rules = ruleset(EACH)
    assert Teller(rules, "en").action(rules.rules[0].then[0])[0].endswith("to: everybody who is manager")


@pytest.mark.parametrize(
    ("to", "code"),
    [("{each: manger}", "unknown-role"), ("{each: client}", "unknown-role"), ("{all: manager}", "wrong-type")],
)
def test_who_each_of_nobody_is_gets_told(to: str, code: str) -> None:
    rules = "rules:\n" + EACH.replace("{each: manager}", to)
    loaded = load_rules([("a.yaml", AROUND.encode()), ("b.yaml", rules.encode())])
    assert code in [found.code for found in loaded.findings]
