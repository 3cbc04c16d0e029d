"""What the pack names beside what connected accounts have: each difference at its place in the files."""

from __future__ import annotations

import pytest

from bridge.model.fields import FieldType
from bridge.model.findings import Level
from bridge.model.setting_up import FieldThere
from bridge.wiring.live_checks import LiveNames
from bridge.words import spoken
from tests.config.conftest import Copy

TEXTS = frozenset({FieldType.TEXT, FieldType.CHOICE})


def with_field(place: str, *, reads: frozenset[FieldType] = TEXTS, options: tuple[str, ...] | None = None) -> LiveNames:
    return LiveNames(fields=((place, FieldThere("Поле", "checkbox", reads, reads - {FieldType.CHOICE}, options)),))


def test_a_field_that_holds_the_fact_is_no_finding(copy: Copy) -> None:
    assert copy.findings(with_field("trello.card.site")) == []


def test_a_field_of_another_type_is_told_at_the_type_of_the_fact(copy: Copy) -> None:
    finding = copy.only(with_field("planfix.task.project", reads=frozenset({FieldType.FLAG})))
    assert (finding.code, finding.level) == ("unfit-field", Level.ERROR)
    assert finding.where.line == copy.place("fields.yaml", "  deal.project:").line + 1
    assert "planfix.task.project" in finding.what


def test_a_field_that_nobody_can_write_is_told_with_the_reason(copy: Copy) -> None:
    there = FieldThere("Поле", "calculated field", TEXTS, frozenset(), why_not="Planfix calculates it")
    finding = copy.only(LiveNames(fields=(("planfix.contact.site", there),)))
    assert (finding.code, finding.level) == ("unfit-field", Level.ERROR)
    assert finding.where.line == copy.place("fields.yaml", "  client.site:").line
    assert finding.what.endswith("cannot be written: Planfix calculates it")


@pytest.mark.parametrize(("language", "said"), [("uk", "поле типу «прапорець»"), ("ru", "поле типа «флажок»")])
def test_the_type_is_said_in_the_readers_language(copy: Copy, language: str, said: str) -> None:
    live = with_field("planfix.task.sum", reads=frozenset())
    there = LiveNames(fields=tuple((place, _in_words(one)) for place, one in live.fields))
    assert said in spoken(copy.only(there), language).what


def _in_words(there: FieldThere) -> FieldThere:
    from connectors.trello.foreign import CustomField
    from connectors.trello.setup import field_there

    kind = field_there(CustomField(id="1", type="checkbox")).kind
    return FieldThere(there.name, kind, there.reads, there.writes)


def test_a_value_that_a_list_lacks_is_told_at_the_value(copy: Copy) -> None:
    finding = copy.only(with_field("planfix.task.work_type", options=("seo", "ads", "smm", "sites")))
    assert (finding.code, finding.level) == ("missing-option", Level.WARNING)
    assert finding.where == copy.place("fields.yaml", "site]\n    words:\n      seo")
    assert finding.advice == 'did you mean "sites"?'


def test_a_value_is_looked_for_as_that_place_writes_it(copy: Copy) -> None:
    copy.change(
        "fields.yaml", "from: planfix.task.work_type", "from: planfix.task.work_type\n    also: [trello.card.service]"
    )
    copy.change(
        "fields.yaml",
        "also: [trello.card.service]",
        "also: [trello.card.service]\n    sync: to\n    as: {trello: {seo: SEO}}",
    )
    live = with_field("trello.card.service", reads=TEXTS, options=("seo", "ads", "smm", "site"))
    there = LiveNames(
        fields=tuple((place, FieldThere("Поле", "text", TEXTS, TEXTS, one.options)) for place, one in live.fields)
    )
    found = [finding for finding in copy.findings(there) if finding.code == "missing-option"]
    assert [finding.what.partition("no value ")[2] for finding in found] == ['"SEO"']
    assert found[0].level is Level.ERROR


def test_a_person_on_no_board_is_told_at_their_id(copy: Copy) -> None:
    finding = copy.only(LiveNames(members=frozenset({"olena", "iryna"})))
    assert (finding.code, finding.level) == ("person-not-on-board", Level.WARNING)
    assert finding.where == copy.place("people.yaml", 'andrii, planfix: "user:2"')


def test_a_misspelt_name_of_a_member_is_advised(copy: Copy) -> None:
    finding = copy.only(LiveNames(members=frozenset({"olena", "iryna", "andriy"})))
    assert finding.advice.startswith('did you mean "andriy"? Or invite them')
    assert spoken(finding, "uk").advice.startswith("може, «andriy»?")


def test_a_status_that_deals_do_not_have_is_told_where_it_is_declared(copy: Copy) -> None:
    field = "  deal.stage:\n    type: choice\n    of: [Нова, Оплачено]\n    title: {uk: Етап, ru: Этап, en: Stage}\n"
    copy.change("fields.yaml", "  deal.sum:", f"{field}    from: planfix.task.status\n  deal.sum:")
    finding = copy.only(LiveNames(statuses=frozenset({"Нова", "В роботі"})))
    assert (finding.code, finding.where) == ("unknown-status", copy.place("fields.yaml", "Оплачено"))


def test_a_label_that_no_board_has_is_told_where_it_is_declared_and_where_rules_name_it(copy: Copy) -> None:
    lacking = LiveNames(labels=frozenset({"Терміново", "Кампанія", "VIP"}))
    found = copy.findings(lacking)
    assert {finding.code for finding in found} == {"unknown-label"}
    assert found[0].where == copy.place("fields.yaml", "Надіслати бриф, Терміново")
    assert {one.where.file.rpartition("/")[2] for one in found[1:]} == {"30-brief.yaml"}


@pytest.mark.parametrize(
    ("kind", "name", "file", "line"),
    [
        ("list", "Договір", "fields.yaml", "Договір"),
        ("label", "VIP", "fields.yaml", "VIP"),
        ("board", "Клієнти", "bridge.yaml", "Клієнти"),
    ],
)
def test_what_was_renamed_is_told_once_where_the_files_name_it_with_its_new_name(
    copy: Copy, kind: str, name: str, file: str, line: str
) -> None:
    finding = copy.only(LiveNames(renamed=((kind, "Клієнти", name, "Work"),) * 2))
    assert (finding.code, finding.level) == (f"renamed-{kind}", Level.WARNING)
    assert finding.where == copy.place(file, line)
    assert f'{kind} "{name}" is now called "Work"' in finding.what
    assert "«Work»" in spoken(finding, "uk").advice


def test_lists_that_may_be_meant_are_offered_once_each(copy: Copy) -> None:
    lists = frozenset({"Лiди", "Клієнти / Лiди", "Договір", "Клієнти / Договір"})
    advice = [one.advice for one in copy.findings(LiveNames(lists=lists)) if one.code == "unknown-list"]
    assert any("Договір" in one for one in advice)
    assert not any(" / " in one for one in advice)
