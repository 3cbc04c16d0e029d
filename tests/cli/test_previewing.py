"""`bridge message preview`: what a client would read now, and nothing is sent."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

from bridge.model.decisions import MakeDocument
from bridge.model.deliveries import Receipt, State, StoredFile
from bridge.model.events import Cause
from bridge.model.planning import Wanted
from bridge.store import Store
from tests.cli.conftest import Day

WHO = "ТОВ «Ромашка»"
LATER = datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_a_text_is_shown_as_the_client_would_read_it(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.ask", WHO)
    assert said.code == 0
    assert said.out.startswith("Добрий день, ТОВ «Ромашка»!\nЩоб ми могли почати")
    assert "<a" not in said.out


def test_a_long_text_is_shown_message_by_message(day: Day) -> None:
    day.lead()
    words = ("Один абзац. " * 400).strip()
    text = f"templates:\n  brief.long: {{uk: '{words}', ru: '{words}', en: '{words}'}}\n"
    (day.bridge.folder / "config" / "messages" / "long.yaml").write_text(text, encoding="utf-8")
    shown = day.bridge("message", "preview", "brief.long", WHO, "--language", "en").out
    assert [line for line in shown.splitlines() if "message" in line] == ["message 1 of 2:", "message 2 of 2:"]
    assert json.loads(day.bridge("message", "preview", "brief.long", WHO, "--json").out)["text"] == words


def test_the_letter_says_in_words_what_buttons_ask(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "launch.client", WHO, "--letter")
    assert "Відповісти можна просто на цей лист." in said.out
    assert "[" not in said.out


PAPER = """\
version: 1
templates:
  ours.paper: {uk: "Ваш документ", ru: "Ваш документ", en: "Your document"}
rules:
  - id: paper
    when: {card.moved: {to: Договір}}
    per: deal
    then:
      - document: {template: brief, name: "Папір {{ client.name }}"}
      - {send: ours.paper, to: client, with: {document: brief}}
"""


def with_paper(day: Day) -> None:
    """An agency that sends a document with one of its texts."""
    (day.bridge.folder / "config" / "rules" / "60-paper.yaml").write_text(PAPER, encoding="utf-8")
    day.lead()


def test_a_document_that_nobody_has_made_yet_is_told_with_the_text_that_waits_for_it(day: Day) -> None:
    with_paper(day)
    shown = day.bridge("message", "preview", "ours.paper", WHO, "--in", "en", "--language", "en").out
    assert shown == "Your document\nwith the document brief: none is made yet, and nothing goes without it\n"


def test_a_made_document_is_shown_with_its_name_and_size(day: Day) -> None:
    with_paper(day)
    with closing(Store(f"sqlite:///{day.bridge.folder}/var/bridge.db", "agency")) as store:
        [deal] = [one for one in store.subjects() if one.parent]
        wanted = Wanted("k", MakeDocument("brief", "Папір", "uk", "k", 1), deal.id, Cause("paper", "", "e"))
        with store.intake(LATER) as intake:
            intake.want(wanted, client=deal.client, connector="documents", lane="made")
        [row] = store.claim(LATER, timedelta(minutes=1), connector="documents")
        file = StoredFile("Папір v1.pdf", "application/pdf", b"x" * 84_321)
        store.settle(row, State.CONFIRMED, now=LATER, receipt=Receipt(LATER, files=(file,)))
    shown = day.bridge("message", "preview", "ours.paper", WHO, "--in", "en", "--language", "en").out
    assert shown == "Your document\nwith the file Папір v1.pdf, 84 KB\n"


def test_a_client_whom_only_letters_reach_is_shown_the_letter(day: Day) -> None:
    day.bridge.edit("bridge.yaml", "\ntelegram:\n", "\nemail: {name: Агенція}\ntelegram:\n")
    day.bridge.set(SMTP__URL="smtps://127.0.0.1:465", SMTP__FROM="pm@agency.example")
    contact = day.people.create_contact("ТОВ «Айва»")
    day.people.set_contact_field(contact, "email", "olha@ayva.example")
    day.people.create_task("Сайт", contact=contact)
    day.tick("2026-11-30T10:05")
    shown = day.bridge("message", "preview", "launch.client", "ТОВ «Айва»", "--language", "en").out
    assert shown.startswith("letter to olha@ayva.example, subject: Агенція: новини щодо Вашого проєкту\n")


def test_another_language_may_be_asked_for(day: Day) -> None:
    day.lead()
    assert day.bridge("message", "preview", "brief.ask", WHO, "--in", "en").out.startswith("Hello, ТОВ «Ромашка»!")


def test_in_the_place_of_a_text_that_would_be_untrue_its_other_one_is_shown(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.thanks", WHO, "--gate", "start", "--language", "en")
    assert said.out.startswith("it would not be true now; in its place goes brief.thanks_but:\nБриф отримали")


def test_nothing_is_sent_and_nothing_changes(day: Day) -> None:
    day.lead()
    before = day.bridge("outbox", "list", "--json").out
    day.bridge("message", "preview", "brief.ask", WHO)
    assert day.bridge("outbox", "list", "--json").out == before


def test_a_misspelt_text_is_told_with_the_nearest_one(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.aks", WHO, "--language", "en")
    assert (said.code, said.out) == (2, "")
    assert "there is no text" in said.err
    assert "brief.ask" in said.err


def test_what_the_bridge_says_by_itself_has_no_preview(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "system.gone", WHO, "--language", "en")
    assert (said.code, "messages/system.yaml" in said.err) == (2, True)


def test_nobody_known_is_told_with_the_nearest_name(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.ask", "ТОВ Ромашко", "--language", "en")
    assert (said.code, "nobody is called" in said.err) == (2, True), said.err


def test_a_text_is_shown_as_the_sms_with_its_letters_and_parts(day: Day) -> None:
    day.lead()
    words = "call me" + " please" * 22
    text = f"templates:\n  brief.call: {{sms: true, uk: '{'ї' * 71}', ru: 'ы', en: '{words}'}}\n"
    (day.bridge.folder / "config" / "messages" / "sms.yaml").write_text(text, encoding="utf-8")
    said = day.bridge("message", "preview", "brief.call", WHO, "--sms")
    latin = json.loads(day.bridge("message", "preview", "brief.call", WHO, "--sms", "--in", "en", "--json").out)
    takes = "SMS: 2 частини, 71 знак, UCS-2 (в одній частині — 70, у кожній із кількох — 67)"
    assert said.out.splitlines()[-1] == takes
    assert (said.code, latin["letters"], latin["signs"], latin["parts"]) == (0, "GSM-7", 161, 2)


def test_what_never_goes_by_sms_says_so(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.remind", WHO, "--sms", "--language", "en")
    first = "would not be sent: brief.remind never goes by SMS: it does not say sms: true"
    assert (said.code, said.out.splitlines()[0]) == (1, first)
