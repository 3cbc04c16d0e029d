"""Questions with buttons, pressed by people: a proposal, a message staff read first, the client's own yes and no."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.model.deliveries import State
from bridge.wiring.agency import load_agency
from bridge.wiring.assemble import assemble
from sandbox.world import ANDRII, CLIENT, MARIIA
from tests.pace import FreePace
from tests.story.conftest import Play
from tests.story.harness import NAME, ROOT, Story, buttons_under

RULES = """\
version: 1
templates:
  ask.head: {uk: "Дати знижку?", ru: "Дать скидку?", en: "Give a discount?"}
  ask.client:
    buttons: [approve, comment]
    uk: Етап завершено. Затверджуєте?
    ru: Этап завершён. Утверждаете?
    en: The stage is finished. Do you approve?
  news: {uk: "Новина для Вас", ru: "Новость для Вас", en: "News for you"}
rules:
  - id: discount
    when: {command: /знижка}
    per: deal
    then: [{propose: {to: head, template: ask.head, on_approve: [{comment: "Знижку дозволено"}]}}]
  - id: stage
    when: {command: /етап}
    per: deal
    then: [{send: ask.client, to: client}]
  - id: stage-yes
    when: {approved: ask.client}
    per: deal
    then: [{comment: "Клієнт затвердив"}]
  - id: stage-no
    when: {rejected: ask.client}
    per: deal
    then: [{comment: "Клієнт має зауваження"}]
  - id: news
    when: {command: /новина}
    per: deal
    then: [{send: news, to: client, approve: pm}]
"""


@pytest.fixture
def story(play: Play, tmp_path: Path) -> Story:
    """The story's client with his chat, and rules that ask."""
    story = play("handed")
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "config" / "rules" / "95-asks.yaml").write_text(RULES, encoding="utf-8")
    own, findings = load_agency(tmp_path / "config")
    assert own is not None, findings
    story.close()
    story.engine = assemble(story.settings, own, story.clock, FreePace())
    story.tick("2026-12-01 12:00")
    return story


def command(story: Story, word: str) -> None:
    story.people.comment_card(NAME, word, by="olena")
    story.soon()


def client_presses(story: Story, *titles: str) -> None:
    """The client presses these buttons before the bridge looks."""
    message = next(one for one in reversed(story.messages(CLIENT.id)) if "Затверджуєте" in one.body.text)
    for title in titles:
        story.people.client_presses(CLIENT.id, message.id, title)
    story.soon()


def test_the_heads_yes_is_carried_out_once(story: Story) -> None:
    command(story, "/знижка")
    assert story.head[-1] == "Дати знижку?"
    story.press(MARIIA.id, "Затверджую")
    story.press(MARIIA.id, "Ні")
    story.soon()
    assert story.comments.count("Знижку дозволено") == 1
    assert (story.notes[0], story.notes[1][:20]) == ("✓ Затверджую", "Тут уже все вирішено")
    assert story.head[-1].startswith("Дати знижку?\n\n✓ Затверджую: Марія")
    assert buttons_under(story.messages(MARIIA.id)[-1]) == []


def test_the_clients_yes_reaches_the_card(story: Story) -> None:
    command(story, "/етап")
    client_presses(story, "Затверджую", "Є зауваження")
    assert "Клієнт затвердив" in story.comments
    assert "Клієнт має зауваження" not in story.comments
    assert story.notes[-1].startswith("Дякуємо, Вашу відповідь уже записано")
    assert [text for text in story.client if text.startswith("Дякуємо, Вашу")] == []
    assert "✓ Затверджую, " in story.client[-1]


def test_the_clients_no_asks_what_to_change_and_the_manager_reads_it(story: Story) -> None:
    command(story, "/етап")
    client_presses(story, "Є зауваження")
    assert story.client[-1].startswith("Дякуємо за відповідь. Напишіть")
    story.people.client_types(CLIENT.id, "Змініть, будь ласка, колір")
    story.soon()
    assert "Змініть, будь ласка, колір" in story.manager[-1]


def test_a_message_goes_to_the_client_only_after_a_person_let_it(story: Story) -> None:
    command(story, "/новина")
    assert ("Новина для Вас" in story.client, "«Новина для Вас»" in story.pm[-1]) == (False, True)
    story.work(minutes=120)
    assert "Новина для Вас" not in story.client
    story.press(ANDRII.id, "Надіслати")
    story.soon()
    assert story.client[-1] == "Новина для Вас"


def test_what_a_person_writes_himself_is_not_sent(story: Story) -> None:
    command(story, "/новина")
    story.press(ANDRII.id, "Напишу сам(а)")
    story.work(minutes=60)
    assert "Новина для Вас" not in story.client
    assert [str(row.reason) for row in story.deliveries(State.CANCELLED)] == [
        f"written by hand, says {ANDRII.first_name}"
    ]


def test_all_of_it_goes_with_the_client(story: Story) -> None:
    command(story, "/знижка")
    [client] = {row.client for row in story.deliveries() if row.client}
    assert len(story.engine.store.load_client(client).questions) == 1
    assert story.engine.store.erase(client, story.clock.now(), "test")["questions"] == 1
