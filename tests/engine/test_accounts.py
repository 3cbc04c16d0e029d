"""Two accounts of one vendor in one workspace: each thing stays with the account that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.engine.accounts import Accounts
from bridge.engine.engine import Engine
from bridge.engine.outbox import Outbox
from bridge.engine.routing import connector_of
from bridge.engine.snapshots import snapshot_of
from bridge.model.decisions import Capability, CreateCard, CreateDeal, LabelCard, WriteFields
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry, SourceEmptied
from bridge.model.events import Cause
from bridge.model.planning import Wanted
from bridge.model.records import Cursor, Page, Record, Ref
from bridge.testing import FakeConnector
from tests.engine.office import Desk, agency, loaded_rules

CARDS = frozenset({("trello", "card")})
SITES = """\
rules:
  - {id: asked, when: {command: /перевір}, guard: true, if: {card.list: Лід}, per: deal, then: [{label.add: VIP}]}
"""


class TwoDesks(Desk):
    """An agency whose cards stand in two accounts of Trello; lists of board «Опт» are in the second."""

    def __init__(self) -> None:
        cards = {("trello", "main"): "trello", ("trello", "second"): "trello:second"}
        accounts = Accounts(cards, lambda wanted: "trello:second" if wanted.startswith("Опт / ") else "")
        super().__init__(context=replace(agency(loaded_rules(SITES)), accounts=accounts))
        self.second = FakeConnector("trello", frozenset({Capability.CARDS}), self.clock, frozenset({"trello.card"}))
        connectors = {**self.engine.connectors, "trello:second": self.second}
        self.engine = Engine(self.store, connectors, self.context, self.clock)
        self.outbox = self.engine.outbox

    def other(self, id: str = "c9", **fields: object) -> Record:
        return replace(self.card(id, **fields), ref=Ref("trello", "second", "card", id))

    def deal_with(self, card: Record) -> str:
        """The deal of the task t1, with this card."""
        task = Ref("planfix", "main", "task", "t1")
        self.take(self.task(prepaid=False))
        source = "trello" if card.ref.account == "main" else "trello:second"
        self.take(replace(card, names=(task,)), source=source)
        self.planned()
        return self.local(task)


@pytest.fixture
def desk() -> Iterator[TwoDesks]:
    desk = TwoDesks()
    yield desk
    desk.store.close()


def test_a_write_to_a_card_goes_to_the_account_that_holds_it(desk: TwoDesks) -> None:
    deal = desk.deal_with(desk.other())
    desk.want(WriteFields("trello.card", {"site": "a.test"}), deal)
    desk.deliver()
    assert [delivery.target for delivery in desk.second.pushed] == [Ref("trello", "second", "card", "c9")]
    assert not desk.trello.pushed


def test_a_new_card_and_what_follows_go_to_the_account_of_the_named_board(desk: TwoDesks) -> None:
    desk.take(desk.task())
    deal = desk.local(Ref("planfix", "main", "task", "t1"))
    desk.second.outcomes.append(Receipt(desk.now, Ref("trello", "second", "card", "c9")))
    desk.want(CreateCard("Опт / Нові", "Ромашка"), deal, "k1")
    desk.want(LabelCard("VIP", True), deal, "k2")
    desk.deliver()
    desk.wait(seconds=1).deliver()
    assert [delivery.decision.kind for delivery in desk.second.pushed] == ["create_card", "label_card"]
    assert not desk.trello.pushed


def test_a_deal_is_made_in_the_account_that_knows_its_client(desk: TwoDesks) -> None:
    deal = desk.deal_with(desk.card())
    held = Accounts({("planfix", "main"): "planfix", ("planfix", "south"): "planfix:south"})
    context = replace(desk.context, accounts=held)
    contact = {"planfix.contact": Ref("planfix", "south", "contact", "7")}
    wanted = Wanted("k", CreateDeal("Сайт"), deal, Cause("rule", "", "event"))
    assert connector_of(wanted, context, contact) == "planfix:south"
    assert connector_of(wanted, context) == "planfix"


def test_a_card_of_an_account_that_is_read_no_more_is_written_to_by_nobody(desk: TwoDesks) -> None:
    deal = desk.deal_with(desk.other())
    desk.context = replace(desk.context, accounts=Accounts({("trello", "main"): "trello"}))
    desk.outbox = Outbox(desk.store, {"trello": desk.trello}, desk.clock)
    delivery = desk.want(LabelCard("VIP", True), deal)
    desk.deliver()
    assert desk.state(delivery) is State.DEAD
    assert "trello:second" in str(desk.row(delivery).reason)


def test_a_whole_reading_of_one_account_deletes_nothing_of_the_other(desk: TwoDesks) -> None:
    desk.take(desk.other("c9"), desk.other("c8"), source="trello:second")
    desk.trello.pages.append(Page(Cursor("1"), [desk.card("c1"), desk.card("c2")], whole=CARDS))
    desk.engine.pull("trello")
    desk.trello.pages.append(Page(Cursor("2"), [desk.card("c1")], whole=CARDS))
    desk.engine.pull("trello")
    assert [event.subject for event in desk.events if event.kind == "card.deleted"] == [
        desk.local(Ref("trello", "main", "card", "c2"))
    ]


def test_an_account_that_emptied_is_told_and_accepted_by_its_name(desk: TwoDesks) -> None:
    desk.take(desk.other("c9"), desk.other("c8"), source="trello:second")
    desk.second.pages += [SourceEmptied("trello.card", 2)]
    with pytest.raises(SourceEmptied, match=r"bridge accept trello:second\.card"):
        desk.engine.pull("trello:second")
    assert desk.store.emptied().keys() == {"trello:second.card"}
    assert "trello.card" not in desk.store.sources()


def test_an_account_that_is_read_no_more_is_no_trouble_for_ever(desk: TwoDesks) -> None:
    for name in ("trello", "trello:second"):
        desk.store.source_failed([f"{name}.card"], "the token is no more", desk.now)
    first = {name: one for name, one in desk.engine.connectors.items() if name != "trello:second"}
    Engine(desk.store, first, desk.context, desk.clock).take_up()
    assert desk.store.sources().keys() == {"trello.card"}


def test_a_blind_account_keeps_nobody_waiting_whose_card_is_in_the_other(desk: TwoDesks) -> None:
    """Rules name the card alone: that of the client's account counts."""
    desk.deal_with(desk.other())
    desk.engine.pull("trello:second")
    desk.trello.pages.append(ConnectorError("trello", "out of reach", retry=Retry.PASSING))
    with pytest.raises(ConnectorError):
        desk.engine.pull("trello")
    state = desk.store.load_client(clients(desk)[0])
    assert snapshot_of(state, desk.context).seen_up_to["trello.card"] == desk.now


def test_a_card_that_nobody_has_is_known_to_be_nowhere_once_all_accounts_were_read(desk: TwoDesks) -> None:
    desk.take(desk.task())
    desk.engine.pull("trello")
    [client] = clients(desk)
    assert "trello.card" not in snapshot_of(desk.store.load_client(client), desk.context).seen_up_to
    desk.wait(seconds=5).engine.pull("trello:second")
    seen = snapshot_of(desk.store.load_client(client), desk.context).seen_up_to
    assert seen["trello.card"] == desk.now - timedelta(seconds=5)


def test_what_waits_for_a_card_goes_on_when_its_own_account_is_read(desk: TwoDesks) -> None:
    desk.deal_with(desk.other())
    ask = replace(desk.wait(minutes=1).comment("/перевір"), about=Ref("trello", "second", "card", "c9"))
    desk.take(ask, source="telegram")
    desk.planned()
    [wait] = desk.store.waits()
    assert wait.sources == ("trello:second.card",)
    assert [*desk.engine.awaited()] == ["trello:second"]
    desk.wait(minutes=1).engine.pull("trello")
    assert not desk.store.clients_to_plan(desk.now)
    desk.engine.pull("trello:second")
    assert desk.store.clients_to_plan(desk.now) == clients(desk)


def test_a_task_that_names_a_card_by_its_id_finds_it_in_either_account(desk: TwoDesks) -> None:
    """Planfix tells no account of Trello, and the id of a card is the same in all of them."""
    desk.take(desk.other("c9"), source="trello:second")
    desk.take(desk.task("t1", names=(Ref("trello", "main", "card", "c9"),)))
    desk.take(desk.task("t2", names=(Ref("trello", "main", "card", "c8"),)))
    desk.take(desk.other("c8"), source="trello:second")
    for task, card in (("t1", "c9"), ("t2", "c8")):
        assert desk.local(Ref("planfix", "main", "task", task)) == desk.local(Ref("trello", "second", "card", card))


def test_a_card_that_moves_to_a_board_of_the_other_account_stays_its_deals(desk: TwoDesks) -> None:
    deal = desk.deal_with(desk.card("c1"))
    desk.take(replace(desk.card("c1"), deleted=True))
    desk.take(desk.other("c1"), source="trello:second")
    assert desk.local(Ref("trello", "second", "card", "c1")) == deal
    assert desk.store.refs_of(deal)["trello.card"].account == "second"


def clients(desk: Desk) -> list[str]:
    return [subject.id for subject in desk.store.subjects() if subject.kind == "client"]
