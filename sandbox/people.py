"""What people do in the four services, for tests and the play page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from sandbox.google import Form, Question, Row
from sandbox.google.forms import FormResponse
from sandbox.planfix_people import PlanfixPeople
from sandbox.trello_people import TrelloPeople

if TYPE_CHECKING:
    from sandbox.app import Sandbox


class TelegramPeople:
    """Acts in Telegram. `chat` is the person's own id for a private chat, else the group's."""

    _sandbox: Sandbox

    def client_types(self, chat: int, text: str) -> int:
        """The client writes to the bot; gives the message's id."""
        return self._sandbox.telegram.chats.person_sends(chat, text).id

    def client_edits(self, chat: int, message_id: int, text: str) -> int:
        """The client changes a message of their own."""
        return self._sandbox.telegram.chats.person_edits(chat, message_id, text).id

    def client_presses(self, chat: int, message_id: int, button: str) -> str:
        """The client presses the button with that text or data; gives the query's id, or the link's address."""
        return self._sandbox.telegram.chats.person_presses(chat, message_id, button)

    def client_opens_link(self, chat: int, link: str) -> int:
        """The client follows a t.me link to the bot and presses START; gives the message's id."""
        address = urlsplit(link)
        bot = self._sandbox.telegram.chats.bot.username
        if address.hostname != "t.me" or address.path.strip("/").lower() != bot.lower():
            raise ValueError(f"not a link to https://t.me/{bot}: {link}")
        payload = parse_qs(address.query).get("start", [""])[0]
        return self.client_types(chat, f"/start {payload}".strip())

    def client_sends_file(self, chat: int, name: str, text: str, caption: str = "") -> int:
        """The client sends a small text document; gives the message's id."""
        chats = self._sandbox.telegram.chats
        stored = chats.store_file(name, "text/plain", text.encode())
        return chats.person_sends(chat, caption, document=stored.as_document()).id

    def client_shares_contact(self, chat: int, phone: str) -> int:
        """The client presses «share my number»; gives the message's id."""
        chats = self._sandbox.telegram.chats
        user = chats.users[chat]
        contact = {"phone_number": phone, "first_name": user.first_name, "user_id": user.id}
        return chats.person_sends(chat, contact=contact).id

    def staff_types(self, user: int, text: str, chat: int | None = None, reply_to: int | None = None) -> int:
        """Somebody of the staff writes to the bot, or in a group; gives the message's id."""
        return self._sandbox.telegram.chats.person_sends(user, text, chat, reply_to).id

    def staff_presses(self, user: int, message_id: int, button: str, chat: int | None = None) -> str:
        """Somebody of the staff presses a button, in their private chat or in a group."""
        return self._sandbox.telegram.chats.person_presses(user, message_id, button, chat)

    def block_bot(self, chat: int) -> None:
        """The person stops the bot."""
        self._sandbox.telegram.chats.person_blocks(chat)

    def unblock_bot(self, chat: int) -> None:
        """The person lets the bot in again."""
        self._sandbox.telegram.chats.person_unblocks(chat)

    def remove_bot_from_group(self, chat: int, user: int) -> None:
        """Somebody throws the bot out of the group."""
        self._sandbox.telegram.chats.bot_is_removed(chat, user)

    def add_bot_to_group(self, chat: int, user: int) -> None:
        """Somebody takes the bot into the group."""
        self._sandbox.telegram.chats.bot_is_added(chat, user)

    def migrate_group(self, chat: int, user: int) -> int:
        """The group becomes a supergroup; gives its new id."""
        return self._sandbox.telegram.chats.migrate(chat, user)


class FormPeople:
    """Acts around the form and its response sheet. `values` are answers by question title; rows count from 1."""

    _sandbox: Sandbox

    def fill_form(self, values: dict[str, str], form: str = "") -> dict[str, str]:
        """Somebody fills the form in and sends it; gives the response's id and its edit link."""
        chosen = self._form(form)
        return self._sent(chosen, chosen.submit(_by_entry(chosen, values), self._sandbox.clock.now()))

    def edit_response(self, row: int, values: dict[str, str], form: str = "") -> dict[str, str]:
        """The person who wrote that row changes some answers by the edit link."""
        chosen = self._form(form)
        response = chosen.at_row(row)
        answers = {**response.answers, **_by_entry(chosen, values)}
        return self._sent(chosen, chosen.edit(response, answers, self._sandbox.clock.now()))

    def close_form(self, form: str = "") -> None:
        """The form takes no more responses."""
        self._form(form).open = False

    def reopen_form(self, form: str = "") -> None:
        """The form takes responses again."""
        self._form(form).open = True

    def unpublish_form(self, form: str = "") -> None:
        """The form's page is gone."""
        self._form(form).published = False

    def add_question(self, title: str, entry: int, form: str = "") -> None:
        """One more question, and a column for it."""
        self._form(form).add_question(Question(entry, title))

    def type_row(self, cells: list[str | int | float | None], form: str = "") -> int:
        """Somebody types a row by hand at the end of the response sheet; gives its number."""
        rows = self._form(form).sheet.rows
        rows.append(Row(list(cells)))
        return len(rows)

    def type_cell(self, row: int, column: int, value: str | int | float | None, form: str = "") -> None:
        """Somebody overwrites one cell by hand; columns count from 1."""
        cells = self._form(form).sheet.rows[row - 1].cells
        cells += [None] * (column - len(cells))
        cells[column - 1] = value

    def delete_row(self, row: int, form: str = "") -> None:
        """Somebody deletes a row of the response sheet; the rows below move up."""
        del self._form(form).sheet.rows[row - 1]

    def move_row(self, row: int, to: int, form: str = "") -> None:
        """Somebody drags or sorts a row to another place."""
        rows = self._form(form).sheet.rows
        rows.insert(to - 1, rows.pop(row - 1))

    def unshare_sheet(self, form: str = "") -> None:
        """The sheet is taken away from the bridge's service account."""
        self._form(form).book.readers.discard(self._sandbox.google.account.email)

    def share_sheet(self, form: str = "") -> None:
        """The sheet is shared with the bridge's service account."""
        self._form(form).book.readers.add(self._sandbox.google.account.email)

    def _form(self, form_id: str) -> Form:
        forms = self._sandbox.google.forms
        if form_id and form_id not in forms:
            raise ValueError(f"there is no form {form_id!r}")
        if not forms:
            raise ValueError("there is no form")
        return forms[form_id] if form_id else next(iter(forms.values()))

    def _sent(self, form: Form, response: FormResponse) -> dict[str, str]:
        address = form.address(self._sandbox.base_url)
        return {"response": response.id, "edit_link": f"{address}?edit2={response.edit_key}"}


class People(TrelloPeople, PlanfixPeople, TelegramPeople, FormPeople):
    """Acts of clients and staff. Every public method can be called over HTTP as `POST /sandbox/act`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def act(self, name: str, /, **arguments: Any) -> Any:
        """Do the act of that name. Raises LookupError when there is none, TypeError for wrong arguments."""
        if name.startswith("_") or name == "act" or not hasattr(type(self), name):
            raise LookupError(f"people do not know how to {name!r}")
        with self._sandbox.lock:
            return getattr(self, name)(**arguments)


def _by_entry(form: Form, values: dict[str, str]) -> dict[int, str]:
    entries = {question.title: question.entry for question in form.questions}
    unknown = values.keys() - entries.keys()
    if unknown:
        raise ValueError(f"the form does not ask {', '.join(sorted(unknown))}; it asks {', '.join(entries)}")
    return {entries[title]: answer for title, answer in values.items()}
