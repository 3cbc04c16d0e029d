"""Texts: what may be said, and how it reads in each language and markup."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Money, NotKnown
from rules.filters import FILTERS
from rules.flaws import Flaw, Flawed
from rules.plurals import FORMS
from rules.texts import Template, read_text

FIELDS = {
    key: FieldSpec(key, FieldType(kind), "x")
    for key, kind in (
        ("client.name", "text"),
        ("client.site", "text"),
        ("client.last", "moment"),
        ("client.keys", "text"),
        ("deal.sum", "money"),
        ("deal.hours", "number"),
        ("deal.prepaid", "flag"),
        ("invoice.due", "date"),
        ("card.labels", "set"),
        ("week.rows", "list"),
    )
}
FREE = ("gate.name", "gate.missing", "step.days", "why", "inbox.*")
NBSP = "\u00a0"


def text(source: str, language: str = "uk") -> Template:
    return read_text(source, language, FIELDS, FREE)


def said(source: str, language: str = "uk", markup: str = "plain", **values: Any) -> str:
    return text(source, language).render(values, markup, "Europe/Kyiv")


def counted(*forms: str) -> str:
    """A text that says a number with these plural forms."""
    return "{{ step.days|num('" + "|".join(forms) + "') }}"


def flaws(source: str, language: str = "uk") -> list[Flaw]:
    with pytest.raises(Flawed) as caught:
        text(source, language)
    return list(caught.value.flaws)


@pytest.mark.parametrize(
    ("source", "code", "told"),
    [
        ("{{ 2 * 3 }}", "not-allowed", "mul is not allowed in messages"),
        ("{{ 'a' * 1000000000 }}", "not-allowed", "mul"),
        ("{{ client.name() }}", "not-allowed", "call"),
        ("{{ client['name'] }}", "not-allowed", "getitem"),
        ("{{ client.name ~ why }}", "not-allowed", "concat"),
        ("{% set a = why %}", "not-allowed", "assign"),
        ("{% macro a() %}{% endmacro %}", "not-allowed", "macro"),
        ("{% include 'a' %}", "not-allowed", "include"),
        ("{% if why is defined %}a{% endif %}", "not-allowed", "test"),
        ("{% filter upper %}a{% endfilter %}", "not-allowed", "filter"),
        ("{{ client.name.__class__ }}", "unknown-field", "unknown field"),
        ("{{ client }}", "unknown-field", "unknown field"),
        ("{{ client.nam }}", "unknown-field", 'did you mean "client.name"'),
        ("{{ сlient.name }}", "unknown-field", 'letter 1 "с" is Cyrillic'),
        ("{% for a in week.rows if b.c %}{% endfor %}", "unknown-field", 'unknown field "b.c"'),
        ("{% for a in week.rows %}{{ a.c }}{% endfor %}", "unknown-field", '"a" has no "c"'),
        ("{% for a in gate.missing %}{{ a.sey }}{% endfor %}", "unknown-field", 'did you mean "say"'),
        ("{% for a in week.rows %}{{ loop.index0 }}{% endfor %}", "unknown-field", 'did you mean "index"'),
        ("{% for a in week.rows %}{% endfor %}{{ a }}", "unknown-field", 'unknown field "a"'),
        ("{% for a in client.name %}{% endfor %}", "wrong-type", "client.name is a text, not a list"),
        ("{{ why|attr('x') }}", "unknown-filter", 'unknown filter "attr"'),
        ("{{ why|bolt }}", "unknown-filter", 'did you mean "bold"'),
        ("{{ client.name|bold|upper }}", "not-allowed", "bold must come last"),
        ("{% for a in card.labels|bold %}{{ a }}{% endfor %}", "not-allowed", "bold must come last"),
        ("{% for a in card.labels if why|bold %}{{ a }}{% endfor %}", "not-allowed", "bold must come last"),
        ("{{ client.name|link }}", "not-allowed", "link takes 1 value"),
        ("{{ card.labels|join('а', 'б') }}", "not-allowed", "join takes 0 or 1 values, got 2"),
        ("{{ deal.sum|date }}", "unfit-filter", "for it there is money, number"),
        ("{{ client.name|money }}", "unfit-filter", "money does not fit client.name (text)"),
        ("{{ why if deal.prepaid }}", "text-syntax", "needs its else"),
        ("{% if deal.sum > 5 %}a{% endif %}", "not-allowed", "compare it in the rule"),
        ("{{ client.name", "text-syntax", ""),
        ("{{ step.days|num(why) }}", "plural-forms", "one|few|many"),
        ("{{ step.days|num('день|дні') }}", "plural-forms", "needs 3 forms (one, few, many), got 2"),
        ("а" * 16_385, "too-large", "16385 characters"),
        ("🌼" * 8193, "too-large", "16386 characters"),
        ("{# #}" * 4001, "too-large", "20005 characters"),
        ("{{ " + "(" * 5000 + "why" + ")" * 5000 + " }}", "too-deep", "inside one another"),
        ("{% if why %}" * 40 + "{% endif %}" * 40, "too-deep", "more than 30 tags"),
        ("{{ why" + "|upper" * 40 + " }}", "too-deep", "more than 30 tags"),
        ("{{ step.days|num('день||днів') }}", "plural-forms", "one of the forms of num is empty"),
        ("{{ why|limit('x') }}", "bad-value", "write how many: limit(300)"),
        ("{{ why|limit(0) }}", "bad-value", "limit does not take this value"),
        ("{{ inboxes }}", "unknown-field", 'unknown field "inboxes"'),
        ("{{ deal.sum|money('UHA') }}", "bad-value", 'money("EUR")'),
        ("{{ deal.sum|money(why) }}", "bad-value", "write a currency"),
        ("{{ card.labels|join(2) }}", "bad-value", "write what stands between"),
    ],
)
def test_what_a_text_may_not_do_is_refused_when_it_is_read(source: str, code: str, told: str) -> None:
    [flaw] = flaws(source)
    assert flaw.code == code
    assert told in f"{flaw.what}; {flaw.advice}"


@pytest.mark.parametrize("words", ["upper(x=1)", "upper(*why)", "upper(**why)", "limit(300, x=1)"])
def test_a_filter_takes_values_in_their_order_only(words: str) -> None:
    assert [flaw.code for flaw in flaws("{{ client.name|WORDS }}".replace("WORDS", words))] == ["not-allowed"]


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_takes_as_many_values_as_it_says_and_no_others(name: str) -> None:
    one = {"link": 1, "num": 1, "plural": 1, "default": 1, "limit": 1, "money": 0, "join": 0}
    most = {"money": 1, "join": 1}
    taken = []
    for count in range(4):
        given = ", ".join(["'а|б|в'"] * count)
        try:
            text("{{ inbox.it|FILTER(GIVEN) }}".replace("FILTER", name).replace("GIVEN", given))
        except Flawed as error:
            if any(flaw.what.startswith(f"{name} takes") for flaw in error.flaws):
                continue
        taken.append(count)
    assert taken == list(range(one.get(name, 0), most.get(name, one.get(name, 0)) + 1))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("link('а')", {"text"}),
        ("num('а|б|в')", {"number"}),
        ("plural('а|б|в')", {"number"}),
        ("money", {"number", "money"}),
        ("number", {"number", "money"}),
        ("date", {"moment", "date"}),
        ("day", {"moment", "date"}),
        ("time", {"moment"}),
        ("join", {"set", "list"}),
        ("count", {"set", "list"}),
        ("first", {"set", "list"}),
        ("sort", {"set", "list"}),
        ("bold", set(FieldType)),
        ("upper", set(FieldType)),
        ("limit(3)", set(FieldType)),
    ],
)
def test_a_filter_fits_facts_of_these_types_and_no_others(name: str, kinds: set[str]) -> None:
    fitting = set()
    for kind in FieldType:
        fields = {"client.it": FieldSpec("client.it", kind, "x")}
        with suppress(Flawed):
            read_text(f"{{{{ client.it|{name} }}}}", "uk", fields)
            fitting.add(kind.value)
    assert fitting == kinds


def test_a_number_without_its_noun_is_told_how_many_values_it_takes() -> None:
    assert flaws("{{ step.days|num }}")[0].what == "num takes 1 value, got 0"


def test_brackets_that_are_too_deep_to_be_read_are_told_at_the_first_line() -> None:
    assert [flaw.line for flaw in flaws("{{ " + "(" * 5000 + "why" + ")" * 5000 + " }}")] == [1]


def test_a_tag_that_has_no_line_of_its_own_is_too_deep_all_the_same() -> None:
    source = "{% if why %}" * 28 + "{% autoescape why %}{% endautoescape %}" + "{% endif %}" * 28
    [flaw] = flaws(source)
    assert (flaw.code, flaw.line) == ("too-deep", 1)


def test_a_tag_that_the_parser_gives_no_line_is_told_at_its_line_and_column() -> None:
    [flaw] = flaws("Вітаю!\nО {{ why }} {% autoescape false %}{{ why }}{% endautoescape %}")
    assert (flaw.code, flaw.line, flaw.column) == ("not-allowed", 2, 13)
    assert flaw.what == "{% autoescape %} is not allowed in messages"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Клієнт «{{ client.name }}» тут, {{ client.name }} теж", "Клієнт «ТОВ „Зерно“» тут, ТОВ «Зерно» теж"),
        ("«{{ client.name|bold }}»", "«<b>ТОВ „Зерно“</b>»"),
        ("«{% if client.name %}{{ client.name|upper }}{% endif %}»", "«ТОВ „ЗЕРНО“»"),
        ("“{{ client.site }}”", "“a ‘b’”"),
        ("»{{ client.name }}", "»ТОВ «Зерно»"),
    ],
)
def test_a_value_within_quotation_marks_has_the_inner_ones(source: str, shown: str) -> None:
    values = {"client": {"name": "ТОВ «Зерно»", "site": "a “b”"}}
    assert text(source).render(values, "telegram") == shown


@pytest.mark.parametrize("name", ["loop", "_most", "_zone", "client", "gate", "inbox"])
def test_a_loop_may_not_take_a_name_that_means_something_already(name: str) -> None:
    source = "{% for NAME in card.labels %}{{ NAME }}{% endfor %}".replace("NAME", name)
    assert flaws(source)[0].code == "reserved-name"


@pytest.mark.parametrize("head", ["a, b in card.labels", "a in card.labels recursive"])
def test_a_loop_has_one_name_and_goes_no_deeper(head: str) -> None:
    found = flaws("{% for HEAD %}x{% endfor %}".replace("HEAD", head))
    assert [(flaw.code, flaw.what) for flaw in found] == [("not-allowed", "a loop has one name: {% for row in … %}")]


@pytest.mark.parametrize("place", ["", "{% else %}"])
def test_a_loop_inside_a_loop_is_refused(place: str) -> None:
    loop = f"{{% for a in week.rows %}}{place}{{% for b in card.labels %}}{{{{ b }}}}{{% endfor %}}{{% endfor %}}"
    assert any("loop inside a loop" in flaw.what for flaw in flaws(loop))


def test_all_mistakes_of_a_text_are_told_with_their_lines() -> None:
    assert [flaw.line for flaw in flaws("a\n{{ b.c }}\n{{ 1 + 1 }}")] == [2, 3]


@pytest.mark.parametrize(("language", "forms"), FORMS.items())
def test_the_count_of_plural_forms_is_that_of_the_language(language: str, forms: tuple[str, ...]) -> None:
    text(counted(*forms), language)
    assert flaws(counted(*forms, "a", "b"), language)[0].code == "plural-forms"


def test_ukrainian_numbers_take_their_forms() -> None:
    shown = [said("{{ step.days|plural('день|дні|днів|дня') }}", step={"days": n}) for n in (1, 2, 5, 11, 21, 22, 111)]
    assert shown == ["день", "дні", "днів", "днів", "день", "дні", "днів"]


def test_a_fraction_takes_the_fourth_form_or_the_nearest() -> None:
    half = {"days": Decimal("1.5")}
    assert said("{{ step.days|num('день|дні|днів|дня') }}", step=half) == "1,5 дня"
    assert said("{{ step.days|num('день|дні|днів') }}", step=half) == "1,5 дні"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("uk", "3 робочі дні"), ("ru", "3 рабочих дня"), ("en", "3 working days")],
)
def test_numbers_read_in_each_language(language: str, expected: str) -> None:
    forms = {
        "uk": "робочий день|робочі дні|робочих днів",
        "ru": "рабочий день|рабочих дня|рабочих дней",
        "en": "working day|working days",
    }
    assert said(counted(forms[language]), language, step={"days": 3}) == expected


@pytest.mark.parametrize("source", ["{{ deal.hours }}", "{{ deal.hours|number }}", counted("день", "дні", "днів")])
@pytest.mark.parametrize("digits", [24, 25, 30, 400])
def test_a_number_that_nobody_means_is_told_all_the_same(source: str, digits: int) -> None:
    huge = Decimal(10) ** (digits - 1)
    assert said(source, deal={"hours": huge}, step={"days": huge})


def test_a_number_of_24_digits_is_written_as_the_language_does_and_a_longer_one_as_it_came() -> None:
    told = [said("{{ deal.hours }}", deal={"hours": Decimal("9" * digits)}) for digits in (24, 25)]
    assert told == [NBSP.join(["999"] * 8), "9" * 25]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("uk", ["так", "ні", "ще не прочитано", "A, … ще 2"]),
        ("ru", ["да", "нет", "ещё не прочитано", "A, … ещё 2"]),
        ("en", ["yes", "no", "not read yet", "A, … 2 more"]),
    ],
)
def test_yes_no_not_read_and_how_many_more_are_said_in_each_language(language: str, words: list[str]) -> None:
    flags = [said("{{ deal.prepaid }}", language, deal={"prepaid": value}) for value in (True, False, NotKnown("x"))]
    more = said("{{ card.labels|limit(1) }}", language, card={"labels": ("A", "B", "C")})
    assert [*flags, more] == words


@pytest.mark.parametrize("source", ["{{ deal.sum }}", "{{ deal.sum|money }}"])
def test_a_sum_that_nobody_means_is_told_all_the_same(source: str) -> None:
    assert "UAH" in said(source, deal={"sum": Money(Decimal("1e25"))})


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("{{ deal.sum|money }}", Money(Decimal("12345.5")), f"12{NBSP}345,50{NBSP}₴"),
        ("{{ deal.sum|money }}", {"amount": "12345.50", "currency": "UAH"}, f"12{NBSP}345,50{NBSP}₴"),
        ("{{ deal.sum }}", Money(Decimal(10), "EUR"), f"10,00{NBSP}EUR"),
        ("{{ deal.hours }}", Decimal("1234.5"), f"1{NBSP}234,5"),
        ("{{ invoice.due|date }}", date(2026, 11, 24), "24 листопада 2026"),
        ("{{ invoice.due|date }}", "2026-11-24", "24 листопада 2026"),
        ("{{ invoice.due|day }}", date(2026, 11, 24), "вівторок, 24 листопада"),
        ("{{ client.last|date }}", datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "25 листопада 2026"),
        ("{{ client.last|time }}", datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "01:30"),
        ("{{ client.last|time }}", "2026-11-24T23:30:00.000000Z", "01:30"),
        ("{{ client.last|time }}", date(2026, 11, 24), "—"),
        ("{{ client.last|time }}", "завтра", "завтра"),
        ("{{ client.last|date }}", "завтра", "завтра"),
        ("{{ client.last }}", datetime(2026, 11, 24, 15, 5, tzinfo=UTC), "24 листопада 2026, 17:05"),
        ("{{ deal.prepaid }}", True, "так"),
        ("{{ card.labels }}", ("VIP", "A"), "VIP, A"),
        ("{{ card.labels|sort|join(' + ') }}", ("VIP", "A"), "A + VIP"),
        ("{{ card.labels|first }}", ("VIP", "A"), "VIP"),
        ("{{ card.labels|count }}", ("VIP", "A"), "2"),
        ("{{ card.labels|limit(2) }}", ("A", "B", "C", "D"), "A, B, … ще 2"),
        ("{{ client.name|limit(5) }}", "Ромашка", "Рома…"),
        ("{{ client.name|upper }}", "ромашка", "РОМАШКА"),
        ("{{ client.name|default('немає') }}", None, "немає"),
        ("{{ client.name }}", None, "—"),
        ("{{ deal.sum|money }}", None, "—"),
        ("{{ client.last|date }}", NotKnown("planfix.task"), "ще не прочитано"),
        ("{{ client.name }}", NotKnown("planfix.task"), "ще не прочитано"),
        ("{{ client.last|date }}", "", "—"),
        ("{{ client.last|time }}", None, "—"),
        ("{{ client.last|day }}", datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "середа, 25 листопада"),
        ("{{ deal.sum|money('EUR') }}", Decimal(5), f"5,00{NBSP}EUR"),
        ("{{ deal.sum|money('EUR') }}", Money(Decimal(5)), f"5,00{NBSP}₴"),
        ("{{ deal.sum|money('EUR') }}", {"amount": "5"}, f"5,00{NBSP}EUR"),
        ("{{ deal.sum|number }}", Money(Decimal("12000.5")), f"12{NBSP}000,5"),
        ("{{ deal.hours|number }}", True, "так"),
        ("{{ deal.hours|number }}", "NaN", "NaN"),
        ("{{ deal.hours|number }}", "Infinity", "Infinity"),
        ("{{ deal.hours|num('день|дні|днів') }}", "NaN", "NaN"),
        ("{{ deal.hours|number }}", "1e-30", "1e-30"),
        ("{{ deal.hours|num('день|дні|днів') }}", None, "—"),
        ("{{ deal.hours|plural('день|дні|днів') }}", NotKnown("planfix.task"), "ще не прочитано"),
        ("{{ client.name }}", "\u202e", "—"),
        ("{{ client.name|limit(7) }}", "Ромашка", "Ромашка"),
        ("{{ client.name|limit(7) }}", "Зерно і ко", "Зерно…"),
        ("{{ client.name|limit(1) }}", "Ромашка", "…"),
        ("{{ client.name|default('немає') }}", "", "немає"),
        ("{{ client.name|default('немає') }}", NotKnown("planfix.contact"), "немає"),
        ("{{ client.name|default('немає') }}", "Зерно", "Зерно"),
        ("{{ deal.prepaid|default('немає') }}", False, "ні"),
        ("{{ card.labels|default('немає') }}", (), "немає"),
        ("{{ card.labels|limit(2) }}", ("A", "B"), "A, B"),
        ("{{ card.labels|join(' + ') }}", (), "—"),
        ("{{ card.labels|join }}", ("A", "B"), "A, B"),
        ("{{ card.labels|count }}", NotKnown("trello.card"), "0"),
        ("{{ card.labels|first }}", (), "—"),
        ("{{ card.labels|sort }}", ("Б", "а"), "а, Б"),
        ("{{ 'так' if deal.prepaid else 'ще ні' }}", False, "ще ні"),
        ("{% if client.name == 'Олена' %}a{% else %}b{% endif %}", "Олена", "a"),
    ],
)
def test_a_value_reads_as_people_write_it(source: str, value: object, expected: str) -> None:
    [name] = text(source).names
    head, tail = name.split(".")
    assert text(source).render({head: {tail: value}}, "plain", "Europe/Kyiv") == expected


BLOCK = """\
Бриф отримали, дякуємо.
{% for need in gate.missing if need.owed_by == "client" %}
{% if loop.first %}
Залишилось:
{% endif %}
• {{ need.say }}
{% else %}
З Вашого боку все є.
{% endfor %}
"""


def test_loops_leave_no_blank_lines() -> None:
    owed = (("бриф", "client"), ("розмова", "pm"), ("оплата", "client"))
    missing = [{"say": name, "owed_by": who, "who": ""} for name, who in owed]
    assert said(BLOCK, gate={"missing": missing}) == "Бриф отримали, дякуємо.\nЗалишилось:\n• бриф\n• оплата"


def test_indented_tags_leave_no_spaces() -> None:
    source = "{% if client.name %}\n  {% if client.site %}\nтак\n  {% endif %}\n{% endif %}\nкінець"
    assert said(source, client={"name": "а", "site": "б"}) == "так\nкінець"


def test_a_loop_over_nothing_says_its_else() -> None:
    missing = [{"say": "розмова", "owed_by": "pm", "who": ""}]
    assert said(BLOCK, gate={"missing": missing}) == "Бриф отримали, дякуємо.\nЗ Вашого боку все є."


@pytest.mark.parametrize("value", [None, (), NotKnown("bridge")])
def test_a_loop_over_an_empty_or_unread_value_runs_no_times(value: object) -> None:
    assert said("a{% for row in week.rows %}{{ row }}{% endfor %}b", week={"rows": value}) == "ab"


EVIL = "<b>*Ян_* [x](http://y) @all & `#`"


def test_telegram_gets_html_in_which_only_our_tags_are_tags() -> None:
    shown = said("{{ client.name|bold }} <3", markup="telegram", client={"name": EVIL})
    assert shown == "<b>&lt;b&gt;*Ян_* [x](http://y) @all &amp; `#`</b> &lt;3"


def test_trello_gets_markdown_in_which_a_client_formats_nothing_and_notifies_nobody() -> None:
    shown = said("{{ client.name }}", markup="trello", client={"name": EVIL})
    assert shown == "\\<b\\>\\*Ян\\_\\* \\[x\\](http://y) @\u200ball & \\`\\#\\`"


def test_plain_text_stays_as_it_is() -> None:
    assert said("{{ client.name|bold }}", client={"name": EVIL}) == EVIL


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("telegram", '<a href="https://x.test/?a=1&amp;b=&quot;">анкета &lt;1&gt;</a>'),
        ("trello", "[анкета \\<1\\>](https://x.test/?a=1&b=%22)"),
        ("plain", 'анкета <1>: https://x.test/?a=1&b="'),
    ],
)
def test_a_link_is_written_for_each_markup(markup: str, expected: str) -> None:
    source = "{{ client.site|link('анкета <1>') }}"
    url = 'https://x.test/?a=1&b="'
    shown = said(source, markup=markup, client={"site": url})
    assert shown == expected


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", None, "https://a b"])
def test_only_addresses_of_the_web_become_links(url: object) -> None:
    assert said("{{ client.site|link('тут') }}", markup="telegram", client={"site": url}) == "тут"


def test_an_address_by_itself_stays_whole_in_trello() -> None:
    url = "https://x.test/a_b?c=1#d"
    assert said("{{ client.site }}", markup="trello", client={"site": url}) == url


def test_one_template_renders_to_all_markups() -> None:
    template = text("{{ client.name|bold }}")
    values = {"client": {"name": "Я"}}
    assert [template.render(values, markup) for markup in ("telegram", "trello", "plain")] == ["<b>Я</b>", "**Я**", "Я"]


def test_what_a_value_says_is_never_read_as_a_text() -> None:
    assert said("{{ client.name }}", client={"name": "{{ 7 * 7 }}{% raw %}"}) == "{{ 7 * 7 }}{% raw %}"


def test_a_field_named_like_a_method_of_a_map_is_the_field() -> None:
    assert said("{{ client.keys }}", client={"keys": "ключі"}) == "ключі"


@pytest.mark.parametrize(
    "source",
    [
        "{{ client.name }}",
        "{{ client.name|bold }}",
        "{{ client.site|link('тут') }}",
        "{{ client.last|date }}",
        "{{ client.last|time }}",
        "{{ deal.hours|num('день|дні|днів') }}",
        "{% if client.name == 'а' %}а{% endif %}",
        "{% if 'а' in client.name %}а{% endif %}",
        "{% if deal.hours > 3 %}а{% endif %}",
        "{% if client.name in card.labels %}а{% endif %}",
        "{% if client.name not in card.labels %}а{% endif %}",
    ],
)
def test_a_value_that_was_not_handed_in_is_not_guessed(source: str) -> None:
    with pytest.raises(KeyError, match="not handed in"):
        said(source, client={}, deal={}, card={"labels": ()})


def test_a_value_that_was_not_handed_in_may_have_other_words_instead() -> None:
    assert said("{{ client.name|default('немає') }}", client={}) == "немає"


def test_a_list_of_rows_is_cut_without_a_row_that_says_so() -> None:
    rows = [{"say": "бриф"}, {"say": "оплата"}]
    assert said("{% for n in gate.missing|limit(1) %}{{ n.say }};{% endfor %}", gate={"missing": rows}) == "бриф;"


def test_what_a_loop_counts_is_within_reach_of_loops_alone() -> None:
    with pytest.raises(KeyError, match="not handed in"):
        said("{{ inbox.index }}", inbox=("a", "b"))


def test_the_names_a_text_needs_are_told() -> None:
    template = text("{{ client.name }}{% for n in gate.missing %}{{ n.say }}{{ inbox.phone }}{% endfor %}")
    assert template.names == {"client.name", "gate.missing", "inbox.phone"}


@given(st.text(alphabet="<>&\"'*_`[]()#@\\~|аґї\n", max_size=60), st.sampled_from(["telegram", "trello", "plain"]))
def test_no_value_leaves_its_place(value: str, markup: str) -> None:
    """Whatever a client is called, Telegram sees no tag of his and the words around him stay."""
    shown = said("до {{ client.name }} після", markup=markup, client={"name": value})
    assert shown.startswith("до ")
    assert shown.endswith(" після")
    if markup == "telegram":
        assert not set("<>") & set(shown)
