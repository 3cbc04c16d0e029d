"""Writing routes: what clients of the API change."""

from __future__ import annotations

from typing import Any

from sandbox.trello.boards import Boards
from sandbox.trello.call import Answer, Call
from sandbox.trello.cards import Cards
from sandbox.trello.checklists import Checklists
from sandbox.trello.errors import invalid, not_found
from sandbox.trello.model import Action, Card
from sandbox.trello.store import Store
from sandbox.trello.values import is_none
from sandbox.trello.views import Views
from sandbox.trello.webhooks import Webhooks

GONE: dict[str, Any] = {"limits": {}}


class Writing:
    """Everything POST, PUT and DELETE do. Raises TrelloError."""

    def __init__(
        self, store: Store, views: Views, boards: Boards, cards: Cards, checklists: Checklists, webhooks: Webhooks
    ) -> None:
        self._store = store
        self._views = views
        self._boards = boards
        self._cards = cards
        self._checklists = checklists
        self._webhooks = webhooks

    def create_board(self, call: Call) -> Answer:
        call.given.note("board.create")
        return self._views.board(self._boards.create(call.params, call.actor))

    def update_board(self, call: Call) -> Answer:
        call.given.note("board.update")
        board = self._store.board(call.path("id"), call.me)
        return self._views.board(self._boards.update(board, call.params, call.actor))

    def put_board_member(self, call: Call) -> Answer:
        call.given.note("board.member")
        board = self._store.board(call.path("id"), call.me)
        member = self._store.member(call.path("idMember"))
        self._boards.add_member(board, member, call.text("type", "normal"), call.actor)
        return {"id": board.id, "members": [self._views.member(self._store.members[i]) for i in board.member_ids]}

    def delete_board_member(self, call: Call) -> Answer:
        call.given.note("board.member")
        board = self._store.board(call.path("id"), call.me)
        self._boards.remove_member(board, self._store.member(call.path("idMember")), call.actor)
        return GONE

    def create_list(self, call: Call) -> Answer:
        """A list; the board is in the path or in `idBoard`."""
        call.given.note("list.create")
        board = self._store.board(call.given.path.get("id") or call.text("idBoard"), call.me)
        return self._views.board_list(self._boards.create_list(board, call.params, call.actor))

    def update_list(self, call: Call) -> Answer:
        call.given.note("list.update")
        board_list = self._store.board_list(call.path("id"), call.me)
        return self._views.board_list(self._boards.update_list(board_list, _values(call), call.actor))

    def archive_list_cards(self, call: Call) -> Answer:
        call.given.note("list.archive_cards")
        board_list = self._store.board_list(call.path("id"), call.me)
        for card in self._store.cards_of(board_list):
            self._cards.update(card, {"closed": True}, call.actor)
        return {}

    def create_label(self, call: Call) -> Answer:
        """A label; the board is in the path or in `idBoard`."""
        call.given.note("label.create")
        board = self._store.board(call.given.path.get("id") or call.text("idBoard"), call.me)
        return self._views.label(self._boards.create_label(board, call.params, call.actor))

    def update_label(self, call: Call) -> Answer:
        call.given.note("label.update")
        label = self._store.label(call.path("id"), call.me)
        return self._views.label(self._boards.update_label(label, _values(call), call.actor))

    def delete_label(self, call: Call) -> Answer:
        call.given.note("label.delete")
        self._boards.delete_label(self._store.label(call.path("id"), call.me), call.actor)
        return GONE

    def create_custom_field(self, call: Call) -> Answer:
        call.given.note("custom_field.create")
        if call.text("modelType", "board") != "board":
            raise invalid("modelType")
        board = self._store.board(call.text("idModel"), call.me)
        return self._views.custom_field(self._boards.create_field(board, call.params, call.actor))

    def delete_custom_field(self, call: Call) -> Answer:
        call.given.note("custom_field.delete")
        self._boards.delete_field(self._store.custom_field(call.path("id"), call.me), call.actor)
        return GONE

    def create_option(self, call: Call) -> Answer:
        call.given.note("custom_field.option")
        custom_field = self._store.custom_field(call.path("id"), call.me)
        return self._views.option(self._boards.add_option(custom_field, call.params, call.actor), custom_field)

    def create_card(self, call: Call) -> Answer:
        card = self._cards.create(call.params, call.actor)
        call.given.note("card.create")
        upload = call.given.upload
        if upload is not None:
            self._cards.attach_file(card, upload.content, upload.name, None, upload.mime_type, call.actor)
        if not is_none(call.params.get("urlSource")):
            self._cards.attach_link(card, call.params["urlSource"], None, call.actor)
        self._copy_checklists(card, call)
        return self._views.card(card)

    def update_card(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        before = card.list_id
        values = _values(call)
        self._cards.update(card, values, call.actor)
        call.given.note("card.move" if card.list_id != before else "card.update")
        return self._views.card(card)

    def delete_card(self, call: Call) -> Answer:
        call.given.note("card.delete")
        self._cards.delete(self._store.card(call.path("id"), call.me), call.actor)
        return GONE

    def comment(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        action = self._cards.comment(card, call.params.get("text"), call.actor)
        call.given.note("card.comment")
        return self._views.action(action)

    def edit_comment(self, call: Call) -> Answer:
        call.given.note("card.edit_comment")
        text = call.params.get("text", call.params.get("value"))
        return self._views.action(self._cards.edit_comment(self._comment(call), text, call.actor))

    def delete_comment(self, call: Call) -> Answer:
        call.given.note("card.delete_comment")
        self._cards.delete_comment(self._comment(call), call.actor)
        return {"_value": None}

    def add_label(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        self._cards.add_label(card, call.params.get("value"), call.actor)
        call.given.note("card.label")
        return list(card.label_ids)

    def remove_label(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        self._cards.remove_label(card, call.path("idLabel"), call.actor)
        call.given.note("card.unlabel")
        return list(card.label_ids)

    def create_card_label(self, call: Call) -> Answer:
        """A new label of the board, put on the card at once."""
        card = self._store.card(call.path("id"), call.me)
        label = self._boards.create_label(self._store.boards[card.board_id], call.params, call.actor)
        self._cards.add_label(card, label.id, call.actor)
        call.given.note("card.label")
        return list(card.label_ids)

    def add_member(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        self._cards.add_member(card, call.params.get("value"), call.actor)
        call.given.note("card.member")
        return self._views.members_of(card)

    def remove_member(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        self._cards.remove_member(card, call.path("idMember"), call.actor)
        call.given.note("card.unmember")
        return self._views.members_of(card)

    def attach(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        upload, name = call.given.upload, call.params.get("name")
        if upload is not None:
            mime_type = call.text("mimeType") or upload.mime_type
            made = self._cards.attach_file(card, upload.content, upload.name, name, mime_type, call.actor)
        elif not is_none(call.params.get("url")):
            made = self._cards.attach_link(card, call.params["url"], name, call.actor)
        else:
            raise invalid("url")
        if call.flag("setCover"):
            self._cards.update(card, {"idAttachmentCover": made.id}, call.actor)
        call.given.note("card.attach")
        return self._views.attachment(made, card)

    def detach(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        self._cards.detach(card, call.path("idAttachment"), call.actor)
        call.given.note("card.detach")
        return GONE

    def set_field(self, call: Call) -> Answer:
        card = self._store.card(call.path("idCard"), call.me)
        item = self._cards.set_field(card, call.path("idCustomField"), call.params, call.actor)
        call.given.note("card.field")
        return self._views.field_item(item, call.path("idCustomField"), card)

    def create_checklist(self, call: Call) -> Answer:
        """A checklist; the card is in the path or in `idCard`."""
        card = self._store.card(call.given.path.get("id") or call.text("idCard"), call.me)
        checklist = self._checklists.create(card, call.params, call.actor)
        call.given.note("card.checklist")
        return self._views.checklist(checklist)

    def update_checklist(self, call: Call) -> Answer:
        checklist = self._store.checklist(call.path("id"), call.me)
        call.given.note("checklist.update")
        return self._views.checklist(self._checklists.update(checklist, _values(call), call.actor))

    def delete_checklist(self, call: Call) -> Answer:
        identifier = call.given.path.get("idChecklist") or call.path("id")
        call.given.note("checklist.delete")
        self._checklists.delete(self._store.checklist(identifier, call.me), call.actor)
        return GONE

    def add_check_item(self, call: Call) -> Answer:
        checklist = self._store.checklist(call.path("id"), call.me)
        item = self._checklists.add_item(checklist, call.params, call.actor)
        call.given.note("checklist.item")
        return self._views.check_item(item, checklist)

    def update_check_item(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        item = self._checklists.update_item(card, call.path("idCheckItem"), call.params, call.actor)
        call.given.note("checklist.item")
        return self._views.check_item(item, self._checklists.item(card, item.id)[0])

    def delete_check_item(self, call: Call) -> Answer:
        """Remove a line; the path names its card or its checklist."""
        name = call.path("id")
        checklist = self._store.checklists.get(name)
        card = self._store.card(checklist.card_id if checklist is not None else name, call.me)
        self._checklists.delete_item(card, call.path("idCheckItem"), call.actor)
        call.given.note("checklist.item")
        return GONE

    def create_webhook(self, call: Call) -> Answer:
        if "token" in call.given.path and call.path("token") != call.token.text:
            raise not_found()
        webhook = self._webhooks.create(call.params, call.token)
        call.given.note("webhook.create")
        return self._views.webhook(webhook)

    def update_webhook(self, call: Call) -> Answer:
        webhook = self._store.webhooks.get(call.given.path.get("idWebhook") or call.path("id"))
        if webhook is None or webhook.token is not call.token:
            raise not_found()
        call.given.note("webhook.update")
        return self._views.webhook(self._webhooks.update(webhook, call.params))

    def delete_webhook(self, call: Call) -> Answer:
        identifier = call.given.path.get("idWebhook") or call.path("id")
        webhook = self._store.webhooks.get(identifier)
        if webhook is None or webhook.token is not call.token:
            raise not_found()
        del self._store.webhooks[identifier]
        call.given.note("webhook.delete")
        return {"_value": None}

    def _comment(self, call: Call) -> Action:
        action = self._store.actions.get(call.given.path.get("idAction") or call.path("id"))
        if action is None:
            raise not_found()
        self._store.board(action.data["board"]["id"], call.me)
        return action

    def _copy_checklists(self, card: Card, call: Call) -> None:
        source_id = call.params.get("idCardSource")
        kept = call.text("keepFromSource", "all").split(",")
        if is_none(source_id) or not {"all", "checklists"} & set(kept):
            return
        for checklist in list(self._store.card(str(source_id), call.me).checklists.values()):
            self._checklists.create(card, {"idChecklistSource": checklist.id}, call.actor)


def _values(call: Call) -> dict[str, Any]:
    """The values to set: the parameters, or the one field that the path names with its `value`."""
    values = {name: value for name, value in call.params.items() if name not in ("key", "token")}
    if "field" in call.given.path:
        return {call.path("field"): values.get("value")}
    return values
