"""What goes wrong on the way to Planfix and back: each write is done once, and no answer is taken for another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.decisions import AttachDocument, CommentTask, CreateTask, Decision, WriteFields
from bridge.model.deliveries import Receipt, StoredFile
from bridge.model.errors import ConnectorError, Retry
from connectors.planfix import PlanfixConnector
from tests.connectors.planfix.office import DEAL, Office, delivery, ref_of

MINUTE = timedelta(minutes=1)
HTML = "<html><body>Service is being updated</body></html>"
FILE = StoredFile("x", "application/pdf", b"%PDF")
WRITES: dict[str, tuple[Decision, str, Callable[[Office], int]]] = {
    "task": (CreateTask("Подзвонити", "pm", "andrii"), r"/task/$", lambda world: len(world.tasks_named("Подзвонити"))),
    "comment": (CommentTask("Слово", "said"), r"/comments/$", lambda world: len(world.planfix.store.comments)),
    "fields": (
        WriteFields("planfix.task", {"project": "Жито"}),
        r"/task/\d+$",
        lambda world: sum(task.values.get(101) == "Жито" for task in world.planfix.store.things["task"].values()),
    ),
    "contact": (
        WriteFields("planfix.contact", {"email": "hanna@rye.example"}),
        r"/contact/\d+$",
        lambda world: sum(
            one.plain["email"] == "hanna@rye.example" for one in world.planfix.store.things["contact"].values()
        ),
    ),
    "upload": (
        AttachDocument("planfix", "contract", "key", "pdf", "Договір v1.pdf"),
        r"/file/$",
        lambda world: sum(len(task.file_ids) for task in world.planfix.store.things["task"].values()),
    ),
}
WRITES["attach"] = (WRITES["upload"][0], r"/attach/task$", WRITES["upload"][2])
FAULTS: dict[str, tuple[dict[str, Any], Retry]] = {
    "lost before": ({"kind": "drop_before"}, Retry.UNKNOWN),
    "lost after": ({"kind": "drop_after"}, Retry.UNKNOWN),
    "server error": ({"kind": "status", "status": 502, "body": HTML}, Retry.UNKNOWN),
    "unknown error": ({"kind": "status", "status": 500, "body": {"result": "fail", "code": 0}}, Retry.UNKNOWN),
    "page instead of an answer": ({"kind": "status", "status": 200, "body": HTML}, Retry.UNKNOWN),
    "too fast": ({"kind": "status", "status": 429, "headers": {"Retry-After": "3"}}, Retry.PASSING),
    "day used up": ({"kind": "status", "status": 200, "body": {"result": "fail", "code": 22}}, Retry.PASSING),
    "no scope": ({"kind": "status", "status": 400, "body": {"result": "fail", "code": 5}}, Retry.ASK_ADMIN),
}


def carried_out(world: Office, connector: PlanfixConnector, decision: Decision) -> list[Retry]:
    """What an outbox does until it is done; gives what failed attempts said."""
    deal, contact = world.add_task("Сайт"), world.add_contact("Ганна")
    wanted = delivery(decision, deal, related={"contact": contact}, first_tried_at=world.sandbox.clock.now(), file=FILE)
    target = ref_of(contact if isinstance(decision, WriteFields) and decision.record.endswith("contact") else deal)
    wanted = replace(wanted, target=target)
    said: list[Retry] = []
    receipt: Receipt | None = None
    while receipt is None:
        try:
            receipt = connector.look(wanted) if said[-1:] == [Retry.UNKNOWN] else None
            receipt = receipt or connector.push(wanted)
        except ConnectorError as error:
            said.append(error.retry)
            world.sandbox.clock.advance(error.wait or timedelta(seconds=5))
    return said


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_goes_wrong_is_done_once(world: Office, write: str, fault: str) -> None:
    decision, path, effects = WRITES[write]
    how, retry = FAULTS[fault]
    world.planfix.lists_late_by = MINUTE
    connector = world.connector()
    world.fails(path=path, method="POST", **how)
    assert carried_out(world, connector, decision) == [retry]
    assert effects(world) == 1


@pytest.mark.parametrize("write", ["task", "comment"])
def test_what_a_process_before_this_one_made_is_waited_for_until_lists_show_it(world: Office, write: str) -> None:
    decision, _path, effects = WRITES[write]
    world.planfix.lists_late_by = MINUTE
    deal = world.add_task("Сайт")
    wanted = delivery(decision, deal, first_tried_at=world.sandbox.clock.now())
    world.connector().push(wanted)
    world.sandbox.clock.advance(timedelta(seconds=10))
    after_restart = world.connector()
    with pytest.raises(ConnectorError) as raised:
        after_restart.look(wanted)
    assert raised.value.retry is Retry.UNKNOWN
    world.sandbox.clock.advance(raised.value.wait or timedelta(0))
    assert after_restart.look(wanted) is not None
    assert effects(world) == 1


@pytest.mark.parametrize(
    "answer",
    [HTML, "", "[]", {}, {"tasks": []}, {"result": "fail"}, {"result": "success", "tasks": [{"name": "no number"}]}],
    ids=str,
)
def test_an_answer_that_tells_nothing_is_no_empty_list(world: Office, answer: Any) -> None:
    connector = world.connector()
    first = connector.pull(None)
    world.fails("status", path="/task/list$", status=200, body=answer)
    with pytest.raises(ConnectorError):
        connector.pull(first.cursor)


@pytest.mark.parametrize("body", [{"result": "success"}, {}, HTML], ids=str)
def test_a_success_without_the_task_does_not_say_that_it_is_gone(world: Office, body: Any) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    connector.pull(None)
    world.fails("status", path=f"/task/{deal.id}$", status=200, body=body)
    with pytest.raises(ConnectorError) as raised:
        connector.refresh([ref_of(deal)])
    assert raised.value.retry is Retry.PASSING


def test_a_server_that_gives_the_same_page_for_ever_is_given_up(world: Office) -> None:
    connector = world.connector()
    first = connector.pull(None)
    page = {"result": "success", "tasks": [{"id": 1000 + number, "name": "Те саме"} for number in range(100)]}
    world.fails("status", path="/task/list$", status=200, body=page, times=0)
    with pytest.raises(ConnectorError, match="same full page"):
        connector.pull(first.cursor)


def test_members_that_are_null_are_left_out(world: Office) -> None:
    connector = world.connector()
    first = connector.pull(None)
    point: dict[str, Any] = {"date": "02-03-2026", "time": "09:00", "datetime": None, "dateTimeUtcSeconds": None}
    odd: dict[str, Any] = {
        "id": 9,
        "name": None,
        "template": {"id": DEAL},
        "assignees": {"users": None, "groups": None},
    }
    odd |= {"endDateTime": point, "customFieldData": None, "status": {"id": 1, "name": None}}
    world.fails("status", path="/task/list$", status=200, body={"result": "success", "tasks": [odd]})
    (record,) = connector.pull(first.cursor).records
    assert (record.fields["name"], record.fields["assignees"]) == ("", [])
    assert record.fields["due"] == "2026-03-02T07:00:00.000000Z"


def test_a_task_that_the_employee_may_not_see_holds_up_no_other(world: Office) -> None:
    hidden, seen = world.add_task("Чужа"), world.add_task("Сайт")
    connector = world.connector()
    connector.pull(None)
    world.fails("status", path=f"/task/{hidden.id}$", status=400, body={"result": "fail", "code": 6}, times=0)
    assert [one.ref for one in connector.refresh([ref_of(hidden), ref_of(seen)]).records] == [ref_of(seen)]
    with pytest.raises(ConnectorError):
        connector.refresh([ref_of(hidden)])


def test_a_value_that_a_list_got_meanwhile_is_written(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    connector.push(delivery(WriteFields("planfix.task", {"work_type": "seo"}), deal))
    field = world.planfix.store.custom_fields[102]
    world.planfix.store.custom_fields[102] = replace(field, choices=(*field.choices, "друк"))
    connector.push(delivery(WriteFields("planfix.task", {"work_type": "друк"}), deal))
    assert deal.values[102] == "друк"


def test_a_field_that_was_made_meanwhile_is_found_without_a_restart(world: Office) -> None:
    connector = world.connector(fields={"planfix.task.stage": "Етап"})
    with pytest.raises(ConnectorError):
        connector.pull(None)
    project = world.planfix.store.custom_fields[101]
    world.planfix.store.custom_fields[900] = replace(project, id=900, name="Етап")
    deal = world.add_task("Сайт")
    (record,) = [one for one in connector.pull(None).records if one.ref == ref_of(deal)]
    assert record.fields["stage"] is None
