"""Step 9: accesses come over a one-time page, are sealed at once, and nobody is asked for what is there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bridge.engine.accesses import note_reading
from bridge.engine.handing_over import about, hand_over, opened
from bridge.engine.sealing import Opener, new_key
from bridge.model.events import Actor
from bridge.model.vault import AccessState
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import assemble
from sandbox.world import CLIENT, IRYNA
from tests.pace import FreePace
from tests.secrets import CLIENT_PASSWORD
from tests.story.conftest import Play
from tests.story.harness import NAME, ROOT, Story, agency

PEM, PUBLIC = new_key()
VAULT = f"""
vault:
  public_key: {PUBLIC}
  accesses:
    site:
      title: {{uk: Сайт (WordPress), ru: Сайт (WordPress), en: Website (WordPress)}}
      of: {{deal.work_type: [site]}}
    ads: {{title: {{uk: Google Ads, ru: Google Ads, en: Google Ads}}, of: {{deal.work_type: [site, ads]}}}}
    smm: {{title: {{uk: Instagram, ru: Instagram, en: Instagram}}, of: {{deal.work_type: [smm]}}}}
"""


@cache
def with_vault() -> Agency:
    """The pack, with a vault in its bridge.yaml."""
    with TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "config", Path(folder) / "config")
        pack = Path(folder) / "config" / "bridge.yaml"
        pack.write_text(pack.read_text(encoding="utf-8") + VAULT, encoding="utf-8")
        found, findings = load_agency(pack.parent)
    assert found is not None, findings
    return found


@pytest.fixture
def story(play: Play) -> Story:
    """The brief is with the client, and the agency has a vault."""
    story = play("asked")
    story.close()
    settings = story.settings.model_copy(update={"public_url": "https://bridge.example"})
    story.engine = assemble(settings, _there(), story.clock, FreePace())
    return story


def _there() -> Agency:
    return replace(with_vault(), folder=agency().folder, templates=agency().templates)


def token(story: Story) -> str:
    """The one-time link in the client's newest message that has one, without its address."""
    entities = [entity for message in story.messages(CLIENT.id) for entity in message.body.entities]
    links = [str(entity["url"]) for entity in entities if "/access/" in str(entity.get("url"))]
    return links[-1].removeprefix("https://bridge.example/access/")


def hands_over(story: Story, *names: str) -> tuple[str, ...] | None:
    engine = story.engine
    given = {name: {"login": "olha", "password": CLIENT_PASSWORD, "note": ""} for name in names}
    return hand_over(engine.store, engine.context, token(story), given, story.clock.now())


def asked(story: Story) -> Story:
    """The brief is there; as three messages were enough for that day, the next one came in the morning."""
    story.answer()
    story.soon()
    story.tick("2026-12-01 10:00")
    story.soon()
    return story


def test_with_the_brief_there_the_client_is_asked_for_the_accesses_of_that_work(story: Story) -> None:
    asked(story)
    assert story.client[-1] == (
        f"{NAME}, для роботи нам потрібні доступи:\n• Сайт (WordPress)\n• Google Ads\n"
        "Передайте їх, будь ласка, на захищеній сторінці: вона діє один раз. Пароль сюди в чат надсилати не потрібно."
    )
    assert len(token(story)) == 43


def test_no_message_that_is_kept_holds_a_link_that_opens(story: Story) -> None:
    asked(story)
    kept = " ".join(row.decision.text for row in story.deliveries() if hasattr(row.decision, "text"))
    assert token(story) not in kept
    assert "https://bridge.example/access/for/deal-" in kept


def test_looking_at_a_link_uses_nothing_up(story: Story) -> None:
    asked(story)
    pages = [opened(story.engine.store, token(story), story.clock.now()) for _bot in range(3)]
    assert [page.names for page in pages if page is not None] == [("site", "ads")] * 3


def test_all_accesses_handed_over_fill_the_fact_and_end_the_reminders(story: Story) -> None:
    asked(story)
    assert [timer.step for timer in story.timers if timer.step] == ["remind", "pm"]
    assert hands_over(story, "site", "ads") == ("site", "ads")
    story.soon()
    story.soon()
    assert [timer.step for timer in story.timers if timer.step] == []
    assert story.team[-1] == f"{NAME}: усі доступи отримано."
    assert story.deal_fields["Доступи"] == "received"


def test_a_link_takes_one_answer(story: Story) -> None:
    asked(story)
    assert hands_over(story, "site") == ("site",)
    assert hands_over(story, "ads") is None
    page = opened(story.engine.store, token(story), story.clock.now())
    assert page is not None
    assert page.is_done


def test_what_is_still_missing_is_reminded_of_by_itself_with_a_new_link(story: Story) -> None:
    asked(story)
    before = token(story)
    hands_over(story, "site")
    story.tick("2026-12-03 18:05")
    story.work()
    assert "Google Ads" in story.client[-1]
    assert "WordPress" not in story.client[-1]
    assert token(story) != before


def test_a_link_opens_for_a_week(story: Story) -> None:
    asked(story)
    story.later(hours=7 * 24 + 1)
    assert hands_over(story, "site") is None


def test_an_access_that_does_not_work_is_asked_for_again_and_no_other(story: Story) -> None:
    asked(story)
    hands_over(story, "site", "ads")
    story.soon()
    story.press(IRYNA.id, "Не підходить")
    story.soon()
    assert story.deal_fields["Доступи"] == "asked"
    story.later(minutes=5).tick()
    story.soon()
    assert "увійти не вдалося.\n• Google Ads\n" in story.client[-1]
    page = opened(story.engine.store, token(story), story.clock.now())
    assert page is not None
    assert page.names == ("ads",)


def test_the_specialist_says_that_they_work(story: Story) -> None:
    asked(story)
    hands_over(story, "site")
    story.soon()
    story.press(IRYNA.id, "Працює")
    story.soon()
    [ads, site] = story.engine.store.accesses()
    assert (ads.state, site.state, site.settled_by) == (AccessState.ASKED, AccessState.CHECKED, "Ірина")


def test_a_second_press_changes_nothing_and_says_so(story: Story) -> None:
    asked(story)
    hands_over(story, "site")
    story.soon()
    for _press in range(2):
        story.press(IRYNA.id, "Працює")
        story.soon()
    assert "уже все вирішено" in story.notes[-1]


def test_a_button_about_what_came_before_says_nothing_of_what_came_since(story: Story) -> None:
    asked(story)
    hands_over(story, "site")
    story.soon()
    [first] = [one for one in story.messages(IRYNA.id) if "отримано доступ" in one.body.text]
    story.press(IRYNA.id, "Не підходить")
    story.soon()
    story.later(minutes=6).tick()
    hands_over(story, "site")
    story.people.staff_presses(IRYNA.id, first.id, "Працює")
    story.soon()
    [_ads, site] = story.engine.store.accesses()
    assert site.state is AccessState.RECEIVED


def test_a_password_typed_into_the_chat_is_answered_with_a_link_that_opens(story: Story) -> None:
    asked(story)
    before = token(story)
    story.people.client_types(CLIENT.id, f"пароль: {CLIENT_PASSWORD}")
    story.soon()
    assert "видаліть, будь ласка, це повідомлення" in story.client[-1]
    assert token(story) != before
    assert hands_over(story, "site") == ("site",)


def test_what_was_handed_over_opens_with_the_private_key_alone(story: Story) -> None:
    asked(story)
    hands_over(story, "site")
    store = story.engine.store
    [access] = [one for one in store.accesses() if one.sealed]
    with store.intake(story.clock.now()) as intake:
        box = intake.accesses.box(access.id)
        note_reading(intake, [access], "read", Actor())
    assert box is not None
    assert Opener(PEM).open(box, about(store.workspace, access.id))["password"] == CLIENT_PASSWORD


def test_without_a_vault_nobody_is_asked(play: Play) -> None:
    story = asked(play("asked"))
    assert not any("доступи:" in text and "сторінці" in text for text in story.client)
