"""The demo agency's Trello: the board «Клієнти» and the people on it. All names are invented."""

from __future__ import annotations

from sandbox.trello import Actor, Trello
from sandbox.trello.model import Board

KEY, TOKEN, SECRET = "sandbox-trello-key", "sandbox-trello-token", "sandbox-trello-secret"
BOARD = "Клієнти"
LISTS = ("Ліди", "Договір", "Ініціалізація", "Виробництво", "Запуск", "Запущено", "Звіт та оплата", "Архів")
LABELS = (("Надіслати бриф", "blue"), ("Терміново", "red"), ("Кампанія", "green"), ("VIP", "yellow"))
FIELDS = (("Сайт", "text"), ("Послуга", "text"))
BOT = ("bridge_bot", "Bridge Bot")
STAFF = (("olena", "Олена Мельник"), ("andrii", "Андрій Коваль"), ("iryna", "Ірина Шевчук"))


def seed_trello(trello: Trello) -> Board:
    """Fill the stand-in with the demo agency; gives its board. The bot is an admin of it, as the token's member."""
    app = trello.add_app("Agency Bridge", KEY, SECRET)
    bot = trello.add_member(*BOT)
    trello.add_token(TOKEN, app, bot)
    staff = [trello.add_member(username, full_name) for username, full_name in STAFF]
    olena = Actor(staff[0])
    board = trello.boards.create({"name": BOARD, "defaultLists": "false"}, olena)
    trello.boards.add_member(board, bot, "admin", olena)
    for member in staff[1:]:
        trello.boards.add_member(board, member, "normal", olena)
    for name in LISTS:
        trello.boards.create_list(board, {"name": name, "pos": "bottom"}, olena)
    for name, color in LABELS:
        trello.boards.create_label(board, {"name": name, "color": color}, olena)
    for name, kind in FIELDS:
        trello.boards.create_field(board, {"name": name, "type": kind}, olena)
    return board
