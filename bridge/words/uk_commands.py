"""What commands say in Ukrainian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- nouns behind a number ---------------------------------------------------------------------------------------
    "{count} choice|{count} choices": "{count} на вибір|{count} на вибір|{count} на вибір",
    "{count} client|{count} clients": "{count} клієнт|{count} клієнти|{count} клієнтів",
    "{count} effect|{count} effects": "{count} дія|{count} дії|{count} дій",
    "{count} attempt|{count} attempts": "{count} спроба|{count} спроби|{count} спроб",
    "{count} card|{count} cards": "{count} картка|{count} картки|{count} карток",
    "{count} day|{count} days": "{count} день|{count} дні|{count} днів",
    "{count} document|{count} documents": "{count} документ|{count} документи|{count} документів",
    "{count} event|{count} events": "{count} подія|{count} події|{count} подій",
    "{count} message|{count} messages": "{count} повідомлення|{count} повідомлення|{count} повідомлень",
    "{count} new effect|{count} new effects": "{count} нова дія|{count} нові дії|{count} нових дій",
    "{count} row|{count} rows": "{count} рядок|{count} рядки|{count} рядків",
    "{count} time|{count} times": "{count} раз|{count} рази|{count} разів",
    "{count} date|{count} dates": "{count} дату|{count} дати|{count} дат",
    "{count} step|{count} steps": "{count} крок|{count} кроки|{count} кроків",
    "{count} test|{count} tests": "{count} тест|{count} тести|{count} тестів",
    # -- decisions in a few words ------------------------------------------------------------------------------------
    "{kind}": "{kind}",
    "{message} to {whom}": "{message} → {whom}",
    "{what}: {named}": "{what}: {named}",
    "a message": "повідомлення",
    "“{words}”": "«{words}»",
    "{name} ({id})": "{name} ({id})",
    "[{code}] {notes}": "[{code}] {notes}",
    "{title}; {see}": "{title}; {see}",
    "the contact in Planfix": "контакт у Planfix",
    "the task in Planfix": "задача в Planfix",
    "the card in Trello": "картка в Trello",
    "attach a document": "додати документ",
    "copy a file": "скопіювати файл",
    "comment on the card": "коментар до картки",
    "comment on the deal": "коментар до угоди",
    "make a card": "створити картку",
    "make a document": "зробити документ",
    "make a contact": "завести контакт",
    "make a deal": "завести угоду",
    "make a task": "поставити задачу",
    "move the card": "перенести картку",
    "move the card back": "повернути картку",
    "put a checklist on the card": "додати до картки чек-лист",
    "put label on": "поставити мітку",
    "take label off": "зняти мітку",
    "the client": "клієнт",
    "the staff chat": "чат команди",
    "write fields": "записати поля",
    # -- plan, apply, rollback, history ------------------------------------------------------------------------------
    "  called off: {rule}, {step} (was due {was})": "  скасовано: {rule}, крок «{step}» (мало бути {was})",
    "  moved: {rule}, {step}: {was} -> {will}": "  перенесено: {rule}, крок «{step}»: {was} → {will}",
    "  new: {rule}, {step} (due {due})": "  нове: {rule}, крок «{step}» (на {due})",
    "  would get a message: {message} ({rule})": "  пішло б повідомлення: {message} ({rule})",
    "a start": "запуск",
    "applied": "застосовано",
    "by": "хто",
    "changed rules: {rules}": "змінені правила: {rules}",
    "hash": "хеш",
    "how it came": "як",
    "new rules: {rules}": "нові правила: {rules}",
    "no rules have been in force yet": "ще не діяли жодні правила",
    "no rules have been in force yet: bridge apply, or the next start, takes these over": (
        "ще не діяли жодні правила: ці візьме в роботу bridge apply або наступний запуск"
    ),
    "no.": "№",
    "nothing would change": "нічого не змінилося б",
    "rule set {number} ({hash}) is in force already": "набір правил {number} ({hash}) уже діє",
    "rule set {number} ({hash}) is in force: the same as {target}": (
        "діє набір правил {number} ({hash}): такий самий, як {target}"
    ),
    "rule set {number} ({hash}) is in force; to take it back: bridge rollback": (
        "діє набір правил {number} ({hash}); повернути попередній: bridge rollback"
    ),
    "rule set {number} cannot be read any more: the rules in force stay": (
        "набір правил {number} уже не читається: правила, що діють, лишаються"
    ),
    "rules that go: {rules}": "правила, яких не стане: {rules}",
    "taken back": "повернуто",
    "the config folder has changes that were never put in force: bridge apply, or --discard them": (
        "у теці config є зміни, які ще не діяли: bridge apply — або відкиньте їх через --discard"
    ),
    "there is no rule set before this one; see: bridge history": "до цього набору правил іншого не було; див. bridge history",
    "there is no rule set {number}; see: bridge history": "немає набору правил {number}; див. bridge history",
    "when": "коли",
    "who would get a message: {clients}": "скільки клієнтів отримали б повідомлення: {clients}",
    "{rule} leaves the shadow: what it noted there is never done, only what happens from now on": "{rule} виходить з тіні: занотоване там не виконується ніколи, лише те, що станеться відтепер",
    "{steps} that had been called off for want of a rule run on": "кроки, скасовані через брак правила, ідуть далі: {steps}",
    "{tests} failed: the rules in force stay": "не всі тести пройшли ({tests} — ні): правила, що діють, лишаються",
    # -- calendars ---------------------------------------------------------------------------------------------------
    "day": "день",
    "hours": "години",
    "a choice stands behind #; remove the # and it counts": (
        "дати на вибір стоять за #; приберіть #, і дата почне діяти"
    ),
    "look through them, then: bridge check --offline": "перегляньте їх, тоді: bridge check --offline",
    "no day differs from the week": "жоден день не відрізняється від звичайного тижня",
    'calendar "{name}" has no working day after {day}': "у календарі «{name}» немає робочого дня після {day}",
    'calendar "{name}" has no working day left around {day}': "у календарі «{name}» немає робочого дня біля {day}",
    'calendar "{name}" has no working hours left after {day}': "у календарі «{name}» немає робочих годин після {day}",
    'calendar "{name}" has no working hours left before {day}': "у календарі «{name}» немає робочих годин до {day}",
    'no holidays are known for "{country}"; write two letters, as UA, RU, MD, BY, PL': (
        "для «{country}» свята невідомі; напишіть дві літери: UA, RU, MD, BY, PL"
    ),
    'there is no calendar "{name}"; {advice}': "немає календаря «{name}»; {advice}",
    'write these lines under dates: of the calendar "{name}" in {file} yourself:\n{lines}': (
        "впишіть ці рядки самі під dates: календаря «{name}» у {file}:\n{lines}"
    ),
    '{file} has no calendar "{name}"; name the one it has with --name': (
        "у {file} немає календаря «{name}»; назвіть той, що там є, через --name"
    ),
    "{file} has all these dates already; nothing was written": "у {file} усі ці дати вже є; нічого не записано",
    "{file}: {dates} written, {choices}": "{file}: записано {dates}, {choices}",
    '"{text}" is no time: write 2026-12-24T16:30': "«{text}» — не час: напишіть 2026-12-24T16:30",
    # -- the database ------------------------------------------------------------------------------------------------
    "BRIDGE_DATABASE_URL is no address of an SQLite file": "BRIDGE_DATABASE_URL — не адреса файлу SQLite",
    "write sqlite:///var/bridge.db, or sqlite:////four/slashes/for/a/whole/path.db": (
        "напишіть sqlite:///var/bridge.db або sqlite:////чотири/риски/для/повного/шляху.db"
    ),
    # -- a database that is held, and one that was put back ----------------------------------------------------------
    "another bridge works on this database (process {process}); {advice}": (
        "з цією базою вже працює інший bridge (процес {process}); {advice}"
    ),
    "another bridge works on this database (process {process} on {machine}, since {since}); {advice}": (
        "з цією базою вже працює інший bridge (процес {process} на {machine}, з {since}); {advice}"
    ),
    "stop it first": "спершу зупиніть його",
    "stop it first, or use another BRIDGE_DATABASE_URL": "спершу зупиніть його або вкажіть інший BRIDGE_DATABASE_URL",
    "deliveries in doubt: {count}": "сумнівних доставок: {count}",
    "restored from {file}": "відновлено з {file}",
    "restored from {file}, made at {made_at}": "відновлено з {file}, зробленого {made_at}",
    "the database before it: {file}": "попередня база: {file}",
    "then look at: bridge outbox list --state unknown, bridge outbox list --state held": (
        "далі гляньте: bridge outbox list --state unknown, bridge outbox list --state held"
    ),
    "what went out after the backup is looked for before it is repeated, for half an hour after the next start;": (
        "що пішло вже після копії, шукається перед повтором: пів години після наступного запуску;"
    ),
    # -- status, outbox, missed, inbox, stops, logs ---------------------------------------------------------------------
    "! since {at}: {error}": "! з {at}: {error}",
    "a colleague": "колега",
    "start": "відкрите посилання",
    "a robot": "робот",
    "alarm {name}": "тривога {name}",
    "pair": "чия картка",
    "answer": "відповідь",
    "answered": "відповіли",
    "at work since {since}, the last time at {seen}": "працює з {since}, востаннє о {seen}",
    "at work, the last time at {seen}": "працює, востаннє о {seen}",
    "attempts: {count}": "спроб: {count}",
    "by {person}": "{person}",
    "by {who}": "через {who}",
    "cancelled": "скасовано",
    "cancelled by unless": "скасовано через unless",
    "missed": "запізно",
    "client": "клієнт",
    "clients: {clients}, inbox: {inbox}, waiting for a source: {waits}": (
        "клієнтів: {clients}, нерозібраного: {inbox}, чекає на джерело: {waits}"
    ),
    "condition false": "умову не виконано",
    "confirmed": "підтверджено",
    "database: {size} MB": "база: {size} МБ",
    "deliveries: {states}": "доставки: {states}",
    "unknown": "сумнівно",
    "due to {name} since {at}": "до {name} час із {at}",
    "due to {name} since {at}, tried in vain": "до {name} час із {at}, спроби невдалі",
    "ended": "кінець",
    "event": "подія",
    "all": "усе",
    "fired": "спрацювало",
    "from whom": "від кого",
    "dead": "не вдалося",
    "held": "притримано",
    "held by repeat": "ще рано повторювати",
    "shadow": "у тіні",
    "it hangs: look at its log, and start it anew": "завис: гляньте журнал і запустіть знову",
    "it was killed, and work is due: look at its log, and start it anew": (
        "його вбито, а робота чекає: гляньте журнал і запустіть знову"
    ),
    "the files of the rules are wrong, the last good ones are in force: bridge check, then bridge apply": (
        "файли правил не годяться, діють останні придатні правила: bridge check, потім bridge apply"
    ),
    "later": "пізніше",
    "let through": "пропущено",
    "needs a person:": "потрібна людина:",
    "never": "ніколи",
    "never read": "ще не читали",
    "next: {at}": "далі: {at}",
    "nobody": "нікого",
    "no subject": "нікого не стосується",
    "none yet": "ще немає",
    "it cannot begin: {why}": "не може почати: {why}",
    "the bridge is not at work; it last worked: {seen}": "міст не працює; востаннє працював: {seen}",
    "not known": "ще невідомо",
    "nothing happened": "нічого не сталося",
    "nothing has been read yet": "ще нічого не прочитано",
    "nothing is stopped": "нічого не зупинено",
    "changed in two places: the owner's value won": "змінено у двох місцях: лишилося значення власника",
    "changed where it is not read: taken back": "змінено там, звідки не читаємо: повернуто",
    "they never agreed: enter the right one in both": "ніколи не збігалися: впишіть правильне в обох місцях",
    "fields kept in step": "поля, що тримаємо однаковими",
    "copies of files": "копії файлів",
    "values taken away": "зниклі значення",
    "unknown who": "невідомо хто",
    "no value of this fact: enter one of its own": "такого значення факт не має: впишіть одне з його власних",
    "{what} is stopped: all of it waits": "{what}: зупинено, усе чекає",
    "nothing waits": "нічого не чекає",
    "nothing was missed": "нічого не пропущено",
    "outcome": "наслідок",
    "overridden": "дозволено винятком",
    "read up to": "прочитано до",
    "reason": "причина",
    "refused by guard": "не пустив сторож",
    "rule": "правило",
    "settled": "вирішено",
    "since": "відколи",
    "since {at}: {error}": "з {at}: {error}",
    "some deliveries need a person: bridge outbox list ({found})": (
        "доставки чекають на людину: bridge outbox list ({found})"
    ),
    "somebody has to say whose they are: bridge inbox list": "хтось має сказати, чиї це відповіді: bridge inbox list",
    "source": "джерело",
    "source {name} is not read": "джерело {name} не читається",
    "stage": "етап",
    "state": "стан",
    "step": "крок",
    "stopped: {what}, by {by}; to go on: {command}": "зупинено: {what} ({by}); щоб пішло далі: {command}",
    "disabled": "вимкнено",
    "the bridge": "міст",
    "the inbox is empty": "нерозібраного немає",
    "text not true": "текст був би неправдою",
    "loop limit": "забагато кіл",
    "too much at once: {what} {name}, {effects} held; bridge flood list": (
        "забагато нараз: {what} {name}, притримано: {effects}; bridge flood list"
    ),
    "trace": "слід",
    "tried": "спроба",
    "trouble": "негаразд",
    "claimed": "у дорозі",
    "somebody unknown": "невідомо хто",
    "waiting": "чекає",
    "wanted": "намір",
    "was due": "мало бути",
    "what": "що",
    "where": "де",
    "which": "хто або що",
    "whose": "чиє",
    "{id} {where}: {what}": "{id} {where}: {what}",
    "{parts}": "{parts}",
    "{steps} came late: bridge missed list": "{steps} із запізненням: bridge missed list",
    "{what} {name}": "{what} {name}",
    'unknown event "{kind}"; {advice}': "невідома подія «{kind}»; {advice}",
    '{kind} has no key "{key}"; {advice}': "{kind} не має ключа «{key}»; {advice}",
    "{kind}: say where to: {example}": "{kind}: скажіть, куди: {example}",
    "{kind} cannot be {given}": "{kind} не може бути {given}",
    "write its keys in braces": "запишіть ключі у фігурних дужках",
    'no rule knows the command "{word}"; {advice}': "жодне правило не знає команди «{word}»; {advice}",
    '"{name}" is no template and no document; {advice}': "«{name}» — це ні текст, ні документ; {advice}",
    "the event {given} is not understood; write it as a rule names it: {example}": "подію {given} не зрозуміло; запишіть її так, як у правилі: {example}",
}
