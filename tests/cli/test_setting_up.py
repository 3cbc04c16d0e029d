"""`bridge init`: from two empty accounts to a pack that works, asking first and making nothing twice."""

from __future__ import annotations

import shutil
from io import StringIO
from typing import Any, cast

import pytest

from sandbox import Running, Sandbox, planfix_world
from sandbox.faults import Fault
from sandbox.planfix.model import Template
from tests.cli.conftest import Day, Terminal
from tests.story.empty_accounts import emptied

MADE = 8 + 4 + 2 + 1 + 8 + 5
"""Lists, labels, fields and the board of the pack; its fields of deals and contacts in Planfix."""


@pytest.fixture
def empty(bridge: Terminal, served: Running) -> Sandbox:
    return emptied(served.sandbox)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the person at the terminal types."""
    return lambda text: monkeypatch.setattr("sys.stdin", StringIO(text))


def plain(bridge: Terminal, *words: str) -> dict[str, Any]:
    return cast("dict[str, Any]", bridge("init", "--json", *words).json)


def writes(sandbox: Sandbox) -> int:
    return sum(len(sandbox.journal.writes(name)) for name in ("trello", "planfix"))


def test_without_tokens_it_says_where_to_get_them_and_what_they_must_be_allowed(bare: Terminal) -> None:
    said = bare("init", "--language", "en")
    assert (said.code, said.err) == (1, "")
    for told in ("https://trello.com/power-ups/admin", "scope=read,write", "custom_field_add", "task_update"):
        assert told in said.out
    assert f"write each into {bare.folder / '.env'} as a line NAME=value" in said.out


def test_one_agency_of_several_is_told_its_own_file(bare: Terminal) -> None:
    (bare.folder / "config").rename(bare.folder / "agency")
    bare.set(WORKSPACES="agency")
    said = bare("init", "--language", "en")
    assert f"write each into {bare.folder / 'agency' / '.env'} as a line NAME=value" in said.out


def test_a_system_without_token_does_not_keep_the_other_from_being_set_up(bridge: Terminal, empty: Sandbox) -> None:
    bridge.unset("PLANFIX__TOKEN")
    systems = {one["system"]: one for one in plain(bridge, "--yes")["systems"]}
    assert [one["code"] for one in systems["planfix"]["not_connected"]] == ["missing-credential"]
    assert len(systems["trello"]["created"]) == 8 + 4 + 2 + 1


def test_it_shows_what_it_would_do_and_does_nothing_without_a_yes(bridge: Terminal, empty: Sandbox, typed: Any) -> None:
    typed("no\n")
    said = bridge("init", "--language", "en")
    assert 'would create:\n    board "Клієнти"\n    list "Ліди" on board "Клієнти"\n' in said.out
    assert "would use:\n    task templates: Продаж\n" in said.out
    assert (said.code, writes(empty)) == (1, 0)
    assert said.out.endswith("nothing was created\n")


def test_for_a_program_without_yes_it_only_tells(bridge: Terminal, empty: Sandbox) -> None:
    systems = plain(bridge)["systems"]
    assert sum(len(one["left"]) for one in systems) == MADE
    assert writes(empty) == 0


def test_an_empty_account_is_ready_after_one_yes(bridge: Terminal, empty: Sandbox, typed: Any) -> None:
    typed("так\n")
    said = bridge("init")
    assert said.out.count("створено: ") == MADE
    assert "помилка" not in said.err
    assert "person-not-on-board" not in said.out


def test_the_second_time_everything_is_there_and_nothing_is_made(bridge: Terminal, empty: Sandbox) -> None:
    bridge("init", "--yes")
    before = writes(empty)
    again = plain(bridge, "--yes")
    assert writes(empty) == before == MADE
    assert {step["does"] for one in again["systems"] for step in one["steps"]} <= {"use", "later", "by_hand"}


def test_the_story_of_the_pack_begins_on_what_was_made(bridge: Terminal, empty: Sandbox, day: Day) -> None:
    assert bridge("init", "--yes", "--language", "en").code in (0, 1)
    day.lead()
    [board] = empty.trello.store.boards.values()
    [card] = board.cards.values()
    assert board.lists[card.list_id].name == "Ліди"


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_lost_answer_is_asked_again_and_nothing_is_made_twice(bridge: Terminal, empty: Sandbox, kind: Any) -> None:
    for service, path in (("trello", "/lists"), ("planfix", "/customfield/contact/")):
        empty.faults.add(Fault(service, kind, method="POST", path=path))
    answer = plain(bridge, "--yes")
    assert [len(one["left"]) for one in answer["systems"]] == [0, 0]
    [board] = empty.trello.store.boards.values()
    assert sorted(one.name for one in board.lists.values()) == sorted({one.name for one in board.lists.values()})
    assert len(empty.planfix.store.custom_fields) == 8 + 5


def test_where_one_thing_cannot_be_made_the_rest_is_told_and_the_next_run_goes_on(
    bridge: Terminal, empty: Sandbox
) -> None:
    empty.faults.add(Fault("trello", "status", method="POST", path="/customFields$", status=403, message="no plan"))
    said = bridge("init", "--yes", "--language", "en")
    assert said.code == 1
    assert 'not created: custom field "Сайт" (text) on board "Клієнти": POST customFields: no plan' in said.err
    assert "set keep_facts: checklist" in said.err
    assert "Trello: 13 created, 2 left; run `bridge init` again" in said.err
    assert len(empty.planfix.store.custom_fields) == 8 + 5
    assert [len(one["created"]) for one in plain(bridge, "--yes")["systems"]] == [2, 0]


def test_a_template_that_is_called_otherwise_is_chosen_and_written_down_with_the_comments_kept(
    bridge: Terminal, empty: Sandbox, typed: Any
) -> None:
    empty.planfix.store.templates[11] = Template(11, "Угода", "task", process_id=1)
    typed("1\nyes\n")
    said = bridge("init", "--language", "en")
    text = (bridge.folder / "config" / "bridge.yaml").read_text(encoding="utf-8")
    assert 'deal_templates: ["Угода"]        # tasks made from these templates are deals' in text
    assert "would use:\n    task templates: Угода\n" in said.out
    assert said.out.count("created: ") == MADE


def test_a_colleague_who_is_called_otherwise_is_chosen_among_the_members(
    bridge: Terminal, day: Day, typed: Any
) -> None:
    bridge.edit("people.yaml", "trello: iryna", "trello: irina")
    typed("1\n")
    said = bridge("init", "--language", "en")
    assert "1  iryna\n" in said.err
    assert 'trello: "iryna"' in (bridge.folder / "config" / "people.yaml").read_text(encoding="utf-8")
    assert said.out.endswith("all is well\n")


def test_a_list_and_a_label_that_are_called_nearly_so_are_not_made_again_but_renamed_by_a_person(
    bridge: Terminal, day: Day, served: Running, typed: Any
) -> None:
    [board] = [one for one in served.sandbox.trello.store.boards.values() if one.name == "Клієнти"]
    for at_list in board.lists.values():
        at_list.name = "Договори" if at_list.name == "Договір" else at_list.name
    for label in board.labels.values():
        label.name = "терміново!" if label.name == "Терміново" else label.name
    typed("1\n1\nyes\n")
    said = bridge("init", "--language", "en")
    assert 'rename "Договори" in Trello to "Договір", or write "Договори" into fields.yaml and the rules' in said.out
    assert 'label "Терміново" on board "Клієнти": rename "терміново!"' in said.out
    assert ("created: " in said.out, writes(served.sandbox)) == (False, 0)


def test_what_is_there_is_told_kind_by_kind_and_the_missing_address_once(bridge: Terminal, day: Day) -> None:
    said = bridge("init", "--language", "en")
    assert "  would use:\n    boards: Клієнти\n    lists: Ліди, Договір, " in said.out
    assert "\n    labels: Надіслати бриф, " in said.out
    assert (said.out + said.err).count("BRIDGE_PUBLIC_URL") == 1


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        ("uk", "Не знайдено: шаблон задачі «Продаж». Може, щось із цього?\n"),
        ("ru", "Не найдено: шаблон задачи «Продаж». Может, что-то из этого?\n"),
        ("en", 'task template "Продаж" is not there. Is it one of these?\n'),
    ],
)
def test_it_asks_in_words_that_fit_whatever_is_missing(
    bridge: Terminal, empty: Sandbox, typed: Any, language: str, asked: str
) -> None:
    empty.planfix.store.templates[11] = Template(11, "Угода", "task", process_id=1)
    typed("\nno\n")
    assert asked in bridge("init", "--language", language).err


def test_a_token_that_may_make_no_fields_is_told_the_scopes(bridge: Terminal, empty: Sandbox) -> None:
    token = empty.planfix.store.tokens[planfix_world.TOKEN]
    token.scopes = frozenset({"task_readonly", "contact_readonly", "custom_field_readonly"})
    said = bridge("init", "--yes", "--language", "en")
    assert 'not created: task field "Проєкт" (line): POST /customfield/task/: Scope denied' in said.err
    assert "Planfix: 0 created, 13 left" in said.err


def test_a_refused_token_is_told_and_nothing_is_asked(bridge: Terminal, empty: Sandbox) -> None:
    bridge.set(PLANFIX__TOKEN="wrong")
    planfix = plain(bridge)["systems"][1]
    assert [one["code"] for one in planfix["access"]] == ["planfix-refused"]
    assert planfix["steps"] == []


def test_a_token_that_may_only_read_is_told_before_anything_is_tried(bridge: Terminal, empty: Sandbox) -> None:
    for token in empty.trello.store.tokens.values():
        token.may_write = False
    trello = plain(bridge, "--yes")["systems"][0]
    assert [one["code"] for one in trello["access"]] == ["token-read-only"]
    assert (trello["steps"], trello["error"]) == ([], None)


@pytest.mark.parametrize(
    ("language", "title"), [("uk", "буде створено:"), ("ru", "будет создано:"), ("en", "would create:")]
)
def test_it_speaks_the_readers_language(
    bridge: Terminal, empty: Sandbox, typed: Any, language: str, title: str
) -> None:
    typed("")
    assert title in bridge("init", "--language", language).out


def test_files_with_mistakes_are_mended_first(bridge: Terminal, empty: Sandbox) -> None:
    bridge.edit("fields.yaml", "type: money", "type: mony")
    said = bridge("init", "--yes", "--language", "en")
    assert said.code == 1
    assert said.err.endswith("nothing was started\n")
    assert writes(empty) == 0


def test_an_agency_without_both_systems_has_nothing_to_set_up(bare: Terminal) -> None:
    config = bare.folder / "config"
    for folder in ("rules", "messages", "checklists"):
        shutil.rmtree(config / folder)
    (config / "forms.yaml").unlink()
    for name, text in (("bridge", "workspace: small"), ("fields", "fields: {}"), ("people", "people: {}")):
        (config / f"{name}.yaml").write_text(f"{text}\n", encoding="utf-8")
    said = bare("init", "--language", "en")
    assert said.out.startswith("neither Trello nor Planfix is used")
    assert said.out.endswith("all is well\n")
