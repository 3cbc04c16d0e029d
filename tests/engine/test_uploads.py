"""Files that clients upload to a form: on their card once, under the agency's name, or linked where they are closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from bridge.engine.context import FormLink
from bridge.engine.mirroring import UPLOADS
from bridge.model.errors import FileKept
from bridge.model.files import FILES, UPLOAD_PAGE, Fetched, FileThere, Mirror, UploadName, plain_files
from bridge.model.records import Ref
from bridge.model.values import Plain
from tests.engine.test_mirroring import House, Shelf, contents

ANSWER = Ref("google_forms", "main", "response", "1")
LOGO = UploadName("логотип", "{client}-{doc}-{date}")


@dataclass
class Folder(Shelf):
    """What a form keeps in Drive; what is `closed` is not shared with the bridge."""

    closed: set[str] = field(default_factory=set)

    @contextmanager
    def fetch(self, file: Ref, most: int) -> Iterator[Fetched]:
        if file.id in self.closed:
            raise FileKept("google_forms", "not shared", share_with="bridge@agency.test")
        with super().fetch(file, most) as found:
            yield replace(found, ending=".png")


class Bureau(House):
    """A client with a card, who answers a form that asks for a logo."""

    def __init__(self) -> None:
        super().__init__(Mirror(UPLOADS, "trello.card"))
        form = FormLink("brief", {"uk": "Бриф"}, lambda token: f"https://forms.test/{token}", {"Логотип": LOGO})
        self.context = replace(self.context, forms={"brief": form})
        self.engine.context = self.context
        self.folder = Folder(ANSWER)
        self.shelves[ANSWER] = self.folder
        self.code = self.token(self.deal, "brief")
        self.uploaded: list[str] = []
        self.revision = 1

    def looks(self) -> House:
        self.answers("1", *self.uploaded)
        return super().looks()

    def answers(self, id: str, *uploaded: str) -> None:
        """An answer is read that has these files."""
        record = self.response(id, token=self.code, revision=self.revision)
        files = [FileThere(id, "Логотип") for id in uploaded]
        more: dict[str, Plain] = {FILES: plain_files(files), UPLOAD_PAGE: "https://drive.test/open?id={id}"}
        at: dict[str, Plain] = {"answered_at": "2026-03-02T22:30:00.000000Z", "answers": {"Логотип": len(files)}}
        self.take(replace(record, fields={**record.fields, **at, **more}))

    def sends(self, *files: str) -> None:
        """The client answers with these files, which are their own content."""
        self.uploaded = list(files)
        self.folder.things.update({id: (f"{id} - Іван.png", id.encode()) for id in files})
        self.settles()
        self.revision += 1


def test_uploads_hang_on_the_card_once_under_the_agencys_name_with_their_own_ending() -> None:
    bureau = Bureau()
    bureau.sends("a", "b")
    bureau.settles()
    assert contents(bureau.on_card) == [
        ("Ромашка-логотип-2026-03-03-2.png", b"b"),
        ("Ромашка-логотип-2026-03-03.png", b"a"),
    ]


def test_a_newer_answer_adds_what_is_new_and_takes_nothing_off() -> None:
    bureau = Bureau()
    bureau.sends("a")
    bureau.sends("c")
    assert sorted(content for _name, content in contents(bureau.on_card)) == [b"a", b"c"]


def test_the_files_of_all_answers_of_a_client_count() -> None:
    bureau = Bureau()
    bureau.shelves[replace(ANSWER, id="2")] = bureau.folder
    bureau.answers("2", "b")
    bureau.folder.things["b"] = "b.png", b"b"
    bureau.sends("a")
    assert sorted(content for _name, content in contents(bureau.on_card)) == [b"a", b"b"]


def test_a_file_of_the_same_content_sent_again_stays_one() -> None:
    bureau = Bureau()
    bureau.sends("a")
    bureau.folder.things["again"] = "again.png", b"a"
    bureau.uploaded = ["again"]
    bureau.settles()
    assert [content for _name, content in contents(bureau.on_card)] == [b"a"]


def test_a_file_that_is_closed_is_linked_and_staff_hear_once_an_answer_whom_to_share_its_folder_with() -> None:
    bureau = Bureau()
    bureau.folder.closed = {"a", "b"}
    bureau.sends("a", "b")
    assert (bureau.on_card.things, sorted(bureau.on_card.links.values())) == (
        {},
        [
            ("Ромашка-логотип-2026-03-03", "https://drive.test/open?id=a"),
            ("Ромашка-логотип-2026-03-03-2", "https://drive.test/open?id=b"),
        ],
    )
    assert bureau.told() == ["person:andrii: share with bridge@agency.test"]


def test_a_file_that_is_too_large_is_linked_to_where_it_is_and_nobody_is_troubled() -> None:
    bureau = Bureau()
    bureau.on_card.largest = 3
    bureau.sends("large")
    assert list(bureau.on_card.links.values()) == [("Ромашка-логотип-2026-03-03", "https://drive.test/open?id=large")]
    assert bureau.told() == []


@pytest.mark.parametrize(
    ("pattern", "client", "name"),
    [
        ("{client}-{doc}-{date}", "ТОВ «Зерно»", "ТОВ «Зерно»-логотип-2026-03-03"),
        ("{client}-{doc}-{date}", "", "логотип-2026-03-03"),
        ("{date} {client} {doc}", "", "2026-03-03 логотип"),
        ("{doc}", "{date}", "логотип"),
        ("{client}", "{date}", "{date}"),
    ],
)
def test_a_name_is_made_of_its_pattern_and_what_is_not_known_is_left_out(pattern: str, client: str, name: str) -> None:
    assert UploadName("логотип", pattern).of(client, "2026-03-03", 1) == name
