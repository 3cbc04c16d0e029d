"""Webhooks: made where a board has none, switched on again where Trello gave up, and never taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import Finding, Level, Position
from bridge.model.wording import worded
from connectors.trello.api import TrelloApi, TrelloReading
from connectors.trello.foreign import Webhook
from connectors.trello.session import BRIDGE

_WHERE = Position("bridge.yaml")


def keep(api: TrelloApi, boards: dict[str, str], callback: str) -> list[Finding]:
    """Has Trello call `callback` for each of these boards (ids by name), and tells what only a person can mend.

    One request when all is well. Trello asks the address at once and refuses one that does not answer.
    """
    known = api.webhooks()
    found = list(_rivals(known, boards, callback))
    for name, board in boards.items():
        mine = _mine(known, board, callback)
        try:
            if mine is None:
                api.create_webhook(callback, board, BRIDGE)
            elif not mine.active:
                api.activate_webhook(mine.id)
        except ConnectorError as error:
            if error.retry is not Retry.PERMANENT:
                raise
            what = worded('Trello does not call for board "{name}": {why}', name=name, why=error.what)
            found.append(
                _finding("webhook-refused", what, worded("see that {url} is reachable from outside", url=callback))
            )
    return sorted(found)


def findings(api: TrelloReading, boards: dict[str, str], callback: str) -> list[Finding]:
    """What is not as it should be with the webhooks of these boards. Changes nothing."""
    known = api.webhooks()
    found = list(_rivals(known, boards, callback))
    for name, board in boards.items():
        mine = _mine(known, board, callback)
        if mine is None or not mine.active:
            what = worded('Trello does not call when board "{name}" changes', name=name)
            advice = worded("`bridge run` sees to it within an hour; until then it reads at its polls")
            found.append(_finding("webhook-missing", what, advice))
        elif mine.consecutiveFailures:
            what = worded(
                'Trello could not reach the bridge about board "{name}", {count} times in a row',
                name=name,
                count=mine.consecutiveFailures,
            )
            advice = worded("see that {url} is reachable from outside", url=callback)
            found.append(_finding("webhook-failing", what, advice))
    return sorted(found)


def rival(sender: str) -> Finding:
    """Another bridge was heard to write on our boards."""
    what = worded("another bridge writes on the same boards: {name}", name=sender)
    return _finding("rival-bridge", what, worded("stop one of the two: what one writes wakes the other"))


def _mine(known: Sequence[Webhook], board: str, callback: str) -> Webhook | None:
    return next((hook for hook in known if (hook.idModel, hook.callbackURL) == (board, callback)), None)


def _rivals(known: Sequence[Webhook], boards: dict[str, str], callback: str) -> Iterator[Finding]:
    """Webhooks of the same token that tell another address of our boards: an old address, or a second bridge."""
    names = {board: name for name, board in boards.items()}
    for hook in known:
        if hook.idModel in names and hook.callbackURL != callback:
            host = urlsplit(hook.callbackURL).hostname or hook.callbackURL
            what = worded('board "{name}" is told to {host} as well', name=names[hook.idModel], host=host)
            advice = "stop the other bridge; if it is an old address of this one, delete the webhook {id} in Trello"
            yield _finding("rival-webhook", what, worded(advice, id=hook.id))


def _finding(code: str, what: str, advice: str) -> Finding:
    return Finding(_WHERE, code, what, advice, level=Level.WARNING)
