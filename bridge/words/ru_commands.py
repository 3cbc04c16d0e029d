"""What commands say in Russian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- nouns behind a number ---------------------------------------------------------------------------------------
    "{count} choice|{count} choices": "{count} на выбор|{count} на выбор|{count} на выбор",
    "{count} client|{count} clients": "{count} клиент|{count} клиента|{count} клиентов",
    "{count} effect|{count} effects": "{count} действие|{count} действия|{count} действий",
    "{count} attempt|{count} attempts": "{count} попытка|{count} попытки|{count} попыток",
    "{count} card|{count} cards": "{count} карточка|{count} карточки|{count} карточек",
    "{count} day|{count} days": "{count} день|{count} дня|{count} дней",
    "{count} document|{count} documents": "{count} документ|{count} документа|{count} документов",
    "{count} event|{count} events": "{count} событие|{count} события|{count} событий",
    "{count} message|{count} messages": "{count} сообщение|{count} сообщения|{count} сообщений",
    "{count} new effect|{count} new effects": "{count} новое действие|{count} новых действия|{count} новых действий",
    "{count} row|{count} rows": "{count} строка|{count} строки|{count} строк",
    "{count} time|{count} times": "{count} раз|{count} раза|{count} раз",
    "{count} date|{count} dates": "{count} дату|{count} даты|{count} дат",
    "{count} step|{count} steps": "{count} шаг|{count} шага|{count} шагов",
    "{count} test|{count} tests": "{count} тест|{count} теста|{count} тестов",
    # -- decisions in a few words ------------------------------------------------------------------------------------
    "{kind}": "{kind}",
    "{message} to {whom}": "{message} → {whom}",
    "{what}: {named}": "{what}: {named}",
    "a message": "сообщение",
    "“{words}”": "«{words}»",
    "{name} ({id})": "{name} ({id})",
    "[{code}] {notes}": "[{code}] {notes}",
    "{title}; {see}": "{title}; {see}",
    "the contact in Planfix": "контакт в Planfix",
    "the task in Planfix": "задача в Planfix",
    "the card in Trello": "карточка в Trello",
    "attach a document": "приложить документ",
    "copy a file": "скопировать файл",
    "comment on the card": "комментарий к карточке",
    "comment on the deal": "комментарий к сделке",
    "make a card": "создать карточку",
    "make a document": "сделать документ",
    "make a contact": "завести контакт",
    "make a deal": "завести сделку",
    "make a task": "поставить задачу",
    "move the card": "перенести карточку",
    "move the card back": "вернуть карточку",
    "put a checklist on the card": "добавить на карточку чек-лист",
    "put label on": "поставить метку",
    "take label off": "снять метку",
    "the client": "клиент",
    "the staff chat": "чат команды",
    "write fields": "записать поля",
    # -- plan, apply, rollback, history ------------------------------------------------------------------------------
    "  called off: {rule}, {step} (was due {was})": "  отменено: {rule}, шаг «{step}» (должно было быть {was})",
    "  moved: {rule}, {step}: {was} -> {will}": "  перенесено: {rule}, шаг «{step}»: {was} → {will}",
    "  new: {rule}, {step} (due {due})": "  новое: {rule}, шаг «{step}» (на {due})",
    "  would get a message: {message} ({rule})": "  ушло бы сообщение: {message} ({rule})",
    "a start": "запуск",
    "applied": "применено",
    "by": "кто",
    "changed rules: {rules}": "изменённые правила: {rules}",
    "hash": "хеш",
    "how it came": "как",
    "new rules: {rules}": "новые правила: {rules}",
    "no rules have been in force yet": "ещё не действовали никакие правила",
    "no rules have been in force yet: bridge apply, or the next start, takes these over": (
        "ещё не действовали никакие правила: эти возьмёт в работу bridge apply или следующий запуск"
    ),
    "no.": "№",
    "nothing would change": "ничего не изменилось бы",
    "rule set {number} ({hash}) is in force already": "набор правил {number} ({hash}) уже действует",
    "rule set {number} ({hash}) is in force: the same as {target}": (
        "действует набор правил {number} ({hash}): такой же, как {target}"
    ),
    "rule set {number} ({hash}) is in force; to take it back: bridge rollback": (
        "действует набор правил {number} ({hash}); вернуть прежний: bridge rollback"
    ),
    "rule set {number} cannot be read any more: the rules in force stay": (
        "набор правил {number} больше не читается: действующие правила остаются"
    ),
    "rules that go: {rules}": "правила, которых не станет: {rules}",
    "taken back": "возвращено",
    "the config folder has changes that were never put in force: bridge apply, or --discard them": (
        "в папке config есть изменения, которые ещё не действовали: bridge apply — или отбросьте их через --discard"
    ),
    "there is no rule set before this one; see: bridge history": "до этого набора правил другого не было; см. bridge history",
    "there is no rule set {number}; see: bridge history": "нет набора правил {number}; см. bridge history",
    "when": "когда",
    "who would get a message: {clients}": "сколько клиентов получили бы сообщение: {clients}",
    "{rule} leaves the shadow: what it noted there is never done, only what happens from now on": "{rule} выходит из тени: записанное там не выполняется никогда, только то, что произойдёт с этого момента",
    "{steps} that had been called off for want of a rule run on": "шаги, отменённые из-за отсутствия правила, идут дальше: {steps}",
    "{tests} failed: the rules in force stay": "не все тесты прошли ({tests} — нет): действующие правила остаются",
    # -- calendars ---------------------------------------------------------------------------------------------------
    "day": "день",
    "hours": "часы",
    "a choice stands behind #; remove the # and it counts": (
        "даты на выбор стоят за #; уберите #, и дата начнёт действовать"
    ),
    "look through them, then: bridge check --offline": "просмотрите их, затем: bridge check --offline",
    "no day differs from the week": "ни один день не отличается от обычной недели",
    'calendar "{name}" has no working day after {day}': "в календаре «{name}» нет рабочего дня после {day}",
    'calendar "{name}" has no working day left around {day}': "в календаре «{name}» нет рабочего дня около {day}",
    'calendar "{name}" has no working hours left after {day}': "в календаре «{name}» нет рабочих часов после {day}",
    'calendar "{name}" has no working hours left before {day}': "в календаре «{name}» нет рабочих часов до {day}",
    'no holidays are known for "{country}"; write two letters, as UA, RU, MD, BY, PL': (
        "для «{country}» праздники неизвестны; напишите две буквы: UA, RU, MD, BY, PL"
    ),
    'there is no calendar "{name}"; {advice}': "нет календаря «{name}»; {advice}",
    'write these lines under dates: of the calendar "{name}" in {file} yourself:\n{lines}': (
        "впишите эти строки сами под dates: календаря «{name}» в {file}:\n{lines}"
    ),
    '{file} has no calendar "{name}"; name the one it has with --name': (
        "в {file} нет календаря «{name}»; назовите тот, что там есть, через --name"
    ),
    "{file} has all these dates already; nothing was written": "в {file} все эти даты уже есть; ничего не записано",
    "{file}: {dates} written, {choices}": "{file}: записано {dates}, {choices}",
    '"{text}" is no time: write 2026-12-24T16:30': "«{text}» — не время: напишите 2026-12-24T16:30",
    # -- the database ------------------------------------------------------------------------------------------------
    "BRIDGE_DATABASE_URL is no address of an SQLite file": "BRIDGE_DATABASE_URL — не адрес файла SQLite",
    "write sqlite:///var/bridge.db, or sqlite:////four/slashes/for/a/whole/path.db": (
        "напишите sqlite:///var/bridge.db или sqlite:////четыре/черты/для/полного/пути.db"
    ),
    # -- a database that is held, and one that was put back ----------------------------------------------------------
    "another bridge works on this database (process {process}); {advice}": (
        "с этой базой уже работает другой bridge (процесс {process}); {advice}"
    ),
    "another bridge works on this database (process {process} on {machine}, since {since}); {advice}": (
        "с этой базой уже работает другой bridge (процесс {process} на {machine}, с {since}); {advice}"
    ),
    "stop it first": "сначала остановите его",
    "stop it first, or use another BRIDGE_DATABASE_URL": "сначала остановите его или укажите другой BRIDGE_DATABASE_URL",
    "deliveries in doubt: {count}": "сомнительных доставок: {count}",
    "restored from {file}": "восстановлено из {file}",
    "restored from {file}, made at {made_at}": "восстановлено из {file}, сделанного {made_at}",
    "the database before it: {file}": "прежняя база: {file}",
    "then look at: bridge outbox list --state unknown, bridge outbox list --state held": (
        "затем посмотрите: bridge outbox list --state unknown, bridge outbox list --state held"
    ),
    "what went out after the backup is looked for before it is repeated, for half an hour after the next start;": (
        "что ушло уже после копии, ищется перед повтором: полчаса после следующего запуска;"
    ),
    # -- status, outbox, missed, inbox, stops, logs ---------------------------------------------------------------------
    "! since {at}: {error}": "! с {at}: {error}",
    "a colleague": "коллега",
    "start": "открытая ссылка",
    "a robot": "робот",
    "alarm {name}": "тревога {name}",
    "pair": "чья карточка",
    "answer": "ответ",
    "answered": "ответили",
    "at work since {since}, the last time at {seen}": "работает с {since}, в последний раз {seen}",
    "at work, the last time at {seen}": "работает, в последний раз {seen}",
    "attempts: {count}": "попыток: {count}",
    "by {person}": "{person}",
    "by {who}": "через {who}",
    "cancelled": "отменено",
    "cancelled by unless": "отменено из-за unless",
    "missed": "опоздало",
    "client": "клиент",
    "clients: {clients}, inbox: {inbox}, waiting for a source: {waits}": (
        "клиентов: {clients}, неразобранного: {inbox}, ждёт источника: {waits}"
    ),
    "condition false": "условие не выполнено",
    "confirmed": "подтверждено",
    "database: {size} MB": "база: {size} МБ",
    "deliveries: {states}": "доставки: {states}",
    "unknown": "сомнительно",
    "due to {name} since {at}": "к {name} пора с {at}",
    "due to {name} since {at}, tried in vain": "к {name} пора с {at}, попытки неудачны",
    "ended": "итог",
    "event": "событие",
    "all": "всё",
    "fired": "сработало",
    "from whom": "от кого",
    "dead": "не удалось",
    "held": "придержано",
    "held by repeat": "повторять ещё рано",
    "shadow": "в тени",
    "it hangs: look at its log, and start it anew": "завис: посмотрите журнал и запустите снова",
    "it was killed, and work is due: look at its log, and start it anew": (
        "его убили, а работа ждёт: посмотрите журнал и запустите снова"
    ),
    "the files of the rules are wrong, the last good ones are in force: bridge check, then bridge apply": (
        "файлы правил не годятся, действуют последние годные: bridge check, потом bridge apply"
    ),
    "later": "позже",
    "let through": "пропущено",
    "needs a person:": "нужен человек:",
    "never": "никогда",
    "never read": "ещё не читали",
    "next: {at}": "дальше: {at}",
    "nobody": "никого",
    "no subject": "никого не касается",
    "none yet": "пока нет",
    "it cannot begin: {why}": "не может начать: {why}",
    "the bridge is not at work; it last worked: {seen}": "мост не работает; работал в последний раз: {seen}",
    "not known": "пока неизвестно",
    "nothing happened": "ничего не произошло",
    "nothing has been read yet": "пока ничего не прочитано",
    "nothing is stopped": "ничего не остановлено",
    "changed in two places: the owner's value won": "изменено в двух местах: осталось значение владельца",
    "changed where it is not read: taken back": "изменено там, откуда не читаем: возвращено",
    "they never agreed: enter the right one in both": "никогда не совпадали: впишите правильное в обоих местах",
    "fields kept in step": "поля, которые держим одинаковыми",
    "copies of files": "копии файлов",
    "values taken away": "исчезнувшие значения",
    "unknown who": "неизвестно кто",
    "no value of this fact: enter one of its own": "такого значения у факта нет: впишите одно из его собственных",
    "{what} is stopped: all of it waits": "{what}: остановлено, всё ждёт",
    "nothing waits": "ничего не ждёт",
    "nothing was missed": "ничего не пропущено",
    "outcome": "исход",
    "overridden": "разрешено исключением",
    "read up to": "прочитано до",
    "reason": "причина",
    "refused by guard": "не пустил сторож",
    "rule": "правило",
    "settled": "решено",
    "since": "с каких пор",
    "since {at}: {error}": "с {at}: {error}",
    "some deliveries need a person: bridge outbox list ({found})": (
        "доставки ждут человека: bridge outbox list ({found})"
    ),
    "somebody has to say whose they are: bridge inbox list": "кто-то должен сказать, чьи это ответы: bridge inbox list",
    "source": "источник",
    "source {name} is not read": "источник {name} не читается",
    "stage": "этап",
    "state": "состояние",
    "step": "шаг",
    "stopped: {what}, by {by}; to go on: {command}": "остановлено: {what} ({by}); чтобы пошло дальше: {command}",
    "disabled": "выключено",
    "the bridge": "мост",
    "the inbox is empty": "неразобранного нет",
    "text not true": "текст был бы неправдой",
    "loop limit": "слишком много кругов",
    "too much at once: {what} {name}, {effects} held; bridge flood list": (
        "слишком много сразу: {what} {name}, придержано {effects}; bridge flood list"
    ),
    "trace": "след",
    "tried": "попытка",
    "trouble": "что не так",
    "claimed": "в пути",
    "somebody unknown": "неизвестно кто",
    "waiting": "ждёт",
    "wanted": "намерение",
    "was due": "должно было быть",
    "what": "что",
    "where": "где",
    "which": "кто или что",
    "whose": "чьё",
    "{id} {where}: {what}": "{id} {where}: {what}",
    "{parts}": "{parts}",
    "{steps} came late: bridge missed list": "{steps} с опозданием: bridge missed list",
    "{what} {name}": "{what} {name}",
    'unknown event "{kind}"; {advice}': "неизвестное событие «{kind}»; {advice}",
    '{kind} has no key "{key}"; {advice}': "у {kind} нет ключа «{key}»; {advice}",
    "{kind}: say where to: {example}": "{kind}: скажите, куда: {example}",
    "{kind} cannot be {given}": "{kind} не может быть {given}",
    "write its keys in braces": "запишите ключи в фигурных скобках",
    'no rule knows the command "{word}"; {advice}': "ни одно правило не знает команды «{word}»; {advice}",
    '"{name}" is no template and no document; {advice}': "«{name}» — это ни текст, ни документ; {advice}",
    "the event {given} is not understood; write it as a rule names it: {example}": "событие {given} непонятно; запишите его так, как в правиле: {example}",
}
