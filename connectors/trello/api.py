"""Trello's REST API, as far as the bridge uses it: requests out, typed values in. The only file that knows its routes.

https://developer.atlassian.com/cloud/trello/rest/
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, TypeVar
from urllib.parse import quote, unquote, urlsplit

from pydantic import TypeAdapter, ValidationError
from trello import TrelloClient

from bridge.model.errors import ConnectorError, Retry
from bridge.model.files import Fetched
from bridge.model.protocols import Pace
from connectors.fetching import Upload, fetched
from connectors.http import BACKGROUND, VendorSession
from connectors.trello.foreign import (
    Action,
    Attachment,
    Board,
    Card,
    CheckItem,
    Checklist,
    CustomField,
    FieldItem,
    Label,
    Member,
    Membership,
    Token,
    TrelloList,
    Webhook,
    read,
    read_json,
)
from connectors.trello.session import MEMBER_LANE, NAME, CheckedService, LargeAnswer, TrelloSettings, trello_session

CARDS_IN_ONE_ANSWER = 1000
ACTIONS_IN_ONE_ANSWER = 1000
SMALLEST_PAGE = 50
"""What fewer actions than this come in is the last page, whatever the server's limit is."""
ROUTES_IN_ONE_BATCH = 10
_FRAME = {
    "fields": "name,closed,dateLastActivity,url",
    "lists": "all",
    "members": "all",
    "customFields": "true",
    "labels": "all",
    "labels_limit": "1000",
}
ACTION_TYPES = (
    "addAttachmentToCard,addChecklistToCard,addMemberToCard,commentCard,convertToCardFromCheckItem,copyCard,copyCommentCard,"
    "createCard,deleteAttachmentFromCard,deleteCard,emailCard,moveCardFromBoard,moveCardToBoard,"
    "removeChecklistFromCard,removeMemberFromCard,updateCard,updateCheckItemStateOnCard,updateCustomFieldItem,"
    "updateList"
)
"""https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/; labels and edited comments never stand
in action lists."""

_T = TypeVar("_T")
_CARDS = TypeAdapter(tuple[Card, ...])
_ACTIONS = TypeAdapter(tuple[Action, ...])
_BOARDS = TypeAdapter(tuple[Board, ...])
_BOARD, _CARD, _ACTION = TypeAdapter(Board), TypeAdapter(Card), TypeAdapter(Action)
_CHECKLIST, _CHECKLISTS = TypeAdapter(Checklist), TypeAdapter(tuple[Checklist, ...])
_CHECK_ITEM = TypeAdapter(CheckItem)
_FIELD_ITEM = TypeAdapter(FieldItem)
_ATTACHMENT, _ATTACHMENTS = TypeAdapter(Attachment), TypeAdapter(tuple[Attachment, ...])
_MEMBER, _TOKEN = TypeAdapter(Member), TypeAdapter(Token)
_MADE_ATTACHMENT: TypeAdapter[Attachment | tuple[Attachment]] = TypeAdapter(Attachment | tuple[Attachment])
_MEMBERSHIPS = TypeAdapter(tuple[Membership, ...])
_WEBHOOK, _WEBHOOKS = TypeAdapter(Webhook), TypeAdapter(tuple[Webhook, ...])
_LIST, _LABEL, _FIELD = TypeAdapter(TrelloList), TypeAdapter(Label), TypeAdapter(CustomField)
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
_PARTS = TypeAdapter(tuple[dict[str, Any], ...])


class TrelloReading:
    """The calls that read. Each costs exactly one request; those that end in "pages" say how many.

    Its session sends nothing but reads. Raises ConnectorError.
    """

    _only_reads: ClassVar[bool] = True

    def __init__(self, settings: TrelloSettings, pace: Pace, session: VendorSession | None = None) -> None:
        self._token = settings.token
        self._large: dict[str, tuple[bytes, Any]] = {}
        """The last large answers by path: a digest, and what was read from it."""
        self._session = session or trello_session(settings, pace, only_reads=self._only_reads)
        self._access = {"key": settings.key, "token": settings.token}
        self._service = CheckedService(self._session, settings.renewed_in)
        self._client = TrelloClient(api_key=settings.key, api_secret=settings.token, http_service=self._service)

    def in_background(self, *lanes: str) -> AbstractContextManager[None]:
        """Inside, this thread's requests let people's actions go first."""
        return self._session.also(BACKGROUND, *lanes)

    def own_boards(self) -> tuple[Board, ...]:
        """The boards the token sees, without contents; two requests, as the described route takes no `me`.

        https://developer.atlassian.com/cloud/trello/rest/api-group-members/#api-members-id-boards-get
        """
        return self._get(_BOARDS, f"members/{self.me().id}/boards", filter="all")

    def me(self) -> Member:
        """The member whose token it is. https://developer.atlassian.com/cloud/trello/rest/api-group-members/"""
        with self._session.also(MEMBER_LANE):
            return self._get(_MEMBER, "members/me")

    def token(self) -> Token:
        """The token's rights. https://developer.atlassian.com/cloud/trello/rest/api-group-tokens/"""
        return self._get(_TOKEN, f"tokens/{self._token}")

    def memberships(self, board: str) -> tuple[Membership, ...]:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-id-memberships-get"""
        return self._get(_MEMBERSHIPS, f"boards/{board}/memberships")

    def webhooks(self) -> tuple[Webhook, ...]:
        """Those of the token. https://developer.atlassian.com/cloud/trello/rest/api-group-tokens/"""
        return self._get(_WEBHOOKS, f"tokens/{self._token}/webhooks")

    def board(self, board: str) -> Board:
        """Lists, labels, members and custom fields of a board.

        https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-id-get
        """
        return self._get(_BOARD, f"boards/{board}", **_FRAME)

    def board_with_cards(self, board: str, cards: str) -> Board:
        """The board, its cards (`all` or `visible`) and their checklists in one answer. Raises TooManyCards.

        https://developer.atlassian.com/cloud/trello/guides/rest-api/nested-resources/
        """
        nested = {"cards": cards, "card_fields": "all", "card_customFieldItems": "true", "card_attachments": "true"}
        return self._get(_BOARD, f"boards/{board}", **_FRAME, **nested, checklists="all")

    def card_pages(self, board: str, before: str = "") -> Iterator[tuple[Card, ...]]:
        """Pages of a board's cards older than the card `before`; a request for each, and one for the empty last one.

        https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-id-cards-get
        """
        return self._pages(board, before, fields="all", customFieldItems="true", attachments="true", checklists="all")

    def described_cards(self, board: str) -> Iterator[Card]:
        """Names and descriptions of all a board's cards, archived ones included; requests as for `card_pages`."""
        for page in self._pages(board, "", fields="name,desc,closed,idBoard,idList,url,shortLink", filter="all"):
            yield from page

    def actions(self, board: str, since: str, known: Collection[str] = ()) -> list[Action]:
        """A board's actions after `since`, oldest first; a request per thousand.

        `since` is a moment or an action; all of them when it is "". Asked for no further back than the first answer
        with one of the `known` actions in it. A server may send smaller pages than it is asked for.
        https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-boardid-actions-get
        """
        found: dict[str, Action] = {}
        asked = {"limit": str(ACTIONS_IN_ONE_ANSWER), "filter": ACTION_TYPES, **({"since": since} if since else {})}
        while page := self._get(_ACTIONS, f"boards/{board}/actions", **asked):
            before = len(found)
            found.update((action.id, action) for action in page)
            reached = any(action.id in known for action in page)
            if reached or len(page) < SMALLEST_PAGE or len(found) == before:
                break
            asked["before"] = min(page, key=lambda action: (action.date, action.id)).id
        return sorted(found.values(), key=lambda action: (action.date, action.id))

    def older_actions(self, board: str, before: str, since: str) -> tuple[Action, ...]:
        """A thousand of a board's actions, newest first: those before the action `before` and after the moment `since`.

        Either may be "". https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-boardid-actions-get
        """
        bounds = {name: value for name, value in (("before", before), ("since", since)) if value}
        asked = {"limit": str(ACTIONS_IN_ONE_ANSWER), "filter": ACTION_TYPES, **bounds}
        return self._get(_ACTIONS, f"boards/{board}/actions", **asked)

    def card(self, card: str) -> Card:
        """One card with its custom fields and checklists.

        https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-get
        """
        return self._get(_CARD, f"cards/{card}", fields="all", customFieldItems="true", checklists="all")

    def whole_cards(self, cards: Sequence[str]) -> dict[str, Card]:
        """Those of these cards that there are, with attachments; a request per ten.

        Attachments that are not in the answer though the card has some are asked in a second request per ten.

        https://developer.atlassian.com/cloud/trello/rest/api-group-batch/#api-batch-get
        """
        asked = "fields=all&customFieldItems=true&checklists=all&attachments=true"
        raw = self._batch({card: f"/cards/{card}?{asked}" for card in cards})
        found = {card: self._valid(_CARD, answer, f"cards/{card}") for card, answer in raw.items()}
        left_out = [card for card, one in found.items() if one.badges.attachments and not one.attachments]
        for card, answer in self._batch({card: f"/cards/{card}/attachments" for card in left_out}).items():
            attachments = self._valid(_ATTACHMENTS, answer, f"cards/{card}/attachments")
            found[card] = found[card].model_copy(update={"attachments": attachments})
        return found

    def comments(self, card: str, not_before: datetime) -> Iterator[Action]:
        """A card's comments, newest first, back to a moment; a request per fifty."""
        return self._told_of(card, "commentCard", not_before)

    def moves(self, card: str, not_before: datetime) -> Iterator[Action]:
        """A card's moves between lists, newest first, back to a moment; a request per fifty."""
        return self._told_of(card, "updateCard:idList", not_before)

    def _told_of(self, card: str, kinds: str, not_before: datetime) -> Iterator[Action]:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-actions-get"""
        seen: set[str] = set()
        for number in range(100):
            page = self._get(_ACTIONS, f"cards/{card}/actions", filter=kinds, page=str(number))
            fresh = [action for action in page if action.id not in seen]
            yield from (action for action in fresh if action.date >= not_before)
            seen.update(action.id for action in fresh)
            if not fresh or fresh[-1].date < not_before:
                return

    def checklists(self, card: str) -> tuple[Checklist, ...]:
        """What is to be ticked on a card.

        https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-checklists-get
        """
        return self._get(_CHECKLISTS, f"cards/{card}/checklists")

    def attachments(self, card: str) -> tuple[Attachment, ...]:
        """What hangs on a card. https://developer.atlassian.com/cloud/trello/rest/api-group-cards/"""
        return self._get(_ATTACHMENTS, f"cards/{card}/attachments")

    def attachment(self, card: str, attachment: str) -> Attachment:
        """One of them. https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-attachments-idattachment-get"""
        return self._get(_ATTACHMENT, f"cards/{card}/attachments/{attachment}")

    @contextmanager
    def download(self, card: str, item: Attachment, most: int) -> Iterator[Fetched]:
        """An uploaded file. Its own address is not asked: key and token, which count in a header only, go to Trello.

        https://developer.atlassian.com/cloud/trello/guides/rest-api/attachments/
        """
        path = f"cards/{card}/attachments/{item.id}"
        named = unquote(urlsplit(item.url or "").path.partition("/download/")[2]) or item.name or "file"
        access = 'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'.format(**self._access)
        response = self._session.request(
            "GET",
            f"https://api.trello.com/1/{path}/download/{quote(named, safe='')}",
            headers={"Authorization": access, "Accept-Encoding": "identity"},
            stream=True,
        )
        with fetched(NAME, self._session, response, most, path) as file:
            yield file

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def _pages(self, board: str, before: str, **asked: str) -> Iterator[tuple[Card, ...]]:
        while True:
            older = {"before": before} if before else {}
            page = self._get(_CARDS, f"boards/{board}/cards", limit=str(CARDS_IN_ONE_ANSWER), **asked, **older)
            oldest = min((card.id for card in page), default="")
            if not page or (before and oldest >= before):
                return  # the end; or a server that ignores `before` and would send one page for ever
            yield page
            before = oldest

    def _get(self, adapter: TypeAdapter[_T], path: str, **query: str) -> _T:
        return self._fetch(adapter, "GET", path, query_params=query)

    def _batch(self, routes: Mapping[str, str]) -> dict[str, Any]:
        """The answers to these routes by their names, without those that are not found. Raises ConnectorError."""
        found: dict[str, Any] = {}
        names = list(routes)
        for start in range(0, len(names), ROUTES_IN_ONE_BATCH):
            part = names[start : start + ROUTES_IN_ONE_BATCH]
            answers = self._get(_PARTS, "batch", urls=",".join(routes[name] for name in part))
            if len(answers) != len(part):
                what = "batch: not as many answers as questions"
                raise ConnectorError(NAME, what, retry=Retry.PASSING, code="unreadable")
            for name, answer in zip(part, answers, strict=True):
                if "200" in answer:
                    found[name] = answer["200"]
                elif (status := _status_of(answer)) != 404:
                    what = self._session.scrub(f"batch: {routes[name]}: {str(answer.get('message', ''))[:120]}")
                    raise self._session.refused_in_part(status, what)
        return found

    def _valid(self, adapter: TypeAdapter[_T], answer: Any, path: str) -> _T:
        try:
            return read(adapter, answer)
        except ValidationError as error:
            where = ".".join(str(step) for step in error.errors()[0]["loc"])
        what = f"GET {path}: an answer of an unexpected shape at {where!r}"
        raise ConnectorError(NAME, what, retry=Retry.PASSING, code="unreadable")

    def _read_large(self, adapter: TypeAdapter[_T], path: str, answer: LargeAnswer) -> _T:
        """What is answered for a path; the very same object as the last time when the answer is the same."""
        digest = hashlib.sha256(answer.body).digest()
        known = self._large.get(path)
        if known is None or known[0] != digest:
            known = self._large[path] = digest, read_json(adapter, answer.body)
        found: _T = known[1]
        return found

    def _fetch(self, adapter: TypeAdapter[_T], method: str, path: str, **asked: Any) -> _T:
        return self._understood(
            adapter, method, path, lambda: self._client.fetch_json(path, http_method=method, **asked)
        )

    def _understood(self, adapter: TypeAdapter[_T], method: str, path: str, ask: Callable[[], Any]) -> _T:
        try:
            answer = ask()
            if isinstance(answer, LargeAnswer):
                return self._read_large(adapter, path, answer)
            return read(adapter, answer)
        except ValidationError as error:
            where = ".".join(str(step) for step in error.errors()[0]["loc"])
            retry = Retry.PASSING if method == "GET" else Retry.UNKNOWN
            what = self._session.scrub(f"{method} {path}: an answer of an unexpected shape at {where!r}")
        raise ConnectorError(NAME, what, retry=retry, code="unreadable")


def _status_of(part: Mapping[str, Any]) -> int:
    """The HTTP status of a part of a batch that is no good answer, wherever it stands; 500 when it does not."""
    said = [str(part.get("statusCode", "")), *part]
    return next((int(one) for one in said if one.isascii() and one.isdigit()), 500)


class TrelloApi(TrelloReading):
    """All calls: those that write as well."""

    _only_reads = False

    def create_card(self, list_id: str, name: str, desc: str) -> Card:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post

        Long texts go in the body: percent-encoded Cyrillic takes six bytes a letter.
        """
        return self._send(_CARD, "POST", "cards", {"name": name, "desc": desc}, idList=list_id)

    def update_card(self, card: str, body: Mapping[str, Any]) -> Card:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-put"""
        return self._send(_CARD, "PUT", f"cards/{card}", body)

    def move_card(self, card: str, list_id: str, board: str | None) -> Card:
        """Into a list; `board` only when it is another one than the card's.

        https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-put
        """
        return self._send(_CARD, "PUT", f"cards/{card}", None, idList=list_id, **({"idBoard": board} if board else {}))

    def comment(self, card: str, text: str) -> Action:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-actions-comments-post"""
        return self._send(_ACTION, "POST", f"cards/{card}/actions/comments", {"text": text})

    def add_label(self, card: str, label: str) -> None:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-idlabels-post"""
        self._send(_ANYTHING, "POST", f"cards/{card}/idLabels", None, value=label)

    def remove_label(self, card: str, label: str) -> None:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-idlabels-idlabel-delete"""
        self._send(_ANYTHING, "DELETE", f"cards/{card}/idLabels/{label}", None)

    def add_member(self, card: str, member: str) -> None:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-idmembers-post"""
        self._send(_ANYTHING, "POST", f"cards/{card}/idMembers", None, value=member)

    def remove_member(self, card: str, member: str) -> None:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-idmembers-idmember-delete"""
        self._send(_ANYTHING, "DELETE", f"cards/{card}/idMembers/{member}", None)

    def create_board(self, name: str) -> Board:
        """A private board of the token's member, without any list.

        https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-post
        """
        asked = {"defaultLists": "false", "defaultLabels": "false", "prefs_permissionLevel": "private"}
        return self._send(_BOARD, "POST", "boards/", None, name=name, **asked)

    def create_list(self, board: str, name: str) -> TrelloList:
        """At the right end. https://developer.atlassian.com/cloud/trello/rest/api-group-lists/#api-lists-post"""
        return self._send(_LIST, "POST", "lists", None, name=name, idBoard=board, pos="bottom")

    def create_label(self, board: str, name: str, color: str) -> Label:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-labels/#api-labels-post"""
        return self._send(_LABEL, "POST", "labels", None, name=name, color=color, idBoard=board)

    def create_field(self, board: str, name: str, type: str) -> CustomField:
        """A custom field of a board; one of type `list` has no options yet.

        https://developer.atlassian.com/cloud/trello/rest/api-group-customfields/#api-customfields-post
        """
        body = {"idModel": board, "modelType": "board", "name": name, "type": type, "pos": "bottom"}
        return self._send(_FIELD, "POST", "customFields", {**body, "display_cardFront": True})

    def create_option(self, custom_field: str, text: str) -> None:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-customfields/#api-customfields-id-options-post"""
        body = {"value": {"text": text}, "pos": "bottom"}
        self._send(_ANYTHING, "POST", f"customFields/{custom_field}/options", body)

    def create_webhook(self, callback: str, model: str, description: str) -> Webhook:
        """Trello asks the callback before it answers, and refuses one that is there already.

        https://developer.atlassian.com/cloud/trello/rest/api-group-webhooks/#api-webhooks-post
        """
        return self._send(
            _WEBHOOK, "POST", "webhooks/", None, callbackURL=callback, idModel=model, description=description
        )

    def activate_webhook(self, webhook: str) -> Webhook:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-webhooks/#api-webhooks-id-put"""
        return self._send(_WEBHOOK, "PUT", f"webhooks/{webhook}", None, active="true")

    def create_checklist(self, card: str, name: str, like: str = "") -> Checklist:
        """A checklist, empty or with the lines of the list `like`, none of them ticked. A body is not described here.

        https://developer.atlassian.com/cloud/trello/rest/api-group-checklists/#api-checklists-post
        """
        source = {"idChecklistSource": like} if like else {}
        return self._send(_CHECKLIST, "POST", "checklists", None, idCard=card, name=name, **source)

    def add_check_item(self, checklist: str, name: str, *, ticked: bool = False) -> CheckItem:
        """A line at the end of a checklist.

        https://developer.atlassian.com/cloud/trello/rest/api-group-checklists/#api-checklists-id-checkitems-post
        """
        checked = {"checked": "true"} if ticked else {}
        path = f"checklists/{checklist}/checkItems"
        return self._send(_CHECK_ITEM, "POST", path, {"name": name}, pos="bottom", **checked)

    def update_check_item(self, card: str, item: str, name: str, *, ticked: bool) -> CheckItem:
        """https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-checkitem-idcheckitem-put"""
        state = "complete" if ticked else "incomplete"
        return self._send(_CHECK_ITEM, "PUT", f"cards/{card}/checkItem/{item}", {"name": name}, state=state)

    def set_field(self, card: str, custom_field: str, body: Mapping[str, Any]) -> FieldItem:
        """What the field holds by now; as it was sent where the answer, of no described shape, does not tell.

        https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-idcard-customfield-idcustomfield-item-put
        """
        answer = self._send(_ANYTHING, "PUT", f"cards/{card}/customField/{custom_field}/item", body)
        try:
            return _FIELD_ITEM.validate_python(answer)
        except ValidationError:
            sent = {name: body.get(name) or None for name in ("idValue", "value")}
            return _FIELD_ITEM.validate_python({"idCustomField": custom_field, **sent})

    def attach(self, card: str, name: str, media_type: str, content: BinaryIO, size: int) -> Attachment:
        """A file, sent as it is read. Described as answering with a list; others have seen the one thing.

        https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-attachments-post
        """
        path, body = f"cards/{card}/attachments", Upload(name, media_type, content, size)
        asked = {"name": name[:256], "mimeType": media_type[:256], **self._access}
        response = self._service.request(
            "POST", f"https://api.trello.com/1/{path}", params=asked, data=body, headers=body.headers
        )
        made = self._understood(_MADE_ATTACHMENT, "POST", path, response.json)
        return made if isinstance(made, Attachment) else made[0]

    def attach_link(self, card: str, name: str, url: str) -> Attachment:
        """The same of an address. https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-attachments-post"""
        made = self._send(_MADE_ATTACHMENT, "POST", f"cards/{card}/attachments", None, name=name[:256], url=url)
        return made if isinstance(made, Attachment) else made[0]

    def _send(
        self, adapter: TypeAdapter[_T], method: str, path: str, body: Mapping[str, Any] | None, **query: str
    ) -> _T:
        return self._fetch(adapter, method, path, query_params=query, post_args=body)
