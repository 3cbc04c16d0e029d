"""What is said about an import of the past in Ukrainian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    "Read what happened before the bridge came into its history. Fires nothing. The bridge has to be stopped.": "Прочитати в історію те, що було до мосту. Нічого не запускає. Міст має бути зупинено.",
    "Only what happened from then on: 2026-01-31; without it, everything.": "Лише те, що сталося з цього дня: 2026-01-31; без цього — усе.",
    "nothing to import: of {systems} bridge.yaml says nothing": "нічого імпортувати: у bridge.yaml немає нічого про {systems}",
    "Trello and Planfix": "Trello і Planfix",
    "stopped; import again: it goes on from there": "зупинено; імпортуйте ще раз: піде далі з того самого місця",
    "The past of this system only.": "Минуле лише цієї системи.",
    "Read everything and tell what would be brought, but keep nothing.": "Прочитати все й сказати, що було б додано, але нічого не зберегти.",
    "write the address of its Planfix task into the card, or the card's address into the task": "впишіть у картку адресу її задачі в Planfix або адресу картки в задачу",
    "write the card's address into the task, where it has a card; others need none": "впишіть у задачу адресу картки, якщо картка є; іншим вона не потрібна",
    "{system}: {pages}, {events}": "{system}: {pages}, {events}",
    "{system}: {pages}, {events}, back to {day}": "{system}: {pages}, {events}, від {day}",
    "{count} page|{count} pages": "{count} сторінка|{count} сторінки|{count} сторінок",
    "{count} new event|{count} new events": "{count} нова подія|{count} нові події|{count} нових подій",
    "{count} pair|{count} pairs": "{count} пара|{count} пари|{count} пар",
    "{system} was read for the first time: how things stand there now is known, too": "{system} прочитано вперше: тепер відомо й те, що там зараз",
    "bound: {cards} with a deal or a client": "пов’язано: {cards} з угодою чи клієнтом",
    "proposed: {pairs} that may belong together; decide: bridge inbox list": "можливо, разом: {pairs}; вирішіть: bridge inbox list",
    "unmatched cards: {count}": "картки без пари: {count}",
    "deals without a card: {count}": "угоди без картки: {count}",
    "{title}; {advice}": "{title}; {advice}",
    "and {count} more: --json names all": "і ще {count}: --json назве всі",
    "not to be had: {gap}": "чого не дізнатися: {gap}",
    "nothing of it was kept: this was a dry run": "нічого з цього не збережено: це була проба",
    "history is kept for {days} from its import on (keep: events in bridge.yaml)": "історія зберігається {days} від імпорту (keep: events у bridge.yaml)",
    "not read: {system}: {why}; import again: it goes on from there": "не прочитано: {system}: {why}; імпортуйте ще раз: піде далі з того самого місця",
    "Trello keeps no actions of deleted cards": "Trello не зберігає дій видалених карток",
    "Trello tells nowhere who put a label on or took it off, edited a comment or renamed a line of a list": "Trello ніде не каже, хто ставив чи знімав мітку, виправляв коментар чи перейменовував рядок списку",
    'board "{name}" was never read: start the bridge once, then import again': "дошку «{name}» ще не читали: запустіть міст один раз, потім імпортуйте знову",
    "Planfix tells no changes of the past: only when deals and contacts were made, and comments": "Planfix не розповідає про минулі зміни: лише коли створено угоди й контакти, та коментарі",
    "comments of Planfix were not read: bridge.yaml says no comments: true under planfix": "коментарі Planfix не прочитано: у bridge.yaml під planfix немає comments: true",
}
