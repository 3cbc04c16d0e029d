"""The stand-in of Planfix answers as the vendor describes, seen through plain HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox import Running, Sandbox, serve_in_thread
from sandbox.planfix.model import NUMBER, CustomField, DataTag, Token
from sandbox.planfix_world import BRIEF_BUTTON, ROBOT, TOKEN
from tests.contract import descriptions
from tests.contract.openapi import validate_planfix
from tests.sandbox.test_trello import Subscriber, subscriber

__all__ = ["subscriber"]
START = datetime(2026, 3, 2, 14, 30, 20, tzinfo=UTC)
"""In Kyiv it is 16:30:20."""
SOURCE_OBJECT = "0c091b1f-a735-44e9-a56c-43435e7a40b6"


class World:
    """The demo account with one contact and one sales task, behind HTTP."""

    def __init__(self, running: Running) -> None:
        self.sandbox, self.planfix, self.people = running.sandbox, running.sandbox.planfix, running.sandbox.people
        self.url = f"{running.base_url}/planfix/rest"
        self.session = requests.Session()
        self.session.trust_env = False
        self.contact = self.people.create_contact("Кав'ярня «Ранок»", phone="+380501112233")
        self.task = self.people.create_task("Продаж: Кав'ярня", self.contact, fields={"Сума": 12500})

    def ask(self, method: str, path: str, status: int = 200, token: str = TOKEN, **kw: Any) -> Any:
        """The answer's JSON, None when it is empty; fails when the status is another one."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.session.request(method, self.url + path, headers=headers, timeout=10, **kw)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def post(self, path: str, body: dict[str, Any], status: int = 200) -> Any:
        return self.ask("POST", path, status, json=body)

    def read(self, fields: str) -> Any:
        return self.ask("GET", f"/task/{self.task}", params={"fields": fields})["task"]

    def tasks(self, filter_type: int, operator: str, value: Any, **more: Any) -> list[int]:
        filters = [{"type": filter_type, "operator": operator, "value": value, **more}]
        found = self.post("/task/list", {"offset": 0, "pageSize": 100, "filters": filters, "fields": "id"})["tasks"]
        return [one["id"] for one in found]


@pytest.fixture
def world() -> Iterator[World]:
    """Ends with a check of everything that was asked and answered against the vendor's own description."""
    sandbox = Sandbox(start=START)
    with serve_in_thread(sandbox) as running:
        yield World(running)
    if descriptions() is not None:
        entries = [one for one in sandbox.journal.since() if (one.operation or "").startswith("/rest")]
        faults = {f"{one.method} {one.path}": validate_planfix(one) for one in entries if (one.status or 500) < 400}
        assert {name: found for name, found in faults.items() if found} == {}


def minute(text: str) -> dict[str, str]:
    return {"dateType": "otherDate_withTime", "dateFrom": text}


def test_an_unknown_token_is_refused_with_its_code(world: World) -> None:
    fail = {"result": "fail", "code": 1, "error": "Access denied, unknown token"}
    assert world.ask("GET", "/ping", 401, token="nobody") == fail
    assert world.ask("GET", "/ping") == {"result": "success"}


def test_a_token_does_only_what_its_scopes_allow(world: World) -> None:
    world.planfix.store.tokens["sandbox-narrow"] = Token("sandbox-narrow", ROBOT, frozenset({"task_readonly"}))
    world.ask("GET", f"/task/{world.task}", token="sandbox-narrow")
    refused = world.ask("POST", f"/task/{world.task}", 405, token="sandbox-narrow", json={"name": "x"})
    assert refused["code"] == 5


def test_only_the_fields_asked_for_come_back(world: World) -> None:
    assert world.read("") == {"id": world.task}
    assert world.read("name,103") == {
        "id": world.task,
        "name": "Продаж: Кав'ярня",
        "customFieldData": [{"field": {"id": 103, "name": "Сума", "type": 1, "objectType": 0}, "value": 12500}],
    }


def test_people_have_prefixed_ids_and_contacts_numbers(world: World) -> None:
    task = world.read("assigner,counterparty,assignees")
    assert task["assigner"] == {"id": "user:1", "name": "Олена Мельник"}
    assert task["counterparty"]["id"] == f"contact:{world.contact}"
    contact = world.ask("GET", f"/contact/{world.contact}", params={"fields": "name,phones"})["contact"]
    assert contact["id"] == world.contact
    assert contact["phones"][0]["number"] == "+380501112233"


def test_dates_are_shown_in_the_employees_zone_and_to_the_second_in_utc(world: World) -> None:
    assert world.read("dateOfLastUpdate")["dateOfLastUpdate"] == {
        "date": "02-03-2026",
        "time": "16:30",
        "datetime": "2026-03-02T14:30Z",
        "dateTimeUtcSeconds": "2026-03-02T14:30:20+0000",
    }


def test_after_a_minute_misses_what_happened_within_it(world: World) -> None:
    assert world.tasks(38, "gt", minute("02-03-2026 16:30")) == []
    assert world.tasks(38, "gt", minute("02-03-2026 16:29")) == [world.task]


def test_a_date_filter_is_not_in_utc(world: World) -> None:
    assert world.tasks(38, "gt", minute("02-03-2026 14:29")) == [world.task]
    assert world.tasks(38, "lt", minute("02-03-2026 14:31")) == []


def test_a_comment_moves_last_activity_and_not_last_change(world: World) -> None:
    world.sandbox.clock.advance(timedelta(hours=1))
    world.people.comment_task(world.task, "Домовились про дзвінок")
    since = minute("02-03-2026 17:00")
    assert (world.tasks(38, "gt", since), world.tasks(21, "gt", since)) == ([], [world.task])
    assert world.tasks(79, "gt", since) == [world.task]


def test_comments_of_all_tasks_are_read_in_one_list(world: World) -> None:
    world.people.comment_task(world.task, "раз")
    world.sandbox.clock.advance(timedelta(hours=1))
    comment = world.people.comment_task(world.task, "два", by=2)
    filters = [{"type": 3000, "operator": "gt", "value": minute("02-03-2026 17:00")}]
    found = world.post("/comment/list", {"filters": filters, "fields": "id,description,task,owner"})["comments"]
    owner = {"id": "user:2", "name": "Андрій Коваль"}
    assert found == [{"id": comment, "description": "два", "task": {"id": world.task}, "owner": owner}]


def test_custom_fields_can_be_filtered_by(world: World) -> None:
    world.people.set_planfix_field(world.task, "Вид роботи", "seo")
    assert world.tasks(106, "equal", "seo", field=102) == [world.task]
    assert world.tasks(102, "gt", 20000, field=103) == []
    assert world.tasks(152, "equal", 103) == [world.task]


def test_an_unknown_filter_is_an_invalid_parameter(world: World) -> None:
    filters = [{"type": 9999, "operator": "equal", "value": 1}]
    assert world.post("/task/list", {"filters": filters}, 400)["code"] == 41


def test_a_page_has_a_hundred_rows_at_most(world: World) -> None:
    for number in range(104):
        world.people.create_task(f"{number}")
    first = world.post("/task/list", {"offset": 0, "pageSize": 500, "fields": "id"})["tasks"]
    second = world.post("/task/list", {"offset": 100, "pageSize": 100, "fields": "id"})["tasks"]
    assert (len(first), len(second)) == (100, 5)


def test_a_task_is_made_with_the_first_status_of_its_template(world: World) -> None:
    body = {"name": "Нова", "template": {"id": 12}, "sourceObjectId": SOURCE_OBJECT, "sourceDataVersion": "1"}
    made = world.post("/task/", body, 201)
    fields = {"fields": "status,processId,sourceObjectId"}
    task = world.ask("GET", f"/task/{made['id']}", params=fields)["task"]
    assert (task["status"]["name"], task["processId"], task["sourceObjectId"]) == ("Нова", 2, SOURCE_OBJECT)


def test_nothing_stops_a_second_task_with_the_same_source_object(world: World) -> None:
    body = {"name": "Нова", "sourceObjectId": SOURCE_OBJECT}
    assert world.post("/task/", body, 201)["id"] != world.post("/task/", body, 201)["id"]


def test_an_update_that_changes_nothing_moves_no_date(world: World) -> None:
    world.sandbox.clock.advance(timedelta(hours=1))
    world.post(f"/task/{world.task}", {"name": "Продаж: Кав'ярня"})
    assert world.read("dateOfLastUpdate")["dateOfLastUpdate"]["time"] == "16:30"


def test_a_wrong_status_and_a_missing_task_have_their_codes(world: World) -> None:
    assert world.post(f"/task/{world.task}", {"status": {"id": 999}}, 400)["code"] == 41
    assert world.post("/task/99999", {"name": "x"}, 404)["code"] == 1000
    assert world.ask("GET", "/contact/99999", 404)["code"] == 2000
    assert world.post("/contact/", {"name": ""}, 400)["code"] == 2006


def test_a_value_the_list_has_not_fails_alone(world: World) -> None:
    items = [{"field": {"id": 102}, "value": "billboards"}, {"field": {"id": 104}, "value": True}]
    answer = world.post(f"/task/{world.task}", {"customFieldData": items})
    assert answer["result"] == "success"
    assert [one["field"] for one in answer["failures"]] == ["102"]
    assert world.read("104")["customFieldData"][0]["value"] is True


def test_a_field_can_be_made_to_fail_once(world: World) -> None:
    world.people.refuse_planfix_field("task", world.task, "counterparty")
    body = {"counterparty": {"id": f"contact:{world.contact}"}, "name": "Інша назва"}
    failure = {"field": "counterparty", "error": "Field change failed"}
    assert world.post(f"/task/{world.task}", body)["failures"] == [failure]
    assert world.read("name")["name"] == "Інша назва"
    assert "failures" not in world.post(f"/task/{world.task}", body)


def test_an_update_of_a_busy_task_is_seen_later(world: World) -> None:
    world.people.make_task_busy(world.task, requests=2)
    assert world.post(f"/task/{world.task}", {"name": "Пізніше"}, 202) is None
    assert [world.read("name")["name"] for _ in range(3)] == ["Продаж: Кав'ярня"] * 2 + ["Пізніше"]


def test_an_update_of_a_busy_task_is_done_when_the_clock_moves_on(world: World) -> None:
    world.people.make_task_busy(world.task, requests=100)
    world.post(f"/task/{world.task}", {"status": {"id": 2}}, 202)
    world.sandbox.clock.advance(timedelta(seconds=30))
    assert world.read("status")["status"]["name"] == "В роботі"


def test_updates_that_follow_a_queued_one_stay_behind_it(world: World) -> None:
    world.people.make_task_busy(world.task, requests=3)
    world.post(f"/task/{world.task}", {"name": "Перша"}, 202)
    world.post(f"/task/{world.task}", {"name": "Друга"}, 202)
    world.sandbox.clock.advance(timedelta(seconds=30))
    assert world.read("name")["name"] == "Друга"
    world.post(f"/task/{world.task}", {"name": "Третя"})
    assert world.read("name")["name"] == "Третя"


def test_contacts_changed_since_the_last_reading_of_an_application(world: World) -> None:
    body = {"fields": "id", "onlyChanged": True, "sourceId": "797f5a94-3689-4ac8-82fd-d749511ea2b2"}
    assert [one["id"] for one in world.post("/contact/list", body)["contacts"]] == [world.contact]
    world.sandbox.clock.advance(timedelta(minutes=1))
    assert world.post("/contact/list", body)["contacts"] == []
    world.sandbox.clock.advance(timedelta(minutes=1))
    world.people.set_contact_field(world.contact, "Сайт", "kava.example")
    assert [one["id"] for one in world.post("/contact/list", body)["contacts"]] == [world.contact]


def test_files_of_an_update_replace_the_whole_list(world: World) -> None:
    first, second = (world.ask("POST", "/file/", files={"file": (name, b"x")})["id"] for name in ("a.pdf", "b.pdf"))
    world.ask("POST", f"/file/{first}/attach/task", params={"id": world.task})
    world.post(f"/task/{world.task}", {"files": [{"id": second}]})
    assert world.ask("GET", f"/task/{world.task}/files")["files"] == [{"id": second, "size": 1, "name": "b.pdf"}]
    world.post(f"/task/{world.task}", {"files": []})
    assert world.ask("GET", f"/task/{world.task}/files")["files"] == []


def test_a_download_is_a_redirect_to_the_bytes(world: World) -> None:
    number = world.ask("POST", "/file/", files={"file": ("Бриф.pdf", b"%PDF-")})["id"]
    header = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{world.url}/file/{number}/download"
    answer = world.session.get(url, headers=header, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    assert world.session.get(answer.headers["location"], timeout=10).content == b"%PDF-"


def test_a_comment_carries_its_mark_and_can_be_changed(world: World) -> None:
    body = {"description": "Бриф надіслано", "sourceObjectId": SOURCE_OBJECT}
    number = world.post(f"/task/{world.task}/comments/", body, 201)["id"]
    world.post(f"/task/{world.task}/comments/{number}", {"description": "Бриф отримано"})
    listed = world.post(f"/task/{world.task}/comments/list", {"fields": "description,sourceObjectId"})["comments"]
    assert listed == [{"id": number, "description": "Бриф отримано", "sourceObjectId": SOURCE_OBJECT}]


def test_what_the_account_consists_of_can_be_asked(world: World) -> None:
    fields = {"fields": "id,name,type,enumValues"}
    names = [one["name"] for one in world.ask("GET", "/customfield/task", params=fields)["customfields"]]
    templates = world.ask("GET", "/task/templates", params={"fields": "id,name"})["templates"]
    statuses = world.ask("GET", "/process/task/1/statuses", params={"fields": "id,name"})["statuses"]
    users = world.post("/user/list", {"fields": "id,name", "prefixedId": False})["users"]
    assert names[:2] == ["Проєкт", "Вид роботи"]
    assert [one["name"] for one in templates] == ["Продаж", "Комунікація"]
    assert statuses[0] == {"id": 1, "name": "Нова"}
    assert [one["id"] for one in users] == [1, 2, 3, 4, 5, 9]


def test_a_body_that_is_not_json_has_code_30(world: World) -> None:
    header = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    raw = world.session.post(f"{world.url}/task/list", data=b"{", headers=header, timeout=10)
    assert (raw.status_code, raw.json()["code"]) == (500, 30)


def test_a_silent_update_leaves_no_entry_in_the_log(world: World) -> None:
    before = len(world.planfix.store.log)
    world.ask("POST", f"/task/{world.task}", params={"silent": "true"}, json={"name": "Тихо"})
    assert len(world.planfix.store.log) == before
    assert world.read("name")["name"] == "Тихо"


def test_an_entry_of_a_data_tag_stands_in_a_comment_of_its_task(world: World) -> None:
    world.planfix.store.custom_fields[401] = CustomField(401, "Години", NUMBER, "datatag")
    world.planfix.store.data_tags[7] = DataTag(7, "Час", (401,))
    body = {"dataTag": {"id": 7}, "items": [{"customFieldData": [{"field": {"id": 401}, "value": 1.5}]}]}
    made = world.post(f"/task/{world.task}/datatags/", body, 201)
    again = world.post(f"/task/{world.task}/datatags/{made['commentId']}", body, 201)
    asked = {"taskId": world.task, "fields": "key,commentId,401"}
    found = world.post("/datatag/7/entry/list", asked)["dataTagEntries"]
    assert [(one["key"], one["commentId"]) for one in found] == [
        (key, made["commentId"]) for key in (*made["keys"], *again["keys"])
    ]
    assert [one["key"] for one in world.read("dataTags")["dataTags"]] == [one["key"] for one in found]
    assert world.post("/task/999/datatags/", body, 400)["code"] == 1000


def test_a_button_calls_the_address_set_up_for_it(world: World, subscriber: Subscriber) -> None:
    world.people.set_up_planfix_button(BRIEF_BUTTON, subscriber.url, {"X-Secret": "sandbox-secret"})
    world.people.press_planfix_button(world.task, BRIEF_BUTTON)
    world.planfix.scenarios.wait()
    headers, body = subscriber.heard[0]
    assert headers["X-Secret"] == "sandbox-secret"
    facts = json.loads(body)
    assert (facts["button"], facts["task"], facts["user"]) == (BRIEF_BUTTON, world.task, "user:1")


def test_a_failed_call_is_tried_again_and_others_wait_three_minutes(world: World, subscriber: Subscriber) -> None:
    world.people.set_up_planfix_button(BRIEF_BUTTON, subscriber.url)
    subscriber.answer = 500
    heard = []
    for minutes in (0, 1, 3, 14):
        world.sandbox.clock.advance(timedelta(minutes=minutes))
        if minutes < 2:
            world.people.press_planfix_button(world.task, BRIEF_BUTTON)
        world.planfix.scenarios.tick()
        world.planfix.scenarios.wait()
        subscriber.answer = 200
        heard.append(len(subscriber.heard))
    assert heard == [1, 1, 2, 3]
