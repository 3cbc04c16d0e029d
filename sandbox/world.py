"""The demo agency: who and what is there at the start. All names are invented."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.google import Form, Question, Row, Sheet, Spreadsheet
from sandbox.planfix_world import seed_planfix
from sandbox.telegram import Chat, User
from sandbox.trello_world import seed_trello

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

SPREADSHEET_ID = "1sandboxBriefResponsesAgency0000000000000000"
RESPONSE_SHEET = "Відповіді форми (1)"
FORM_ID = "1sandboxBriefFormAgency00000000000000000000"
FORM_PUBLIC_ID = "1FAIpQLSandboxBriefFormAgency000000000000000000000000000"
QUESTIONS = (
    Question(1_000_000_001, "Код клієнта", help="Заповнено за вас, будь ласка, не змінюйте.", plain_text=True),
    Question(1_000_000_002, "Назва компанії", required=True),
    Question(1_000_000_003, "Сайт"),
    Question(1_000_000_004, "Послуга", "choice", options=("SEO", "Контекстна реклама", "SMM", "Створення сайту")),
    Question(1_000_000_005, "Цільова аудиторія", "paragraph"),
    Question(1_000_000_006, "Побажання", "paragraph"),
    Question(1_000_000_007, "Телефон", plain_text=True),
)


def seed(sandbox: Sandbox) -> None:
    """Fill the stand-ins with the demo agency."""
    seed_trello(sandbox.trello)
    seed_planfix(sandbox.planfix)
    seed_telegram(sandbox)
    seed_google(sandbox)


def seed_telegram(sandbox: Sandbox) -> None:
    """The client, who has not pressed START yet, the staff, who have, and their group «Команда»."""
    chats = sandbox.telegram.chats
    chats.add_user(CLIENT)
    for person in STAFF:
        chats.add_user(person, started=True)
    statuses = {person.id: "member" for person in STAFF} | {MARIIA.id: "creator"}
    chats.add_group(Chat(TEAM_CHAT, "group", title="Команда"), statuses)


def seed_google(sandbox: Sandbox) -> None:
    """The brief form with its empty response sheet, shared with the bridge's service account as a reader."""
    google = sandbox.google
    header = Row(["Позначка часу", *(question.title for question in QUESTIONS)])
    sheet = Sheet(1_785_000_001, RESPONSE_SHEET, [header])
    book = Spreadsheet(SPREADSHEET_ID, "Бриф (відповіді)", sheets=[sheet], readers={google.account.email})
    google.books[book.id] = book
    google.forms[FORM_ID] = Form(
        id=FORM_ID,
        public_id=FORM_PUBLIC_ID,
        title="Бриф",
        description="Кілька запитань, щоб ми краще зрозуміли ваш проєкт. Це займе близько п’яти хвилин.",
        questions=[replace(question) for question in QUESTIONS],
        book=book,
        sheet=sheet,
    )
