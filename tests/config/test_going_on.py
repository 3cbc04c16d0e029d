"""A check goes on past a mistake: it tells all the others, and none that only follows from it."""

from __future__ import annotations

import pytest

from tests.config.conftest import PACK, Copy

FILES = sorted(path.relative_to(PACK).as_posix() for path in PACK.rglob("*.yaml") if path.parent.name != "templates")
SHAPED = ("bridge.yaml", "fields.yaml", "forms.yaml", "messages/buttons.yaml", "people.yaml")

MISTAKES = [
    ("bridge.yaml", "polls:", "pols:", "unknown-key"),
    ("fields.yaml", "type: flag", "type: flog", "bad-value"),
    ("forms.yaml", "/viewform", "/edit", "bad-link"),
    ("people.yaml", "name: Олена", "nmae: Олена", "unknown-key"),
    ("people.yaml", '"user:4"', '"4"', "bad-value"),
    ("messages/buttons.yaml", "ru: Дошло, ", "", "missing-key"),
    ("calendars/office.yaml", "25: closed", "25: closd", "bad-hours"),
    ("rules/10-lead.yaml", "send: lead.staff_new", "send: lead.staff_nwe", "unknown-template"),
    ("rules/30-brief.yaml", "after: 2wd", "after: 2 дні", "bad-length"),
    ("messages/staff.yaml", "{{ client.name|bold }}: the", "{{ client.nmae|bold }}: the", "unknown-field"),
]


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_cannot_be_read_is_the_only_thing_told(copy: Copy, file: str) -> None:
    path = copy.folder / file
    path.write_text(path.read_text(encoding="utf-8") + "\n]\n", encoding="utf-8")
    assert copy.only().code == "yaml-syntax"


@pytest.mark.parametrize("file", FILES)
def test_a_key_written_twice_is_the_only_thing_told(copy: Copy, file: str) -> None:
    path = copy.folder / file
    text = path.read_text(encoding="utf-8")
    section = next(line for line in text.splitlines() if line and line[0].isalpha() and not line.startswith("version"))
    path.write_text(f"{text}\n{section.partition(':')[0]}:\n", encoding="utf-8")
    assert copy.only().code == "duplicate-key"


@pytest.mark.parametrize("file", SHAPED)
def test_a_file_of_another_shape_is_the_only_thing_told(copy: Copy, file: str) -> None:
    (copy.folder / file).write_text("version: 7\n", encoding="utf-8")
    assert {finding.where.file for finding in copy.findings()} == {(copy.folder / file).as_posix()}


def test_mistakes_in_all_files_are_told_together(copy: Copy) -> None:
    for file, old, new, _code in MISTAKES:
        copy.change(file, old, new)
    found = {
        (finding.where.file.removeprefix(f"{copy.folder.as_posix()}/"), finding.code) for finding in copy.findings()
    }
    assert {(file, code) for file, _old, _new, code in MISTAKES} <= found


def test_each_mistake_of_all_files_is_told_once(copy: Copy) -> None:
    for file, old, new, _code in MISTAKES:
        copy.change(file, old, new)
    # Under `nmae:` the name itself is missing too.
    assert len(copy.findings()) == len(MISTAKES) + 1


def test_a_key_written_twice_hides_no_mistake_in_its_file(copy: Copy) -> None:
    copy.change("rules/30-brief.yaml", "per: deal", "per: deal\n    per: client")
    copy.change("rules/30-brief.yaml", "after: 2wd", "after: 2 дні")
    assert [finding.code for finding in copy.findings()] == ["duplicate-key", "bad-length"]


def test_a_section_written_twice_still_declares_its_names(copy: Copy) -> None:
    path = copy.folder / "messages" / "staff.yaml"
    text = path.read_text(encoding="utf-8").replace("\n  prepaid.staff:", "\ntemplates:\n  prepaid.staff:")
    path.write_text(text, encoding="utf-8")
    assert copy.only().code == "duplicate-key"


def test_a_section_that_is_misspelt_leaves_its_names_in_doubt(copy: Copy) -> None:
    copy.change("messages/staff.yaml", "templates:", "tempaltes:")
    assert copy.only().code == "unknown-key"


def test_an_unknown_field_in_a_rule_hides_no_sum_that_its_text_would_tell(copy: Copy) -> None:
    path = copy.folder / "rules" / "95-more.yaml"
    path.write_text(
        "templates: {bill: {uk: '{{ deal.sum }}', ru: Счёт, en: Bill}}\n"
        "rules: [{id: bill, when: {label.added: VIP}, if: {brief.sate: asked}, per: deal,\n"
        "  then: [{send: bill, to: client}]}]\n",
        encoding="utf-8",
    )
    assert sorted(finding.code for finding in copy.findings()) == ["commercial-field", "unknown-field"]


def test_an_unknown_field_in_one_language_hides_no_sum_in_another(copy: Copy) -> None:
    path = copy.folder / "rules" / "95-more.yaml"
    path.write_text(
        "templates: {bill: {uk: '{{ deal.sum }}', ru: '{{ deal.smu }}', en: Bill}}\n"
        "rules: [{id: bill, when: {label.added: VIP}, per: deal, then: [{send: bill, to: client}]}]\n",
        encoding="utf-8",
    )
    assert sorted(finding.code for finding in copy.findings()) == ["commercial-field", "unknown-field"]


def test_a_place_behind_a_flawed_action_is_the_one_in_the_file(copy: Copy) -> None:
    path = copy.folder / "rules" / "95-more.yaml"
    text = (
        "rules: [{id: bill, when: {label.added: VIP}, per: deal, then: [{mvoe: back}, {comment: '{{ deal.sum }}'}]}]\n"
    )
    path.write_text(text, encoding="utf-8")
    places = {finding.code: finding.where for finding in copy.findings()}
    assert places["commercial-field"] == copy.place("rules/95-more.yaml", "{comment:")
