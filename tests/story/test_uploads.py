"""A client uploads a logo with the brief: from the form's folder in Drive to the card, as forms.yaml says."""

from __future__ import annotations

from dataclasses import replace

from bridge.wiring.agency import Agency
from bridge.wiring.assemble import assemble
from bridge.wiring.form_shapes import UploadEntry
from sandbox.google import DriveFile
from tests.pace import FreePace
from tests.story.conftest import Play
from tests.story.harness import NAME, Story, agency

LOGO = "1sandboxLogoOfTheClient"
NOT_SHARED = "2sandboxPriceList"


def taking_files() -> Agency:
    """The pack, whose form takes files where it asked for wishes."""
    pack = agency()
    [form] = pack.forms
    answers = {question: fact for question, fact in form.entry.answers.items() if question != "Побажання"}
    files = {"Побажання": UploadEntry(doc="логотип")}
    return replace(
        pack, forms=(replace(form, entry=form.entry.model_copy(update={"answers": answers, "files": files})),)
    )


def answers_with(story: Story, *ids: str) -> None:
    """The client answers; the bridge is told to take files."""
    google = story.sandbox.google
    google.files[LOGO] = DriveFile(LOGO, "logo - Іван.PNG", b"\x89PNG logo", "image/png", {google.account.email})
    google.files[NOT_SHARED] = DriveFile(NOT_SHARED, "Прайс.xlsx")
    story.close()
    story.engine = assemble(story.settings, taking_files(), story.clock, FreePace())
    story.answer(Побажання=", ".join(f"https://drive.google.com/open?id={id}" for id in ids))
    for _minute in range(3):
        story.soon()


def test_a_clients_logo_hangs_on_the_card_once_under_the_agencys_name(play: Play) -> None:
    story = play("asked")
    answers_with(story, LOGO)
    name = f"{NAME}-логотип-{story.clock.now():%Y-%m-%d}.PNG"
    assert [one.content for one in story.card.attachments.values() if one.name == name] == [b"\x89PNG logo"]


def test_what_is_not_shared_is_linked_and_staff_hear_whom_to_share_the_folder_with(play: Play) -> None:
    story = play("asked")
    answers_with(story, NOT_SHARED)
    links = [one.url for one in story.card.attachments.values() if one.content is None]
    assert f"https://drive.google.com/open?id={NOT_SHARED}" in links
    told = [text for text in (*story.pm, *story.team) if story.sandbox.google.account.email in text]
    assert len(told) == 1
