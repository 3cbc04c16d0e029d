"""What people write in a deal, and what reading it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.decisions import CommentTask
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Happening
from connectors.planfix.comments import LONGEST_BYTES, html_of, text_of
from connectors.planfix.mapping import object_id
from sandbox.planfix.model import Thing
from sandbox.planfix_world import EMPLOYEES
from tests.connectors.planfix.office import TALK, Office, delivery


def _say(world: Office, about: Thing, text: str, **body: object) -> None:
    world.sandbox.clock.advance(timedelta(minutes=5))
    world.planfix.comments.add(about, {"description": text, **body}, EMPLOYEES[0])


def _read(world: Office, *texts: str, **body: object) -> list[Happening]:
    """What is told of comments on a deal."""
    deal, connector = world.add_task("Сайт"), world.connector(comments=True)
    first = connector.pull(None)
    for text in texts:
        _say(world, deal, text, **body)
    return list(connector.pull(first.cursor).happenings)


def test_comment_on_a_deal_is_told_with_who_wrote_it(world: Office) -> None:
    (told,) = _read(world, "Клієнт <b>згоден</b><br>Чекає на&nbsp;рахунок")
    assert (told.kind, told.data) == ("comment.added", {"text": "Клієнт згоден\nЧекає на рахунок"})
    assert told.actor == Actor(ActorKind.PERSON, "olena", "Олена Мельник")
    assert told.about.kind == "task"


def test_presses_and_comments_are_told_in_the_order_in_which_they_happened(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector(comments=True)
    first = connector.pull(None)
    _say(world, deal, "Надсилаю бриф")
    world.sandbox.clock.advance(timedelta(minutes=5))
    world.set(deal, Надіслати_бриф=True)
    assert [one.kind for one in connector.pull(first.cursor).happenings] == ["comment.added", "button"]


def test_cycle_in_which_nobody_commented_costs_two_requests(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector(comments=True)
    _say(world, deal, "Готово")
    world.sandbox.clock.advance(timedelta(minutes=30))
    first = connector.pull(None)
    world.sandbox.clock.advance(timedelta(minutes=30))
    with world.requests() as asked:
        assert connector.pull(first.cursor).happenings == ()
    assert asked == ["POST /task/list", "POST /contact/list"]


def test_many_comments_are_one_request_more(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector(comments=True)
    first = connector.pull(None)
    for number in range(5):
        _say(world, deal, f"Крок {number}")
    with world.requests() as asked:
        assert len(connector.pull(first.cursor).happenings) == 5
    assert asked == ["POST /task/list", "POST /contact/list", "POST /comment/list"]


def test_comment_is_read_again_under_the_same_name(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector(comments=True)
    page = connector.pull(None)
    _say(world, deal, "Готово")
    told = []
    for _reading in range(2):
        page = connector.pull(page.cursor)
        told += [one.ref for one in page.happenings]
    assert len(told) == 2
    assert len(set(told)) == 1


def test_comment_in_the_name_of_the_contact_is_the_clients(world: Office) -> None:
    contact = world.add_contact("Ганна")
    deal = world.add_task("Сайт", counterparty={"id": f"contact:{contact.id}"})
    connector = world.connector(comments=True)
    first = connector.pull(None)
    _say(world, deal, "Коли буде готово?", owner={"id": f"contact:{contact.id}"})
    (told,) = connector.pull(first.cursor).happenings
    assert (told.actor.kind, told.actor.id) == (ActorKind.CLIENT, f"contact:{contact.id}")


def test_comment_of_the_bridge_carries_its_mark(world: Office) -> None:
    marked = {"sourceObjectId": object_id("a1b2c3d4e5"), "sourceDataVersion": "a1b2c3d4e5"}
    (told,) = _read(world, "Зведення", **marked)
    assert told.mark == "a1b2c3d4e5"


def test_comments_of_other_tasks_are_nobodys_business(world: Office) -> None:
    world.add_task("Сайт")
    talk, connector = world.add_task("Подзвонити", TALK), world.connector(comments=True)
    first = connector.pull(None)
    _say(world, talk, "Дзвонили")
    assert connector.pull(first.cursor).happenings == ()


def test_nothing_is_told_of_comments_unless_they_are_wanted(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    first = connector.pull(None)
    _say(world, deal, "Готово")
    assert connector.pull(first.cursor).happenings == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<p>Один</p><p>Два</p>", "Один\nДва"),
        ("5 &lt; 6 &amp; 7 > 2", "5 < 6 & 7 > 2"),
        ("сума < 500 грн", "сума < 500 грн"),
        ("<div>  а  </div><br/><br/><br/>б", "а\n\nб"),
        ("<!-- x --><img src='a.png'>", ""),
    ],
)
def test_text_of_a_comment_is_what_people_see(written: str, read: str) -> None:
    assert text_of(written) == read


NOTE = CommentTask("<b>Домен</b>: a.test &lt; b.test\nзмінено в Trello")


def test_comment_of_ours_is_written_line_by_line_and_read_as_ours(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector(comments=True)
    first = connector.pull(None)
    connector.push(delivery(NOTE, deal))
    (comment,) = world.planfix.store.comments_of(deal)
    assert comment.text == "<b>Домен</b>: a.test &lt; b.test<br>змінено в Trello"
    (told,) = connector.pull(first.cursor).happenings
    assert (told.mark, told.data["text"]) == ("a1b2c3d4e5", "Домен: a.test < b.test\nзмінено в Trello")


def test_comment_whose_receipt_was_lost_is_found_and_not_repeated(world: Office) -> None:
    deal, connector = world.add_task("Сайт"), world.connector()
    world.sandbox.clock.advance(timedelta(minutes=2))
    wanted = delivery(NOTE, deal, first_tried_at=world.sandbox.clock.now())
    assert connector.look(wanted) is None
    world.fails("drop_after", path="/comments/$")
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert raised.value.retry is Retry.UNKNOWN
    found = connector.look(wanted)
    assert found is not None
    assert found.already


def test_long_comment_is_shortened_and_stays_html() -> None:
    written = html_of("<b>а &amp; б</b>\n" * 10_000)
    assert len(written.encode()) <= LONGEST_BYTES
    assert written.startswith("а &amp; б<br>а &amp; б")
    assert written.endswith(" …")
