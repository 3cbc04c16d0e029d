"""What stands filled in when a client opens a form: the answers given before, and what is known."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bridge.engine.context import Context, FormLink
from bridge.engine.snapshots import snapshot_of
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Plain
from tests.engine.office import Desk, agency

ASKED = {
    "Компанія": "client.name",
    "Побажання": "",
    "Бюджет": "deal.budget",
    "Послуга": "client.service",
    "Менеджер": "client.manager",
    "Доступ": "",
}
FIELDS = (
    FieldSpec("client.service", FieldType.CHOICE, "bridge", words={"seo": {"uk": "Просування"}}),
    FieldSpec("client.language", FieldType.CHOICE, "bridge"),
    FieldSpec("client.manager", FieldType.PERSON, "bridge"),
    FieldSpec("deal.budget", FieldType.TEXT, "bridge", commercial=True),
    FieldSpec("brief.link", FieldType.TEXT, "bridge"),
)


def bureau() -> Context:
    known = agency()
    fields = {**known.ruleset.fields, **{spec.key: spec for spec in FIELDS}}
    form = FormLink(
        id="brief",
        titles={"uk": "Бриф"},
        link=lambda token: f"link of {token}",
        prefill=ASKED,
        fill=lambda _link, answers: json.dumps(answers),
    )
    return replace(known, ruleset=replace(known.ruleset, fields=fields), forms={"brief": form})


class Bureau(Desk):
    def __init__(self) -> None:
        super().__init__(context=bureau())
        self.of_client, self.deal = self.client()
        self.code = self.token(self.deal, "brief")

    def knows(self, subject: str, field: str, value: Plain) -> None:
        with self.store.intake(self.now) as intake:
            intake.set_fact(subject, field, value, "hand")

    def link(self) -> dict[str, str]:
        """What the link of the deal fills in."""
        subjects = snapshot_of(self.store.load_client(self.of_client), self.context).subjects
        filled: dict[str, str] = json.loads(str(subjects[self.deal].facts["brief.link"].value))
        return filled


@pytest.fixture
def desk() -> Bureau:
    return Bureau()


def test_a_link_carries_what_is_known_of_the_client_in_their_words(desk: Bureau) -> None:
    desk.knows(desk.of_client, "client.service", "seo")
    desk.knows(desk.of_client, "client.language", "uk")
    assert desk.link() == {"Компанія": "Ромашка", "Послуга": "Просування"}


def test_what_was_answered_before_stands_in_the_next_link(desk: Bureau) -> None:
    desk.take(desk.response(token=desk.code, Побажання="тихіше", Компанія="ТОВ «Ромашка»", Інше="так"))
    assert desk.link() == {"Компанія": "ТОВ «Ромашка»", "Побажання": "тихіше"}


def test_what_stood_under_the_same_title_elsewhere_counts_until_this_form_is_answered(desk: Bureau) -> None:
    with desk.store.intake(desk.now) as intake:
        code = intake.new_token("short", desk.deal)
    codes = {"short": code, "brief": desk.code}
    said = {}
    for form, wish in (("short", "з короткого"), ("brief", "з брифу"), ("short", "пізно")):
        record = desk.wait(hours=1).response(form, token=codes[form], Побажання=wish)
        desk.take(replace(record, fields={**record.fields, "form": form}))
        said[wish] = desk.link()["Побажання"]
    assert said == {"з короткого": "з короткого", "з брифу": "з брифу", "пізно": "з брифу"}


def test_nothing_commercial_no_colleague_and_no_password_stands_in_a_link(desk: Bureau) -> None:
    desk.knows(desk.deal, "deal.budget", "5000")
    desk.knows(desk.of_client, "client.manager", "olena")
    desk.take(desk.response(token=desk.code, Доступ="пароль: Fake-7planted!"))
    assert desk.link() == {"Компанія": "Ромашка"}
