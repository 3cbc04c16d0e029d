"""What staff ask and tell the bridge in Telegram: answered to whoever asked, once, and never in a client's chat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.engine.desk.commands import COMMANDS
from bridge.engine.desk.finding import find, names
from bridge.model.decisions import STAFF_CHAT, CommentCard, SendMessage
from bridge.model.events import Actor, ActorKind
from bridge.model.people import Directory, Person
from bridge.model.records import Happening
from bridge.store.rows import Row
from rules.plan import Office
from tests.engine.office import OLENA, Desk, agency, loaded_rules

GROUP = "-1001"
MARIA = Actor(ActorKind.PERSON, "maria", "Марія")
RULES = """\
rules:
  - id: greet
    name: Вітання
    when: {label.added: VIP}
    if: {deal.prepaid: true}
    per: deal
    then: [{send: hello, to: client}]
  - {id: asked, when: {command: /бриф}, per: deal, then: [{send: hello, to: pm}]}
"""


@pytest.fixture
def desk() -> Desk:
    people = {
        "olena": Person("olena", "Олена", ("manager",)),
        "maria": Person("maria", "Марія", ("head",), language="en"),
    }
    context = replace(agency(loaded_rules(RULES)), office=Office(Directory(people)), staff_chat=GROUP)
    desk = Desk(context=context)
    desk.client()
    return desk


def asked(desk: Desk, text: str, id: str = "u1", chat: str = "900", actor: Actor = OLENA) -> Happening:
    word, _, rest = text.partition(" ")
    if word.isascii():
        return desk.update("command", id, chat=chat, actor=actor, command=word.removeprefix("/"), text=rest)
    return desk.update("message", id, chat=chat, actor=actor, text=text)


def pressed(desk: Desk, row: Row, button: str, actor: Actor = OLENA, id: str = "p1") -> Happening:
    return desk.update("press", id, chat="900", actor=actor, data=f"{row.id}:{button}", query="q")


def answers(desk: Desk) -> list[Row]:
    return [row for row in reversed(desk.store.deliveries()) if row.key.startswith("desk:")]


def message(row: Row) -> SendMessage:
    assert isinstance(row.decision, SendMessage)
    return row.decision


@pytest.mark.parametrize("question", ["/стан ром", "/СТАТУС ром", "/состояние Ромашка", "/status ром"])
def test_a_client_is_asked_about_by_a_part_of_the_name_in_any_language(desk: Desk, question: str) -> None:
    desk.take(asked(desk, question))
    [answer] = answers(desk)
    assert message(answer).to == "person:olena"
    assert message(answer).text.startswith("<b>Ромашка</b>\n")


def test_the_answer_is_in_the_language_of_who_asked(desk: Desk) -> None:
    desk.take(asked(desk, "/допомога", actor=MARIA))
    assert "What you can ask here" in message(answers(desk)[0]).text


def test_in_the_staff_group_the_group_is_answered(desk: Desk) -> None:
    desk.take(asked(desk, "/status Ромашка", chat=GROUP))
    assert message(answers(desk)[0]).to == STAFF_CHAT


def test_in_a_chat_of_a_client_staff_are_answered_in_private(desk: Desk) -> None:
    desk.take(asked(desk, "/status", chat="501"))
    [answer] = answers(desk)
    assert (message(answer).to, message(answer).chat) == ("person:olena", "")
    assert "Ромашка" in message(answer).text


@pytest.mark.parametrize("text", ["/status Ромашка", "/стоп все", "/help"])
def test_a_client_gives_no_command(desk: Desk, text: str) -> None:
    desk.take(desk.update("message", "u1", text=text))
    assert answers(desk) == []
    assert "desk.asked" not in desk.kinds()


def test_the_same_update_twice_is_answered_once(desk: Desk) -> None:
    desk.take(asked(desk, "/status Ромашка"))
    desk.take(asked(desk, "/status Ромашка"))
    assert len(answers(desk)) == 1


def test_the_answer_is_carried_out(desk: Desk) -> None:
    desk.take(asked(desk, "/status Ромашка"))
    assert [row.id for row in desk.deliver()] == [answers(desk)[0].id]


def test_of_several_clients_a_press_says_which(desk: Desk) -> None:
    desk.take(desk.contact("8", name="Роман"))
    desk.take(asked(desk, "/client ром"))
    [which] = answers(desk)
    titles = {title: button for button, title in message(which).buttons}
    desk.take(pressed(desk, which, titles["Роман"]))
    assert message(answers(desk)[1]).text.startswith("<b>Роман</b>")


def test_a_client_is_found_by_phone_and_by_mail(desk: Desk) -> None:
    desk.take(replace(desk.contact("8", name="Лотос"), phones=("+380671234567",), emails=("a@lotos.test",)))
    desk.take(asked(desk, "/client 067 123-45-67", "u1"), asked(desk, "/client A@lotos.test", "u2"))
    assert [message(one).text.split("\n")[0] for one in answers(desk)] == ["<b>Лотос</b>"] * 2


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+380671234567", "067 123 45 67 3 дні"),
        ("+4930901820", "+49 30 901820 3 дні"),
        ("+49309018203", "+49 30 9018203"),
    ],
)
def test_digits_behind_a_phone_are_a_part_of_it_only_where_somebody_has_that_number(
    desk: Desk, number: str, said: str
) -> None:
    desk.take(replace(desk.contact("8", name="Лотос"), phones=(number,)))
    with desk.store.intake(desk.now) as intake:
        found = find(intake, desk.context, said)
    assert (len(found.clients), found.rest) == (1, "3 дні" if said.endswith("дні") else "")


def test_a_name_that_is_nobodys_is_answered_with_the_nearest(desk: Desk) -> None:
    desk.take(asked(desk, "/status Рамашка"))
    assert "«Ромашка»" in message(answers(desk)[0]).text.replace('"', "«").replace("&quot;", "«").replace("«?", "»")


def test_asking_is_no_activity_and_wakes_no_rule(desk: Desk) -> None:
    desk.take(asked(desk, "/status Ромашка"))
    assert desk.woken() == []


def test_why_takes_the_client_and_the_rule(desk: Desk) -> None:
    desk.take(asked(desk, "/чому Ромашка Вітання"))
    assert "ще не прокидалося" in message(answers(desk)[0]).text


def test_a_part_of_a_rules_name_is_enough(desk: Desk) -> None:
    desk.take(asked(desk, "/чому Ромашка віта"))
    assert "«Вітання»" in message(answers(desk)[0]).text


def test_without_a_rule_those_that_last_had_to_do_with_the_client_are_offered(desk: Desk) -> None:
    desk.take(desk.card(labels=["VIP"]))
    desk.planned()
    desk.take(asked(desk, "/чому Ромашка"))
    [which] = answers(desk)
    assert [title for _, title in message(which).buttons] == ["Вітання"]
    desk.take(pressed(desk, which, "desk-pick-0"))
    assert "умова не виконана" in message(answers(desk)[1]).text


def test_the_word_of_another_language_gives_the_command_of_the_rules(desk: Desk) -> None:
    desk.take(asked(desk, "/brief Ромашка"))
    assert [event.data["command"] for event in desk.events if event.kind == "command"] == ["/бриф"]


def test_the_status_says_since_when_nothing_was_heard_of_the_client(desk: Desk) -> None:
    desk.take(asked(desk, "/talked Ромашка вайбер"))
    desk.wait(days=7)
    desk.take(asked(desk, "/status Ромашка", "u2"), asked(desk, "/status Ромашка", "u3", actor=MARIA))
    assert "Від клієнта нічого не чути 5 робочих днів, з 01.12 " in message(answers(desk)[1]).text
    assert "Nothing heard from the client for 5 working days, since 01.12 " in message(answers(desk)[2]).text


def test_however_often_staff_ask_the_status_tells_what_the_client_was_sent(desk: Desk) -> None:
    client = desk.local(desk.contact().ref)
    desk.want(SendMessage(to="client", text="Ваш бриф", language="uk"), client, key="brief")
    for number in range(35):
        desk.take(asked(desk, "/client Ромашка", f"u{number}"))
    desk.take(asked(desk, "/status Ромашка", "last"))
    assert "«Ваш бриф»" in message(answers(desk)[-1]).text


def test_of_a_client_heard_today_the_status_tells_no_silence(desk: Desk) -> None:
    desk.take(desk.update("message", "m1", chat="501", text="Вітаю"))
    desk.take(asked(desk, "/status Ромашка", "u2"))
    first = message(answers(desk)[0]).text
    desk.wait(days=1)
    desk.take(asked(desk, "/status Ромашка", "u3"))
    assert ("нічого не чути" in first, "нічого не чути 1 робочий день" in message(answers(desk)[1]).text) == (
        False,
        True,
    )


def test_a_talk_elsewhere_is_activity_and_stands_on_the_card(desk: Desk) -> None:
    desk.take(asked(desk, "/talked Ромашка вайбер просить *знижку* @all"))
    [comment] = [row.decision for row in desk.store.deliveries() if isinstance(row.decision, CommentCard)]
    assert comment.text.startswith("Олена — розмова з клієнтом: Viber\n```\nпросить *знижку* @\u200ball")
    assert desk.woken() == ["talked"]


def test_a_whole_name_ends_where_it_ends_whatever_letters_follow(desk: Desk) -> None:
    desk.take(asked(desk, "/talked Ромашка phone а ще"), asked(desk, "/talked Ромашка а ще", "u2"))
    assert [event.data["text"] for event in desk.events if event.kind == "talked"] == ["а ще"]
    assert message(answers(desk)[1]).values["desk-pick-0.rest"] == "whatsapp а ще"


def test_a_client_that_became_another_is_found_under_both_names_once(desk: Desk) -> None:
    desk.take(desk.contact("8", name="Лотос"))
    with desk.store.intake(desk.now) as intake:
        lotus = intake.local(desk.contact("8").ref)
        intake.merge(lotus, intake.local(desk.contact().ref))
        assert names(intake, desk.context) == {intake.real(lotus): "Ромашка"}


def test_without_a_channel_one_tap_says_where_people_talked(desk: Desk) -> None:
    desk.take(asked(desk, "/talked Ромашка"))
    [question] = answers(desk)
    desk.take(pressed(desk, question, "desk-pick-0"))
    assert [event.data["by"] for event in desk.events if event.kind == "talked"] == ["whatsapp"]


def test_who_may_not_stop_is_told_who_may(desk: Desk) -> None:
    desk.take(asked(desk, "/стоп усе"))
    assert "можуть давати: head" in message(answers(desk)[0]).text


def test_a_stop_is_asked_about_first_and_made_by_the_press(desk: Desk) -> None:
    desk.take(asked(desk, "/stop Ромашка", actor=MARIA))
    [sure] = answers(desk)
    before = desk.store.stops()
    desk.take(pressed(desk, sure, "desk-stop", actor=MARIA))
    assert (before, [(one.scope.value, one.by) for one in desk.store.stops()]) == ([], [("client", "Марія")])


def test_a_press_of_somebody_without_the_role_stops_nothing(desk: Desk) -> None:
    desk.take(asked(desk, "/stop all", chat=GROUP, actor=MARIA))
    desk.take(pressed(desk, answers(desk)[0], "desk-stop", actor=OLENA))
    assert desk.store.stops() == []


@pytest.mark.parametrize(("chat", "to"), [(GROUP, "staff-chat"), ("900", "person:maria")])
def test_a_press_is_answered_where_the_question_stood(desk: Desk, chat: str, to: str) -> None:
    desk.take(asked(desk, "/stop all", chat=chat, actor=MARIA))
    desk.take(pressed(desk, answers(desk)[0], "desk-no", actor=MARIA))
    assert message(answers(desk)[-1]).to == to


@pytest.mark.parametrize("word", ["/stop", "/go"])
def test_a_name_that_is_nobodys_holds_nothing_back(desk: Desk, word: str) -> None:
    desk.take(asked(desk, f"{word} Нікого", actor=MARIA))
    assert message(answers(desk)[0]).text.startswith("nobody is called")


def test_what_is_stopped_is_shown_and_goes_on_after_a_yes(desk: Desk) -> None:
    desk.take(asked(desk, "/stop rule greet", actor=MARIA))
    desk.take(pressed(desk, answers(desk)[0], "desk-stop", actor=MARIA))
    desk.take(asked(desk, "/stop", "u2", actor=MARIA), asked(desk, "/go rule greet", "u3", actor=MARIA))
    shown, sure = answers(desk)[-2:]
    assert "“Вітання” is held back since 01.12 14:00: Марія" in message(shown).text
    desk.take(pressed(desk, sure, "desk-go", actor=MARIA, id="p2"))
    assert desk.store.stops() == []


def test_help_offers_nobody_what_is_not_for_them(desk: Desk) -> None:
    desk.take(asked(desk, "/help", "u1"), asked(desk, "/help", "u2", actor=MARIA))
    mine, heads = (message(one).text for one in answers(desk))
    assert ("/стоп" in mine, "/stop" in heads) == (False, True)


@pytest.mark.parametrize(("language", "word"), [("uk", "/допомога"), ("ru", "/помощь"), ("en", "/help")])
def test_help_names_each_command_by_the_word_of_its_reader(language: str, word: str) -> None:
    assert COMMANDS[0].word_in(language) == word


def test_what_lies_on_the_desk_is_shown_again(desk: Desk) -> None:
    desk.take(desk.response())
    desk.take(asked(desk, "/inbox"))
    told: list[Any] = [row.decision for row in desk.store.deliveries() if row.key.endswith("u1:person:olena")]
    assert [one.text for one in told] == ["unmatched Бриф: bridge inbox bind 1"]


def test_where_nothing_is_doubtful_that_is_said(desk: Desk) -> None:
    desk.take(asked(desk, "/unknown"))
    assert message(answers(desk)[0]).text.startswith("Невідомих немає")
