"""What `bridge check` finds in a live Trello, and that no error tells a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import traceback
from dataclasses import replace

import pytest

from bridge.model.errors import ConnectorError
from bridge.words import spoken
from connectors.trello import TrelloMapping, TrelloReader, verify
from tests.connectors.trello.board import SETTINGS, Agency
from tests.secrets import planted_in


def codes(world: Agency, **mapping: object) -> list[str]:
    return [finding.code for finding in world.connector(**mapping).check()]


def test_good_set_up_has_no_findings(world: Agency) -> None:
    world.add_field("Сайт")
    assert codes(world, fields={"site": "Сайт"}) == []


def test_misspelt_names_are_found(world: Agency) -> None:
    world.add_field("Сайт")
    found = world.connector(boards=("Клієнти", "Кліенти"), fields={"site": "Сaйт"}).check()
    assert [finding.code for finding in found] == ["unknown-board", "unknown-field"]
    assert 'did you mean "Сайт"?' in found[1].advice


def test_what_is_found_is_said_in_the_readers_language(world: Agency) -> None:
    board, field = world.connector(boards=("Клієнти", "Кліенти"), fields={"site": "Сaйт"}).check()
    assert spoken(board, "uk").what == "токен не бачить дошки «Кліенти»; може, «Клієнти»?"
    assert spoken(field, "ru").what == "trello.card.site: ни на одной доске нет своего поля «Сaйт»"


def test_token_of_a_person_is_a_warning(world: Agency) -> None:
    assert codes(world, people={"bridge_bot": "robot"}) == ["own-member-is-person"]


def test_read_only_token_is_enough_for_a_reader(world: Agency) -> None:
    for token in world.trello.store.tokens.values():
        token.may_write = False
    settings = replace(SETTINGS, base_url=f"{world.base_url}/trello")
    mapping = TrelloMapping(boards=("Клієнти",), fields={}, people={})
    assert TrelloReader(settings, mapping, world.sandbox.clock, world.pace).check() == []


def test_read_only_token_is_found(world: Agency) -> None:
    for token in world.trello.store.tokens.values():
        token.may_write = False
    assert codes(world) == ["token-read-only"]


def test_an_observer_may_not_write(world: Agency) -> None:
    world.trello.boards.add_member(world.board, world.robot, "observer", world.by_olena)
    assert codes(world) == ["only-observes"]
    settings = replace(SETTINGS, base_url=f"{world.base_url}/trello")
    reader = TrelloReader(settings, TrelloMapping(("Клієнти",), {}), world.sandbox.clock, world.pace)
    assert reader.check() == []


def test_a_workspace_without_custom_fields_is_shown_another_place(world: Agency) -> None:
    (finding,) = world.connector(fields={"site": "Сайт"}).check()
    assert "keep_facts: checklist" in finding.advice
    assert codes(world, fields={"site": "Сайт"}, keep_facts="checklist") == []


def test_two_lists_of_one_name_are_found(world: Agency) -> None:
    world.trello.boards.create_list(world.board, {"name": "Ліди", "pos": "bottom"}, world.by_olena)
    assert codes(world) == ["same-list-names"]


def test_dead_token_is_found_and_not_told(world: Agency) -> None:
    world.trello.store.tokens.clear()
    (finding,) = world.connector().check()
    assert finding.code == "trello-refused"
    assert planted_in(str(finding)) == []


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_no_error_tells_a_secret(world: Agency, kind: str) -> None:
    connector = world.connector()
    world.fails(kind)
    with pytest.raises(ConnectorError) as raised:
        connector.pull(None)
    assert planted_in("".join(traceback.format_exception(raised.value))) == []


def test_signature_is_over_body_and_address() -> None:
    digest = hmac.new(b"secret", b'{"a":1}https://bridge.example/hook', hashlib.sha1).digest()
    header = base64.b64encode(digest).decode()
    assert verify("secret", b'{"a":1}', "https://bridge.example/hook", header)
    assert not verify("secret", b'{"a":2}', "https://bridge.example/hook", header)
    assert not verify("secret", b'{"a":1}', "https://bridge.example/other", header)
    assert not verify("", b'{"a":1}', "https://bridge.example/hook", header)
