"""The demo agency's Planfix: employees, templates, statuses and custom fields. All names are invented."""

from __future__ import annotations

from sandbox.planfix import Planfix
from sandbox.planfix.model import (
    CHECKBOX,
    DATE,
    LINE,
    LIST,
    NUMBER,
    TEXT,
    CustomField,
    Employee,
    Process,
    Status,
    Template,
    Token,
)

TOKEN = "sandbox-planfix-token"
BRIEF_BUTTON = "Надіслати бриф"
ROBOT = Employee(9, "Міст", role="Robot")
EMPLOYEES = (
    Employee(1, "Олена", "Мельник", email="olena@agency.example", position="Продажі"),
    Employee(2, "Андрій", "Коваль", email="andrii@agency.example", position="РМ"),
    Employee(3, "Ірина", "Шевчук", email="iryna@agency.example", position="Спеціаліст"),
    Employee(4, "Марія", "Бондар", role="Admin", email="mariia@agency.example", position="Керівник"),
    Employee(5, "Борис", "Гнатюк", email="borys@agency.example", position="Бухгалтер"),
    ROBOT,
)
STATUSES = (
    Status(1, "Нова", "#4573b1"),
    Status(2, "В роботі", "#2e7d32"),
    Status(3, "Очікує клієнта", "#f9a825"),
    Status(4, "Виграно", "#1b5e20", is_active=False),
    Status(5, "Програно", "#757575", is_active=False),
    Status(6, "Завершена", "#757575", is_active=False),
)
PROCESSES = (Process(1, "Продаж", [1, 2, 3, 4, 5]), Process(2, "Комунікація", [1, 2, 3, 6]))
TEMPLATES = (
    Template(11, "Продаж", "task", process_id=1),
    Template(12, "Комунікація", "task", process_id=2),
    Template(21, "Клієнт", "contact"),
    Template(22, "Компанія", "contact"),
)
WORK_TYPES = ("seo", "ads", "smm", "site")
ACCESSES = ("none", "asked", "received", "checked")
TASK_FIELDS = (
    CustomField(101, "Проєкт", LINE, "task"),
    CustomField(102, "Вид роботи", LIST, "task", WORK_TYPES),
    CustomField(103, "Сума", NUMBER, "task"),
    CustomField(104, "Передоплата отримана", CHECKBOX, "task"),
    CustomField(105, "Доступи", LIST, "task", ACCESSES),
    CustomField(106, "Розмову проведено", CHECKBOX, "task"),
    CustomField(107, "Картка Trello", LINE, "task"),
    CustomField(108, BRIEF_BUTTON, CHECKBOX, "task"),
)
CONTACT_FIELDS = (
    CustomField(201, "Мова", LIST, "contact", ("uk", "ru", "en")),
    CustomField(202, "Сайт", LINE, "contact"),
    CustomField(203, "Послуга", LINE, "contact"),
    CustomField(204, "Цільова аудиторія", TEXT, "contact"),
    CustomField(205, "Побажання", TEXT, "contact"),
    CustomField(206, "Забути після", DATE, "contact"),
)


def seed_planfix(planfix: Planfix) -> None:
    """Fill the stand-in with the demo agency; the token acts for the robot, whose zone is Europe/Kyiv."""
    store = planfix.store
    store.employees = {one.id: one for one in EMPLOYEES}
    store.tokens[TOKEN] = Token(TOKEN, ROBOT)
    store.statuses = {one.id: one for one in STATUSES}
    store.processes = {one.id: one for one in PROCESSES}
    store.templates = {one.id: one for one in TEMPLATES}
    store.custom_fields = {one.id: one for one in (*TASK_FIELDS, *CONTACT_FIELDS)}
    store.groups = {1: "Клієнти"}
