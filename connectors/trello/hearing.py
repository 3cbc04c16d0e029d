"""What the call of a webhook tells: a move or comment as it happened, and which card is not what it was. Pure."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from bridge.model.records import Heard
from connectors.trello.edits import parse_edits
from connectors.trello.foreign import WebhookCall, read_json
from connectors.trello.mapping import card_ref, parse_action
from connectors.trello.names import Names
from connectors.trello.settings import TrelloMapping

_CALL = TypeAdapter(WebhookCall)
_CHANGES_NO_CARD = frozenset({"commentCard", "updateComment", "deleteComment"})


def parse_call(body: bytes, names: Names, mapping: TrelloMapping) -> Heard:
    """What a genuine call tells. A call of a board that is not configured tells nothing.

    Moves and comments bear the same ids as in the board's list of actions. Raises ValueError for what is no call.
    """
    try:
        action = read_json(_CALL, body).action
    except ValidationError as error:
        raise ValueError(f"not a call of Trello: {error.error_count()} things are not as described") from error
    if action.data.board.id not in names.boards:
        return Heard()
    if not action.data.card.id:
        return Heard(unclear=True)
    told = parse_action(action, names, mapping)
    happenings = (*((told,) if told is not None else ()), *parse_edits(action, names, mapping))
    touched = () if action.type in _CHANGES_NO_CARD else (card_ref(action.data.card.id, mapping),)
    return Heard(happenings=happenings, touched=touched)
