"""Files of tasks and contacts: fetched for another system, and another system's hung on them once for each content."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.decisions import CopyFile
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, FileGone, FileTooLarge, Retry
from bridge.model.files import FILES, LARGEST, parse_files
from bridge.model.records import Page, Ref
from connectors.planfix import PlanfixConnector
from sandbox.planfix.model import File, Thing
from sandbox.planfix_world import EMPLOYEES
from tests.connectors.files import ELSEWHERE, sha, source
from tests.connectors.planfix.office import Office, delivery, record_of, ref_of
from tests.secrets import PLANFIX_TOKEN

BRIEF = b"%PDF brief"
NOTE = f'<a href="{ELSEWHERE}">Бриф.pdf</a>'
MINUTE = timedelta(minutes=1)


def put(world: Office, thing: Thing, name: str, content: bytes) -> File:
    file = world.planfix.add_file(name, content)
    world.edit(thing, files=[{"id": one} for one in (*thing.file_ids, file.id)])
    return file


def copying(thing: Thing, name: str = "Бриф.pdf", content: bytes | None = BRIEF, **given: Any) -> Delivery:
    known, tried = given.pop("known", None), given.pop("first_tried_at", None)
    size = {"size": len(content)} if content is not None else {}
    wanted: dict[str, Any] = {**size, "page": ELSEWHERE, "note": NOTE, "largest": LARGEST} | given
    decision = CopyFile(f"planfix.{thing.kind}", "trello:main:card:c1", "trello:main:attachment:a1", name, **wanted)
    return delivery(decision, thing, source=source(content, known), first_tried_at=tried)


def files_on(world: Office, thing: Thing) -> list[tuple[str, bytes]]:
    files = world.planfix.store.files
    return [(files[one].name, files[one].content) for one in thing.file_ids]


def ref(file: File) -> Ref:
    return Ref("planfix", "main", "file", str(file.id))


def texts(world: Office) -> list[str]:
    return [one.text for one in world.planfix.store.comments.values() if ELSEWHERE in one.text]


def test_a_file_is_fetched_where_planfix_sends_us_on_to(world: Office) -> None:
    task = world.add_task("Сайт")
    file = put(world, task, 'Бриф №1/2 "новий".pdf', BRIEF)
    with world.connector().fetch(ref_of(task), ref(file), 1000) as found:
        assert (found.content.read(), found.size, found.hash) == (BRIEF, len(BRIEF), sha(BRIEF))


def test_a_file_that_was_deleted_meanwhile_is_gone(world: Office) -> None:
    with pytest.raises(FileGone), world.connector().fetch(ref_of(world.add_task("Сайт")), file_ref(999), 1000):
        pass


def test_no_more_is_fetched_than_was_asked_for(world: Office) -> None:
    task = world.add_task("Сайт")
    file = put(world, task, "Відео.mp4", b"x" * 3_000_000)
    with pytest.raises(FileTooLarge), world.connector().fetch(ref_of(task), ref(file), 2_000_000):
        pass


@pytest.mark.parametrize("kind", ["task", "contact"])
def test_a_file_is_hung_beside_those_that_are_there(world: Office, kind: str) -> None:
    thing = world.add_task("Сайт") if kind == "task" else world.add_contact("Ганна")
    put(world, thing, "Наш.pdf", b"ours")
    receipt = world.connector().push(copying(thing))
    assert files_on(world, thing) == [("Наш.pdf", b"ours"), ("Бриф.pdf", BRIEF)]
    assert (receipt.remote, receipt.details["hash"]) == (file_ref(thing.file_ids[-1]), sha(BRIEF))


def test_a_file_of_the_same_content_is_not_hung_again_whatever_it_is_called(world: Office) -> None:
    task = world.add_task("Сайт")
    by_hand = put(world, task, "scan0001.pdf", BRIEF)
    receipt = world.connector().push(copying(task))
    assert (receipt.already, receipt.remote, len(task.file_ids)) == (True, ref(by_hand), 1)


def test_one_in_a_comment_counts_as_well(world: Office) -> None:
    task = world.add_task("Сайт")
    file = world.planfix.add_file("scan0001.pdf", BRIEF)
    world.planfix.comments.add(task, {"description": "Ось бриф", "files": [{"id": file.id}]}, EMPLOYEES[0])
    receipt = world.connector().push(copying(task))
    assert (receipt.already, receipt.remote, task.file_ids) == (True, ref(file), [])


def test_what_somebody_took_off_the_task_does_not_come_back(world: Office) -> None:
    task = world.add_task("Сайт")
    receipt = world.connector().push(copying(task, known={file_ref(5): sha(BRIEF)}))
    assert (receipt.already, receipt.remote, task.file_ids) == (True, None, [])


@pytest.mark.parametrize("limit", ["the map's", "the subscription's"])
def test_a_file_that_is_too_large_becomes_a_comment_with_a_link(world: Office, limit: str) -> None:
    task = world.add_task("Сайт")
    world.planfix.upload_limit_bytes = 5 if limit == "the subscription's" else 1000
    given: dict[str, Any] = {"largest": 5} if limit == "the map's" else {}
    receipt = world.connector().push(copying(task, **given))
    assert (files_on(world, task), texts(world)) == ([], [NOTE])
    assert receipt.remote is not None
    assert receipt.remote.kind == "comment"


def test_a_comment_with_a_link_whose_answer_was_lost_is_found(world: Office) -> None:
    task, connector = world.add_task("Сайт"), world.connector()
    world.planfix.upload_limit_bytes = 5
    world.fails("drop_after", method="POST", path=r"/comments/$")
    wanted, begun = copying(task), world.sandbox.clock.now()
    with pytest.raises(ConnectorError):
        connector.push(wanted)
    world.sandbox.clock.advance(2 * MINUTE)
    assert done(connector, replace(wanted, first_tried_at=begun)).already
    assert texts(world) == [NOTE]


def test_a_link_becomes_a_comment(world: Office) -> None:
    task = world.add_task("Сайт")
    world.connector().push(copying(task, "Диск", None, link=ELSEWHERE))
    assert texts(world) == [NOTE]


FAULTS: dict[str, tuple[dict[str, Any], Retry]] = {
    "lost before": ({"kind": "drop_before"}, Retry.UNKNOWN),
    "lost after": ({"kind": "drop_after"}, Retry.UNKNOWN),
    "server error": ({"kind": "status", "status": 502}, Retry.UNKNOWN),
    "too fast": ({"kind": "status", "status": 429}, Retry.PASSING),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", [r"/file/$", r"/attach/task$"])
def test_whatever_comes_of_upload_and_hanging_the_file_hangs_there_once(world: Office, step: str, fault: str) -> None:
    task, connector = world.add_task("Сайт"), world.connector()
    what, retry = FAULTS[fault]
    world.fails(**what, method="POST", path=step)
    wanted = copying(task, first_tried_at=world.sandbox.clock.now())
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert raised.value.retry is retry
    world.sandbox.clock.advance(2 * MINUTE)
    assert done(connector, wanted) is not None
    assert files_on(world, task) == [("Бриф.pdf", BRIEF)]


def done(connector: PlanfixConnector, wanted: Delivery) -> Receipt:
    """As an outbox does after an attempt whose outcome is open."""
    return connector.look(wanted) or connector.push(wanted)


def file_ref(number: int) -> Ref:
    return Ref("planfix", "main", "file", str(number))


def told(page: Page, thing: Thing) -> list[str]:
    return [one.name for one in parse_files(record_of(page, thing).fields.get(FILES))]


@pytest.mark.parametrize("kind", ["task", "contact"])
def test_a_record_tells_the_files_of_a_thing_where_they_are_wanted(world: Office, kind: str) -> None:
    thing = world.add_task("Сайт") if kind == "task" else world.add_contact("Ганна")
    put(world, thing, "Бриф.pdf", BRIEF)
    assert told(world.connector(files=frozenset({kind})).pull(None), thing) == ["Бриф.pdf"]
    assert told(world.connector().pull(None), thing) == []


def test_a_file_in_a_new_comment_is_a_file_of_the_deal(world: Office) -> None:
    task, connector = world.add_task("Сайт"), world.connector(files=frozenset({"task"}))
    read = connector.pull(None)
    file = world.planfix.add_file("Бриф.pdf", BRIEF)
    world.sandbox.clock.advance(10 * MINUTE)
    world.planfix.comments.add(task, {"description": "Ось", "files": [{"id": file.id}]}, EMPLOYEES[0])
    world.sandbox.clock.advance(2 * MINUTE)
    assert told(connector.pull(read.cursor), task) == ["Бриф.pdf"]


def test_a_cycle_in_which_nothing_happened_costs_no_more_for_files(world: Office) -> None:
    world.add_task("Сайт")
    connector = world.connector(files=frozenset({"task", "contact"}))
    read = connector.pull(None)
    world.sandbox.clock.advance(20 * MINUTE)
    with world.requests() as asked:
        connector.pull(read.cursor)
    assert asked == ["POST /task/list", "POST /contact/list"]


def test_a_token_that_may_not_read_files_is_found_where_files_are_wanted(world: Office) -> None:
    token = world.planfix.store.tokens[PLANFIX_TOKEN]
    token.scopes = frozenset({"task_readonly", "contact_readonly", "custom_field_readonly"})
    wanting, other = world.connector(files=frozenset({"task"})), world.connector()
    [finding] = [one for one in wanting.check() if one.code == "missing-scope"]
    assert "file_readonly" in finding.what
    assert "missing-scope" not in {one.code for one in other.check()}
