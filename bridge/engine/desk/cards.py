"""What the desk notes on a client's cards."""

from __future__ import annotations

from bridge.engine.context import Context
from bridge.engine.routing import put_out
from bridge.model.decisions import CommentCard
from bridge.model.events import Cause
from bridge.model.planning import Wanted
from bridge.store.intake import Intake


def comment_cards(intake: Intake, context: Context, client: str, text: str, key: str) -> int:
    """Comments on each open card of a client, once for each key; gives on how many it will stand.

    The key names the event that it comes of.
    """
    deals = [deal for deal in intake.children(client, "deal") if _has_open_card(intake, deal)]
    for deal in deals:
        wanted = Wanted(f"{key}:{deal}", CommentCard(text), deal, Cause("", "", key))
        put_out(intake, context, wanted, client)
    return len(deals)


def _has_open_card(intake: Intake, deal: str) -> bool:
    cards = intake.stored(intake.things(deal, "card")).values()
    return any(not one.deleted and not one.fields.get("closed") for one in cards)
