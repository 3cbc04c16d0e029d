"""The demo agency: who and what is there at the start. All names are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.telegram import Chat, User

if TYPE_CHECKING:
    from sandbox.app import Sandbox

CLIENT = User(510_000_001, "Соломія", "solomiia_kavarnia", "uk")
OLENA = User(520_000_001, "Олена", "olena_sales", "uk")
ANDRII = User(520_000_002, "Андрій", "andrii_pm", "uk")
IRYNA = User(520_000_003, "Ірина", "iryna_ads", "uk")
MARIIA = User(520_000_004, "Марія", "mariia_head", "uk")
BORYS = User(520_000_005, "Борис", "borys_accounts", "uk")
STAFF = (OLENA, ANDRII, IRYNA, MARIIA, BORYS)
TEAM_CHAT = -4_001_000_001


def seed(sandbox: Sandbox) -> None:
    """Fill the stand-ins with the demo agency."""
    seed_telegram(sandbox)


def seed_telegram(sandbox: Sandbox) -> None:
    """The client, who has not pressed START yet, the staff, who have, and their group «Команда»."""
    chats = sandbox.telegram.chats
    chats.add_user(CLIENT)
    for person in STAFF:
        chats.add_user(person, started=True)
    statuses = {person.id: "member" for person in STAFF} | {MARIIA.id: "creator"}
    chats.add_group(Chat(TEAM_CHAT, "group", title="Команда"), statuses)
