"""What is said about an import of the past in Russian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    "Read what happened before the bridge came into its history. Fires nothing. The bridge has to be stopped.": "Прочитать в историю то, что было до моста. Ничего не запускает. Мост должен быть остановлен.",
    "Only what happened from then on: 2026-01-31; without it, everything.": "Только то, что было с этого дня: 2026-01-31; без этого — всё.",
    "nothing to import: of {systems} bridge.yaml says nothing": "нечего импортировать: в bridge.yaml ничего нет о {systems}",
    "Trello and Planfix": "Trello и Planfix",
    "stopped; import again: it goes on from there": "остановлено; импортируйте ещё раз: пойдёт дальше с того же места",
    "The past of this system only.": "Прошлое только этой системы.",
    "Read everything and tell what would be brought, but keep nothing.": "Прочитать всё и сказать, что было бы добавлено, но ничего не сохранить.",
    "write the address of its Planfix task into the card, or the card's address into the task": "впишите в карточку адрес её задачи в Planfix или адрес карточки в задачу",
    "write the card's address into the task, where it has a card; others need none": "впишите в задачу адрес карточки, если карточка есть; другим она не нужна",
    "{system}: {pages}, {events}": "{system}: {pages}, {events}",
    "{system}: {pages}, {events}, back to {day}": "{system}: {pages}, {events}, от {day}",
    "{count} page|{count} pages": "{count} страница|{count} страницы|{count} страниц",
    "{count} new event|{count} new events": "{count} новое событие|{count} новых события|{count} новых событий",
    "{count} pair|{count} pairs": "{count} пара|{count} пары|{count} пар",
    "{system} was read for the first time: how things stand there now is known, too": "{system} прочитан впервые: теперь известно и то, что там сейчас",
    "bound: {cards} with a deal or a client": "связано: {cards} со сделкой или клиентом",
    "proposed: {pairs} that may belong together; decide: bridge inbox list": "возможно, вместе: {pairs}; решите: bridge inbox list",
    "unmatched cards: {count}": "карточки без пары: {count}",
    "deals without a card: {count}": "сделки без карточки: {count}",
    "{title}; {advice}": "{title}; {advice}",
    "and {count} more: --json names all": "и ещё {count}: --json назовёт все",
    "not to be had: {gap}": "чего не узнать: {gap}",
    "nothing of it was kept: this was a dry run": "ничего из этого не сохранено: это была проба",
    "history is kept for {days} from its import on (keep: events in bridge.yaml)": "история хранится {days} от импорта (keep: events в bridge.yaml)",
    "not read: {system}: {why}; import again: it goes on from there": "не прочитано: {system}: {why}; импортируйте ещё раз: пойдёт дальше с того же места",
    "Trello keeps no actions of deleted cards": "Trello не хранит действий удалённых карточек",
    "Trello tells nowhere who put a label on or took it off, edited a comment or renamed a line of a list": "Trello нигде не говорит, кто ставил или снимал метку, правил комментарий или переименовывал строку списка",
    'board "{name}" was never read: start the bridge once, then import again': "доску «{name}» ещё не читали: запустите мост один раз, потом импортируйте снова",
    "Planfix tells no changes of the past: only when deals and contacts were made, and comments": "Planfix не рассказывает о прошлых изменениях: только когда созданы сделки и контакты, и комментарии",
    "comments of Planfix were not read: bridge.yaml says no comments: true under planfix": "комментарии Planfix не прочитаны: в bridge.yaml под planfix нет comments: true",
}
