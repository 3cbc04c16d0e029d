"""How Trello shows its things as JSON."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sandbox.trello.model import (
    Action,
    Attachment,
    Board,
    BoardList,
    Card,
    CheckItem,
    Checklist,
    CustomField,
    CustomFieldItem,
    Label,
    Member,
    Option,
    Token,
    Webhook,
)
from sandbox.trello.store import Store
from sandbox.trello.values import COLORS, date_text, number

Json = dict[str, Any]

SITE = "https://trello.com"
BOARD_FIELDS = (
    "id",
    "name",
    "desc",
    "closed",
    "idOrganization",
    "idEnterprise",
    "pinned",
    "url",
    "shortUrl",
    "prefs",
    "labelNames",
)
"""What a board shows when `fields` is not given."""


class Views:
    """Shows things. `base_url` is where uploaded files are downloaded from: `http://host/trello`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.base_url = "https://trello.com"

    def card(self, card: Card) -> Json:
        """A card without what belongs to nested resources."""
        labels = self._store.labels
        url = f"{SITE}/c/{card.short_link}"
        due, start = date_text(card.due), date_text(card.start)
        return {
            "id": card.id,
            "address": None,
            "badges": self._badges(card, due, start),
            "checkItemStates": [],
            "closed": card.closed,
            "coordinates": None,
            "creationMethod": None,
            "dueComplete": card.due_complete,
            "dateLastActivity": date_text(card.last_activity),
            "desc": card.desc,
            "descData": {"emoji": {}},
            "due": due,
            "dueReminder": card.due_reminder,
            "email": None,
            "idBoard": card.board_id,
            "idChecklists": list(card.checklists),
            "idLabels": list(card.label_ids),
            "idList": card.list_id,
            "idMembers": list(card.member_ids),
            "idMembersVoted": [],
            "idShort": card.short_number,
            "idAttachmentCover": card.cover_id,
            "labels": [self.label(labels[label_id]) for label_id in card.label_ids],
            "locationName": None,
            "manualCoverAttachment": False,
            "name": card.name,
            "pos": number(card.pos),
            "shortLink": card.short_link,
            "shortUrl": url,
            "start": start,
            "subscribed": False,
            "url": f"{url}/{card.short_number}-{_slug(card.name)}",
            "cover": {
                "idAttachment": card.cover_id,
                "color": card.cover_color,
                "idUploadedBackground": None,
                "size": "normal",
                "brightness": "dark",
            },
            "isTemplate": card.is_template,
            "pinned": False,
        }

    def _badges(self, card: Card, due: str | None, start: str | None) -> Json:
        items = [item for checklist in card.checklists.values() for item in checklist.items.values()]
        return {
            "attachmentsByType": {"trello": {"board": 0, "card": 0}},
            "location": False,
            "votes": 0,
            "viewingMemberVoted": False,
            "subscribed": False,
            "fogbugz": "",
            "checkItems": len(items),
            "checkItemsChecked": sum(1 for item in items if item.complete),
            "checkItemsEarliestDue": date_text(min((item.due for item in items if item.due), default=None)),
            "comments": card.comments,
            "attachments": len(card.attachments),
            "description": bool(card.desc),
            "due": due,
            "dueComplete": card.due_complete,
            "start": start,
        }

    def check_item_states(self, card: Card) -> list[Json]:
        """The ticked lines of a card."""
        items = [item for checklist in card.checklists.values() for item in checklist.items.values()]
        return [{"idCheckItem": item.id, "state": "complete"} for item in items if item.complete]

    def board(self, board: Board) -> Json:
        """A board without nested resources."""
        url = f"{SITE}/b/{board.short_link}"
        return {
            "id": board.id,
            "name": board.name,
            "desc": board.desc,
            "closed": board.closed,
            "idMemberCreator": board.creator_id,
            "idOrganization": board.organization_id,
            "idEnterprise": None,
            "pinned": False,
            "starred": False,
            "subscribed": False,
            "url": f"{url}/{_slug(board.name)}",
            "shortUrl": url,
            "shortLink": board.short_link,
            "dateLastActivity": date_text(board.last_activity),
            "dateLastView": date_text(board.last_activity),
            "datePluginDisable": None,
            "prefs": {
                "permissionLevel": "org",
                "hideVotes": False,
                "voting": "disabled",
                "comments": "members",
                "invitations": "members",
                "selfJoin": False,
                "cardCovers": True,
                "isTemplate": False,
                "cardAging": "regular",
                "calendarFeedEnabled": False,
            },
            "labelNames": self._label_names(board),
        }

    def _label_names(self, board: Board) -> dict[str, str]:
        named = {label.color: label.name for label in board.labels.values() if label.color}
        return {**dict.fromkeys(COLORS, ""), **named}

    def board_list(self, board_list: BoardList) -> Json:
        """A list."""
        return {
            "id": board_list.id,
            "name": board_list.name,
            "closed": board_list.closed,
            "color": None,
            "idBoard": board_list.board_id,
            "pos": number(board_list.pos),
            "subscribed": False,
            "softLimit": None,
            "type": None,
        }

    def label(self, label: Label) -> Json:
        """A label."""
        return {"id": label.id, "idBoard": label.board_id, "name": label.name, "color": label.color}

    def labels_of(self, card: Card) -> list[Json]:
        """The labels on a card."""
        return [self.label(self._store.labels[label_id]) for label_id in card.label_ids]

    def member(self, member: Member) -> Json:
        """A member as others see it."""
        return {
            "id": member.id,
            "activityBlocked": False,
            "fullName": member.full_name,
            "idMemberReferrer": None,
            "initials": member.initials,
            "nonPublicAvailable": False,
            "username": member.username,
        }

    def members_of(self, card: Card) -> list[Json]:
        """The members on a card."""
        return [self.member(self._store.members[member_id]) for member_id in card.member_ids]

    def full_member(self, member: Member) -> Json:
        """A member with all that `GET /members/{id}` tells."""
        boards = [board.id for board in self._store.boards.values() if member.id in board.member_ids]
        return {
            **self.member(member),
            "bio": "",
            "confirmed": True,
            "email": member.email,
            "idBoards": boards,
            "idOrganizations": [],
            "memberType": "normal",
            "url": f"{SITE}/{member.username}",
        }

    def checklist(self, checklist: Checklist) -> Json:
        """A checklist with its lines."""
        items = sorted(checklist.items.values(), key=lambda item: item.pos)
        return {
            "id": checklist.id,
            "name": checklist.name,
            "idBoard": checklist.board_id,
            "idCard": checklist.card_id,
            "pos": number(checklist.pos),
            "checkItems": [self.check_item(item, checklist) for item in items],
        }

    def check_item(self, item: CheckItem, checklist: Checklist) -> Json:
        """One line of a checklist."""
        return {
            "id": item.id,
            "name": item.name,
            "pos": number(item.pos),
            "state": "complete" if item.complete else "incomplete",
            "due": date_text(item.due),
            "dueReminder": None,
            "idMember": item.member_id,
            "idChecklist": checklist.id,
        }

    def attachment(self, attachment: Attachment, card: Card) -> Json:
        """A link or an uploaded file."""
        is_upload = attachment.content is not None
        return {
            "id": attachment.id,
            "bytes": len(attachment.content) if attachment.content is not None else None,
            "date": date_text(attachment.date),
            "edgeColor": None,
            "idMember": attachment.member_id,
            "isMalicious": False,
            "isUpload": is_upload,
            "mimeType": attachment.mime_type,
            "name": attachment.name,
            "previews": [],
            "url": self._download_url(attachment, card) if is_upload else attachment.url,
            "pos": number(attachment.pos),
            "fileName": attachment.file_name,
        }

    def _download_url(self, attachment: Attachment, card: Card) -> str:
        name = quote(attachment.file_name or attachment.name)
        return f"{self.base_url}/1/cards/{card.id}/attachments/{attachment.id}/download/{name}"

    def custom_field(self, custom_field: CustomField) -> Json:
        """The definition of a custom field."""
        shown: Json = {
            "id": custom_field.id,
            "idModel": custom_field.board_id,
            "modelType": "board",
            "fieldGroup": custom_field.id.ljust(64, "0"),
            "display": {"cardFront": custom_field.card_front},
            "name": custom_field.name,
            "pos": number(custom_field.pos),
            "type": custom_field.type,
        }
        if custom_field.type == "list":
            options = sorted(custom_field.options.values(), key=lambda option: option.pos)
            shown["options"] = [self.option(option, custom_field) for option in options]
        return shown

    def option(self, option: Option, custom_field: CustomField) -> Json:
        """One choice of a list field."""
        return {
            "id": option.id,
            "idCustomField": custom_field.id,
            "value": {"text": option.text},
            "color": option.color,
            "pos": number(option.pos),
        }

    def field_item(self, item: CustomFieldItem, field_id: str, card: Card) -> Json:
        """The value a card has in a custom field."""
        return {
            "id": item.id,
            "value": item.value,
            "idValue": item.option_id,
            "idCustomField": field_id,
            "idModel": card.id,
            "modelType": "card",
        }

    def field_items(self, card: Card) -> list[Json]:
        """All values of a card's custom fields."""
        return [self.field_item(item, field_id, card) for field_id, item in card.fields.items()]

    def action(self, action: Action) -> Json:
        """Something that happened."""
        app = action.actor.app
        return {
            "id": action.id,
            "idMemberCreator": action.actor.member.id,
            "data": action.data,
            "appCreator": {"id": app.id, "name": app.name} if app is not None else None,
            "type": action.type,
            "date": date_text(action.date),
            "memberCreator": self.member(action.actor.member),
        }

    def webhook(self, webhook: Webhook) -> Json:
        """A webhook and how its deliveries fare."""
        return {
            "id": webhook.id,
            "description": webhook.description,
            "idModel": webhook.model_id,
            "callbackURL": webhook.callback_url,
            "active": webhook.active,
            "consecutiveFailures": webhook.failures,
            "firstConsecutiveFailDate": date_text(webhook.failing_since),
        }

    def token(self, token: Token) -> Json:
        """What a token allows: everything its member may, with or without writing."""
        scopes = ("board", "member", "organization")
        permissions = [
            {
                "idModel": token.member.id if kind == "member" else "*",
                "modelType": kind,
                "read": True,
                "write": token.may_write,
            }
            for kind in scopes
        ]
        return {
            "id": token.id,
            "identifier": token.app.name,
            "idMember": token.member.id,
            "dateCreated": date_text(token.created),
            "dateExpires": None,
            "permissions": permissions,
        }

    def model(self, identifier: str) -> Json | None:
        """Any thing that can be watched by a webhook."""
        store = self._store
        if identifier in store.boards:
            board = self.board(store.boards[identifier])
            return {name: board[name] for name in BOARD_FIELDS}
        if identifier in store.cards:
            return self.card(store.cards[identifier])
        if identifier in store.lists:
            return self.board_list(store.lists[identifier])
        return self.member(store.members[identifier]) if identifier in store.members else None


@lru_cache(maxsize=10_000)
def _slug(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "-", name.lower()).strip("-")
