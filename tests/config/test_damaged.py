"""A mistake in any file of the pack is one finding, at the place an admin has to go to, with what to write there."""

from __future__ import annotations

import pytest

from bridge.wiring.live_checks import LiveNames
from tests.config.conftest import Copy, Damage

LISTS = ("Ліди", "Договір", "Ініціалізація", "Виробництво", "Запуск", "Запущено", "Звіт та оплата", "Архів")
LABELS = ("Надіслати бриф", "Терміново", "Кампанія", "VIP")

DAMAGES = [
    # file, what stands there, what is written instead, words the place begins with, code, words of the finding
    ("bridge.yaml", "polls:", "pols:", "pols:", "unknown-key", 'did you mean "polls"?'),
    ("bridge.yaml", "zone: Europe/Kyiv\n\n", "zone: Europe/Kiyv\n\n", "Europe/Kiyv", "unknown-zone", '"Europe/Kyiv"'),
    ("bridge.yaml", "trello: 10", "trello: 0", "0, planfix", "bad-value", "0 is not allowed"),
    ("bridge.yaml", "boards: [Клієнти]", "boards: []", "[]  ", "bad-value", "the list is empty"),
    ("bridge.yaml", "send-brief: Над", "send-breif: Над", "send-breif", "unknown-button", 'did you mean "send-brief"?'),
    (
        "messages/buttons.yaml",
        "  again: ",
        f"  {'кнопка' * 5}: {{uk: Так, ru: Да, en: Yes}}\n  again: ",
        "кнопка",
        "bad-name",
        "has too long a name",
    ),
    ("people.yaml", "[accountant]", "[acountant]", "acountant", "unknown-role", '"accountant"?'),
    ("people.yaml", "language: uk", "language: uk\n    calendar: offise", "offise", "unknown-calendar", '"office"?'),
    (
        "people.yaml",
        "language: uk",
        "language: uk\n    absences: [{from: 2026-12-28, to: 2027-01-08, substitute: olena}]",
        "olena}",
        "unknown-person",
        '"olena" cannot stand in for olena',
    ),
    (
        "people.yaml",
        "language: uk",
        "language: uk\n    absences: [{from: 2026-12-28, to: 2026-12-08}]",
        "2026-12-08",
        "bad-day",
        "the leave ends on 2026-12-08, before it begins",
    ),
    (
        "fields.yaml",
        "  client.phone:",
        "  client.calendar: {type: choice, of: [ofice], title: {uk: а, ru: а, en: a}, from: planfix.contact.company}\n"
        "  client.phone:",
        "[ofice]",
        "unknown-calendar",
        'did you mean "office"?',
    ),
    ("people.yaml", '"user:4"', '"4"', '"4"', "bad-value", "is not allowed here"),
    ("forms.yaml", "client.audience", "client.audiense", "client.audiense", "unknown-field", '"client.audience"'),
    ("forms.yaml", "client.audience", "deal.project", "deal.project", "not-writable", "add write_to:"),
    ("people.yaml", "520000002", "520000001", '"520000001"}\n  iryna', "duplicate-id", "olena has the telegram id"),
    ("forms.yaml", "/viewform", "/edit", "https://docs", "bad-link", "no address of a form"),
    ("fields.yaml", "type: flag", "type: flog", "flog", "bad-value", 'did you mean "flag"?'),
    ("fields.yaml", "default: lead", "default: led", "led\n", "unknown-value", 'did you mean "lead"?'),
    ("fields.yaml", ", en: Website}", "}", "{uk: Сайт, ru: Сайт}", "missing-key", 'key "en" is missing'),
    ("fields.yaml", "planfix.task.access", "planfix.task.acess", "planfix.task.acess", "not-mapped", "add it under"),
    (
        "fields.yaml",
        "from: planfix.contact.wishes",
        "from: planfix.contact.wishes\n    also: [trello.card.due]",
        "[trello.card.due]",
        "not-in-step",
        "go together",
    ),
    (
        "fields.yaml",
        "from: planfix.task.assignee",
        "from: planfix.task.assignee\n    sync: both\n    also: [trello.card.members]",
        "trello.card.members",
        "not-in-step",
        "one is a person, the other several",
    ),
    (
        "fields.yaml",
        "from: planfix.contact.wishes",
        "from: planfix.contact.wishes\n    sync: both\n    also: [telegram.chat.id]",
        "telegram.chat.id",
        "not-in-step",
        "holds nothing of a client",
    ),
    (
        "fields.yaml",
        "from: planfix.contact.wishes",
        "from: planfix.contact.wishes\n    sync: both\n    also: [trello.card.list]",
        "trello.card.list",
        "not-writable",
        "can only be read",
    ),
    (
        "fields.yaml",
        "from: planfix.task.work_type",
        "from: planfix.task.work_type\n    sync: both\n    also: [trello.card.due]\n    as: {planfix: {seo: b}}",
        "{seo: b",
        "not-in-step",
        "none of the other places",
    ),
    (
        "fields.yaml",
        "from: planfix.task.work_type",
        "from: planfix.task.work_type\n    sync: both\n    also: [trello.card.due]\n    as: {trello: {seo: ads}}",
        "ads}}",
        "not-in-step",
        "would mean two values",
    ),
    (
        "fields.yaml",
        "    from: planfix.task.sum",
        "    from: planfix.task.sum\n    write_to: [trello.card.due]",
        "trello.card.due",
        "commercial-field",
        "would stand on a card",
    ),
    (
        "fields.yaml",
        "    from: planfix.task.sum",
        "    from: planfix.task.sum\n    sync: to\n    also: [trello.card.due]",
        "trello.card.due",
        "commercial-field",
        "would stand on a card",
    ),
    (
        "fields.yaml",
        "from: trello.card.list",
        "from: trelo.card.list",
        "trelo.card",
        "unknown-source",
        "no place to read",
    ),
    (
        "fields.yaml",
        "    from: trello.card.list",
        "    from: trello.card.list\n    silent: true",
        "true\n  card.labels:",
        "bad-value",
        "has no place in Planfix",
    ),
    (
        "bridge.yaml",
        "  card_field:",
        "  data_tags: {planfix.task.hours: {tag: Час}}\n  card_field:",
        "{tag: Час}",
        "missing-key",
        "of which field the sum is",
    ),
    (
        "bridge.yaml",
        "  card_field:",
        "  data_tags: {planfix.contact.hours: {tag: Час, take: count}}\n  card_field:",
        "planfix.contact.hours: {tag",
        "bad-name",
        "only of tasks",
    ),
    (
        "bridge.yaml",
        "  card_field:",
        "  data_tags: {planfix.task.sum: {tag: Час, take: count}}\n  card_field:",
        "planfix.task.sum: {tag",
        "bad-name",
        "is named twice",
    ),
    ("messages/buttons.yaml", "ru: Дошло, ", "", "{uk: Дійшло", "missing-key", 'key "ru" is missing'),
    ("calendars/office.yaml", "25: closed", "25: closd", "closd", "bad-hours", "closd"),
    ("rules/10-lead.yaml", "per: deal", "pre: deal", "pre:", "unknown-key", 'did you mean "per"?'),
    ("rules/10-lead.yaml", "list: Ліди", "list: Лиди", "Лиди", "unknown-list", 'did you mean "Ліди"?'),
    ("rules/20-handoff.yaml", "to: manager", "to: maneger", "maneger", "unknown-recipient", '"manager"?'),
    ("rules/30-brief.yaml", "after: 2wd", "after: 2 дні", "2 дні", "bad-length", 'did you mean "2d"'),
    ("rules/30-brief.yaml", "map: brief-to-contact}", "map: breif}", "breif}", "unknown-map", "brief-to-contact"),
    (
        "rules/30-brief.yaml",
        "unless: {brief.state:",
        "unless: {brief.stat:",
        "brief.stat:",
        "unknown-field",
        "brief.state",
    ),
    (
        "rules/40-production.yaml",
        "send: prepaid.staff",
        "send: prepaid.staf",
        "prepaid.staf",
        "unknown-template",
        "prepaid.staff",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "at", "code", "words"), DAMAGES, ids=[row[2][:24] for row in DAMAGES])
def test_one_mistake_is_one_finding_at_its_place(
    copy: Copy, file: str, old: str, new: str, at: str, code: str, words: str
) -> None:
    copy.change(file, old, new)
    finding = copy.only()
    assert (finding.where, finding.code) == (copy.place(file, at), code)
    assert words in str(finding)


def test_several_mistakes_are_told_together_in_order_of_the_files(copy: Copy) -> None:
    copy.change("people.yaml", "name: Олена", "nmae: Олена")
    copy.change("bridge.yaml", "workspace: agency", "workspace: 7")
    found = copy.findings()
    assert [finding.where.file.rpartition("/")[2] for finding in found] == ["bridge.yaml", "people.yaml", "people.yaml"]
    assert found == sorted(found)


def test_a_missing_file_is_named(copy: Copy) -> None:
    (copy.folder / "fields.yaml").unlink()
    assert "fields.yaml is missing" in str(copy.only())


def test_a_file_that_nobody_reads_is_named(copy: Copy) -> None:
    (copy.folder / "forms.yaml").rename(copy.folder / "form.yaml")
    found = [finding for finding in copy.findings() if finding.code == "unknown-file"]
    assert [found[0].what, found[0].advice] == ["form.yaml is not read", 'did you mean "forms.yaml"?']


def test_a_rule_file_may_be_called_yml_and_lie_deeper(copy: Copy) -> None:
    (copy.folder / "rules" / "own").mkdir()
    (copy.folder / "rules" / "40-production.yaml").rename(copy.folder / "rules" / "own" / "production.yml")
    assert copy.findings() == []


def test_a_file_that_cannot_be_read_is_a_finding(copy: Copy) -> None:
    (copy.folder / "rules" / "50-more.yaml").symlink_to(copy.folder / "gone.yaml")
    assert copy.only().code == "unreadable-file"


def test_a_text_without_a_language_is_refused(copy: Copy) -> None:
    copy.change("messages/staff.yaml", '    en: "{{ client.name|bold }}: the prepayment has arrived."\n', "")
    finding = copy.only()
    assert finding.where == copy.place("messages/staff.yaml", "prepaid.staff:")
    assert "en" in finding.what


def test_russian_needs_three_plural_forms(damage: Damage, copy: Copy) -> None:
    finding = damage("messages/staff.yaml", "рабочий день|рабочих дня|рабочих дней", "рабочий день|рабочих дней")
    assert finding.where == copy.place("messages/staff.yaml", '"{{ client.name|bold }}: бриф не заполнен')
    assert "needs 3 forms" in finding.what


def test_a_role_that_rules_write_to_needs_somebody(copy: Copy) -> None:
    copy.change("people.yaml", "roles: [specialist]", "roles: [accountant]")
    finding = copy.only()
    assert finding.where == copy.place("rules/00-agency.yaml", "specialist\n")
    assert "nobody has the role" in finding.what


def test_a_role_that_is_misspelt_in_people_is_told_once_with_what_stands_there(copy: Copy) -> None:
    copy.change("people.yaml", "roles: [pm]", "roles: [pmm]")
    vacant = [finding for finding in copy.findings() if finding.code == "vacant-role"]
    assert len(vacant) == 1
    assert 'did you mean "pmm"?' in vacant[0].advice


def test_a_rule_that_needs_telegram_says_so_when_it_is_not_set_up(copy: Copy) -> None:
    copy.change("bridge.yaml", 'telegram:\n  staff_chat: "-4001000001"', "#")
    found = [finding for finding in copy.findings() if finding.code == "absent-system"]
    assert copy.place("rules/10-lead.yaml", "send: lead.staff_new") in [finding.where for finding in found]
    assert all("telegram" in finding.what for finding in found)


def test_a_fact_of_a_system_that_is_not_set_up_is_told_at_the_fact(copy: Copy) -> None:
    text = (copy.folder / "bridge.yaml").read_text(encoding="utf-8")
    start, end = text.index("planfix:\n"), text.index("telegram:\n")
    (copy.folder / "bridge.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    places = [finding.where for finding in copy.findings() if finding.code == "absent-system"]
    assert copy.place("fields.yaml", "planfix.contact.name") in places


def test_what_is_counted_from_data_tags_is_a_fact_that_nothing_is_written_to(copy: Copy) -> None:
    tags = "  data_tags: {planfix.task.hours: {tag: Час, field: Години}}\n  card_field:"
    copy.change("bridge.yaml", "  card_field:", tags)
    fact = (
        "  deal.hours:\n    type: number\n    title: {uk: Години, ru: Часы, en: Hours}\n    from: planfix.task.hours\n"
    )
    copy.change("fields.yaml", "  deal.project:", f"{fact}  deal.project:")
    assert copy.findings() == []
    copy.change("fields.yaml", fact, f"{fact}    write_to: [planfix.task.hours]\n")
    assert copy.only().code == "not-writable"


def test_boards_that_have_everything_give_no_finding(copy: Copy) -> None:
    assert copy.findings(LiveNames(frozenset(LISTS), frozenset(LABELS))) == []


def test_a_list_the_board_does_not_have_is_named_where_it_is_declared(copy: Copy) -> None:
    lists = frozenset(LISTS) - {"Запуск"} | {"Запуск!"}
    finding, *at_rules = copy.findings(LiveNames(lists, frozenset(LABELS)))
    assert finding.where == copy.place("fields.yaml", "Запуск,")
    assert finding.what == "list «Запуск» is not on the board"
    assert {one.where.file.rpartition("/")[2] for one in at_rules} == {"45-stages.yaml", "50-launch.yaml"}
    assert finding.advice == 'did you mean "Запуск!"?'


def test_the_address_of_a_card_is_a_fact_where_its_field_is_named(copy: Copy) -> None:
    copy.change("fields.yaml", "planfix.task.access", "planfix.task.card")
    assert copy.findings() == []
    copy.change("bridge.yaml", "card_field:", "task_template:")
    assert {finding.code for finding in copy.findings()} == {"not-mapped"}
