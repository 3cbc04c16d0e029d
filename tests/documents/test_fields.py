"""What a template needs is read from it, and a document without it is refused by name."""

from __future__ import annotations

import pytest
from jinja2 import TemplateSyntaxError

from bridge.documents import missing_fields, needed_fields
from bridge.documents.environment import environment
from bridge.documents.errors import DocumentRefused
from bridge.documents.fields import Needs
from bridge.model.errors import DocumentError
from tests.documents.samples import brief, make, shipped_brief, word_template

TEXTS = {
    "a field": ("{{ client.name }}", {"client.name"}),
    "a field with a filter": ("{{ deal.total | money }}", {"deal.total"}),
    "a field in square brackets": ("{{ client['name'] }}", {"client.name"}),
    "a field with a default is optional": ("{{ client.phone | default('—') }}", set()),
    "what a default falls back to is needed": ("{{ client.phone | d(client.mail) }}", {"client.mail"}),
    "a filtered field with a default is needed": ("{{ deal.day | date | default('—') }}", {"deal.day"}),
    "a tested field is optional": ("{% if deal.sum %}{{ deal.sum }}{% endif %}", set()),
    "another field inside the test is needed": ("{% if a.b %}{{ a.c }}{% endif %}", {"a.c"}),
    "a field of the other branch is needed": ("{% if a.b %}{% else %}{{ a.b }}{% endif %}", {"a.b"}),
    "a field tested in line is optional": ("{{ a.b if a.b else a.c }}", {"a.c"}),
    "the right side of an or is needed": ("{{ a.b or a.c }}", {"a.c"}),
    "an or does not vouch for its right side": ("{{ a.c or a.c }}", {"a.c"}),
    "an and vouches for its right side": ("{{ a.c and a.c }}", set()),
    "rows and their columns": ("{% for x in a.rows %}{{ x.n }}{% endfor %}", {"a.rows", "a.rows[].n"}),
    "rows inside rows": (
        "{% for x in a %}{% for y in x.b | sort %}{{ y.c }}{% endfor %}{% endfor %}",
        {"a", "a[].b", "a[].b[].c"},
    ),
    "a counter is nobody's field": ("{% for x in a %}{{ loop.index }}{% endfor %}", {"a"}),
    "another name for a part": ("{% set c = client %}{{ c.name }}", {"client", "client.name"}),
    "what render brings itself is not needed": ("{{ doc.lang }}{{ doc.title }}{{ doc.date | date }}", set()),
    "a comment names nothing": ("{# {{ client.name }} #}", set()),
}
OUTSIDE = [
    "{{ '{0.__class__}'.format(client) }}",
    "{% set x = client.update({'a': 1}) %}",
    "{% for i in range(999999) %}{% endfor %}",
    "{% if client.name.upper() %}{% endif %}",
    "{% include '/etc/passwd' %}",
    "{% macro a() %}{% endmacro %}",
    "{% block a %}{% endblock %}",
    "{{ client.name",
]
JINJA = environment("uk", for_xml=False)


@pytest.mark.parametrize("case", TEXTS)
def test_needed_fields(case: str) -> None:
    text, needed = TEXTS[case]
    assert set(Needs.of(JINJA.parse(text)).fields) == needed


@pytest.mark.parametrize("text", OUTSIDE)
def test_what_is_outside_the_language_is_refused(text: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        Needs.of(JINJA.parse(text))


def test_the_shipped_brief_needs_only_what_every_answered_brief_has() -> None:
    brief_facts = {"brief.title", "brief.answered_at", "brief.zone", "brief.revision", "brief.answers"}
    assert needed_fields(shipped_brief()) == {"client.name"} | brief_facts


def test_fields_of_the_header_are_needed_too() -> None:
    assert needed_fields(word_template("текст", header="{{ client.code }}")) == {"client.code"}


def test_a_gap_is_named_with_its_row() -> None:
    template = word_template("{% for x in brief.answers %}{{ x.question }}{% endfor %}{{ client.name }}")
    data = brief(answers=[("Сайт?", "так"), (" ", "ні")]) | {"client": {}}
    assert missing_fields(template, data) == ["brief.answers[2].question", "client.name"]


def test_zero_and_false_are_answers() -> None:
    assert missing_fields(word_template("{{ a.b }}{{ a.c }}"), {"a": {"b": 0, "c": False}}) == []


def test_a_document_with_gaps_is_refused_with_their_names() -> None:
    data = brief() | {"client": {"name": ""}}
    data["brief"]["answers"] = []
    with pytest.raises(DocumentRefused) as refused:
        make(shipped_brief(), data, "docx")
    assert refused.value.code == "data-missing"
    assert refused.value.missing == ("brief.answers", "client.name")


def test_a_refusal_is_in_the_tree_of_errors() -> None:
    with pytest.raises(DocumentError, match=r"client\.name"):
        make(shipped_brief(), brief() | {"client": {}}, "docx")


def test_a_mistyped_field_is_quoted_with_its_sentence_and_the_name_meant() -> None:
    with pytest.raises(DocumentRefused) as refused:
        make(word_template("Вітаємо", "Шановний {{ client.nmae }}!"), brief(), "docx")
    assert refused.value.where == "Шановний {{ client.nmae }}!"
    assert "did you mean client.name?" in refused.value.advice


def test_a_mistyped_label_is_quoted_with_the_name_meant() -> None:
    with pytest.raises(DocumentRefused) as refused:
        make(word_template("{{ labels.cleint }}:", labels="uk: {client: Клієнт}"), brief(), "docx")
    assert (refused.value.code, refused.value.where) == ("template-name", "{{ labels.cleint }}:")
    assert "labels.client" in refused.value.advice
