"""Files that respondents upload: found in the sheet, and fetched from Drive over real HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.errors import ConnectorError, FileKept, FileTooLarge, Retry
from bridge.model.files import parse_files
from bridge.model.records import Ref
from connectors.google_forms import GoogleFormsConnector
from connectors.google_forms.drive import file_ids
from sandbox.faults import Fault
from sandbox.google import DriveFile
from tests.connectors.google_forms.agency import BRIEF, Agency
from tests.contract import descriptions
from tests.contract.google_discovery import validate

LINK = "https://drive.google.com/open?id="
LOGO = replace(BRIEF, answers={"Телефон": "client.phone"}, uploads=frozenset({"Сайт"}))
HOLDER = Ref("google_forms", "book", "response", "brief:K7M2")
DOCUMENT = "application/vnd.google-apps.document"


def put(world: Agency, id: str, name: str = "logo.PNG", content: bytes = b"\x89PNG", **more: str) -> None:
    """A file in the form's folder, which is shared with the bridge."""
    readers = {world.sandbox.google.account.email}
    world.sandbox.google.files[id] = DriveFile(id, name, content, readers=readers, **more)


def fetch(connector: GoogleFormsConnector, id: str, most: int = 1000) -> tuple[bytes, str]:
    with connector.fetch(HOLDER, Ref("google_forms", "book", "upload", id), most) as file:
        return file.content.read(), file.ending


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        (f"{LINK}1aaaaa, {LINK}2bbbbb", ["1aaaaa", "2bbbbb"]),
        (f"{LINK}1aaaaa,{LINK}1aaaaa", ["1aaaaa"]),
        ("https://drive.google.com/file/d/1aaaaa/view?usp=drivesdk", ["1aaaaa"]),
        ("https://docs.google.com/document/d/1aaaaa/edit", ["1aaaaa"]),
        ("https://drive.example/open?id=1aaaaa", []),
        (f"{LINK}../../1aaaaa", []),
        ("нема", []),
    ],
)
def test_a_cell_holds_the_links_of_several_files_and_nothing_else_is_taken_for_one(cell: str, ids: list[str]) -> None:
    assert file_ids(cell) == ids


def test_an_answer_names_its_files_by_their_question_and_fills_no_fact_with_them(world: Agency) -> None:
    world.answer("K7M2", site=f"{LINK}2bbbbb, {LINK}1aaaaa", phone="0441234567")
    [record] = world.connect(LOGO).pull(None).records
    assert [(file.id, file.name) for file in parse_files(record.fields["files"])] == [
        ("1aaaaa", "Сайт"),
        ("2bbbbb", "Сайт"),
    ]
    assert record.fields["values"] == {"client.phone": "0441234567"}


def test_an_answer_without_files_is_what_it_was(world: Agency) -> None:
    world.answer("K7M2")
    [record] = world.connect(LOGO).pull(None).records
    assert "files" not in record.fields


def test_files_of_a_column_that_was_renamed_follow_when_it_is_found(world: Agency) -> None:
    connector = world.connect(LOGO)
    header = world.sheet.rows[0].cells
    place = header.index("Сайт")
    header[place] = "Логотип"
    world.answer("K7M2", site=f"{LINK}1aaaaa")
    page = connector.pull(None)
    header[place] = "Сайт"
    [record] = connector.pull(page.cursor).records
    assert ["files" in one.fields for one in (page.records[0], record)] == [False, True]


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [("logo.PNG", "image/png", ".PNG"), ("Логотип", "application/pdf", ".pdf"), ("v1. final", "image/png", ".png")],
)
def test_a_file_is_fetched_with_its_content_and_its_own_ending(
    world: Agency, name: str, kind: str, ending: str
) -> None:
    put(world, "1aaaaa", name, b"content", mime_type=kind)
    assert fetch(world.connect(LOGO), "1aaaaa") == (b"content", ending)


def test_a_file_that_is_not_shared_names_the_address_to_share_it_with(world: Agency) -> None:
    put(world, "1aaaaa")
    world.sandbox.google.files["1aaaaa"].readers.clear()
    with pytest.raises(FileKept) as kept:
        fetch(world.connect(LOGO), "1aaaaa")
    assert kept.value.share_with == world.sandbox.google.account.email


def test_a_document_of_googles_own_has_no_file_and_sharing_would_not_help(world: Agency) -> None:
    put(world, "1aaaaa", "Бриф", mime_type=DOCUMENT)
    with pytest.raises(FileKept) as kept:
        fetch(world.connect(LOGO), "1aaaaa")
    assert kept.value.share_with == ""


def test_a_file_that_is_too_large_is_not_fetched(world: Agency) -> None:
    put(world, "1aaaaa", content=b"12345")
    with pytest.raises(FileTooLarge):
        fetch(world.connect(LOGO), "1aaaaa", most=4)
    assert [call.query.get("alt") for call in world.sandbox.journal.since() if "/drive/" in call.path] == [None]


@pytest.mark.parametrize(
    ("status", "body", "retry"),
    [
        (503, None, Retry.PASSING),
        (403, {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}, Retry.PASSING),
        (403, {"error": {"code": 403, "errors": [{"reason": "accessNotConfigured"}]}}, Retry.ASK_ADMIN),
    ],
)
def test_an_outage_a_used_up_quota_and_an_api_that_is_off_hang_no_link(
    world: Agency, status: int, body: dict[str, object] | None, retry: Retry
) -> None:
    put(world, "1aaaaa")
    world.sandbox.faults.add(Fault("google", "status", path="/drive/", status=status, body=body))
    with pytest.raises(ConnectorError) as failed:
        fetch(world.connect(LOGO), "1aaaaa")
    assert (failed.value.retry, isinstance(failed.value, FileKept)) == (retry, False)


def test_a_token_that_ends_before_its_time_is_replaced(world: Agency) -> None:
    put(world, "1aaaaa")
    connector = world.connect(LOGO)
    fetch(connector, "1aaaaa")
    world.sandbox.google.account.revoke()
    assert fetch(connector, "1aaaaa")[1] == ".PNG"


@pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")
def test_every_call_is_one_that_google_describes(world: Agency) -> None:
    put(world, "1aaaaa")
    connector = world.connect(LOGO)
    fetch(connector, "1aaaaa")
    with pytest.raises(FileKept):
        fetch(connector, "2bbbbb")
    calls = [call for call in world.sandbox.journal.since() if "/drive/" in call.path]
    assert (len(calls), [fault for call in calls for fault in validate(call)]) == (3, [])
