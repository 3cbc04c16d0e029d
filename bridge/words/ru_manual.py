"""The manual of rules in Russian: the frame of a page, and what each element is for, by the English first line."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- the frame ---------------------------------------------------------------------------------------------------
    "{word} ({kind})": "{word} ({kind})",
    "{word} ({kind}): not carried out by this version": "{word} ({kind}): эта версия этого ещё не выполняет",
    "a trigger: what wakes a rule": "событие, которое будит правило",
    "an action: what a rule does": "действие правила",
    "a comparison: how a condition looks at a fact": "сравнение в условии",
    "a filter: how a text shows a value": "фильтр в тексте",
    "a type of facts": "тип факта",
    "a key of a rule": "ключ правила",
    "Fits {types}.": "Подходит к: {types}.",
    "all types": "все типы",
    "Compared by {words}.": "Сравнения: {words}.",
    "Gives: {shows}": "Получится: {shows}",
    "Hears what the bridge itself did, too.": "Слышит и то, что сделал сам мост.",
    "An example:": "Пример:",
    "Keys:": "Ключи:",
    "  {key}: {said}": "  {key}: {said}",
    "  {key}: {said} (may be left out)": "  {key} (можно не писать): {said}",
    "More, in English:": "Подробнее — по-английски:",
    # -- names that rules are written with ---------------------------------------------------------------------------
    "{word}: {told}": "{word}: {told}",
    "{word}, a fact: {title}": "{word} — факт: {title}",
    "rules set it": "его устанавливают правила",
    "read from {source}": "откуда: {source}",
    "written to {names}": "куда ещё пишется: {names}",
    "{word}, a gate: {title}": "{word} — ворота: {title}",
    "it is open when all of this is there:": "открыты, когда есть всё это:",
    "  • {need}; owed by: {who}": "  • {need} — отвечает {who}",
    # -- triggers ----------------------------------------------------------------------------------------------------
    "A button of that name was pressed: in a staff chat, in a task, on a card.": (
        "Нажали кнопку с таким названием: в чате команды, в задаче или на карточке."
    ),
    "A member of staff wrote that word first in a comment or in the staff chat. Capital letters do not matter.": (
        "Кто-то из команды начал с этого слова комментарий или сообщение в чате команды. Большие и малые буквы равны."
    ),
    "That label was put on the card.": "На карточку поставили эту метку.",
    "That label was taken off the card.": "С карточки сняли эту метку.",
    "A deal appeared in that system.": "В этой системе появилась сделка.",
    "A card was made, in that list where one is named.": "Создали карточку; если назван список — именно в нём.",
    "The card came to a list, from another where one is named; by a person or by the bridge.": (
        "Карточка перешла в список; если названо, откуда, — именно оттуда. Неважно, перенёс её человек или мост."
    ),
    "The card was archived.": "Карточку убрали в архив.",
    "The card came back: from the archive, or from a board that the bridge does not look after.": (
        "Карточка вернулась: из архива или с доски, за которой мост не следит."
    ),
    "Somebody commented on the card; with `contains`, in these words.": (
        "К карточке написали комментарий; с `contains` — именно с этими словами."
    ),
    "The client wrote into the chat; with `contains`, in these words.": (
        "Клиент написал в чат; с `contains` — именно эти слова."
    ),
    "The last open item of that checklist was ticked.": "В этом чек-листе отметили последний пункт.",
    "That form was filled in for the subject; also when an answer was changed.": (
        "Эту форму заполнили; а также — когда ответ изменили."
    ),
    "That fact changed.": "Этот факт изменился.",
    "The condition turned true, whichever source came last. It is not woken by an event: the planner compares edges.": (
        "Условие стало правдой, откуда бы ни пришло последнее. Его будит не событие, а сам переход от «нет» к «да»."
    ),
    "That text reached the client: the confirmed receipt, not the wish to send.": (
        "Этот текст дошёл до клиента: именно подтверждено, а не просто отправлено."
    ),
    "That text failed for good: blocked, no such chat.": (
        "Этот текст не дошёл и уже не дойдёт: бота заблокировали или такого чата нет."
    ),
    "The client's chat in that channel was tied to him.": "Чат клиента в этом канале привязан к нему.",
    "The client approved that text or document by its button; the first answer counts.": (
        "Клиент согласовал этот текст или документ кнопкой; считается первый ответ."
    ),
    "The client did not accept that text or document: another button than approve. He is asked for a remark.": (
        "Клиент не согласовал этот текст или документ: нажал другую кнопку. Его просят о замечании."
    ),
    "The document was made from that template and marked ready by a person.": (
        "Документ сделали по этому шаблону, и человек отметил, что он готов."
    ),
    "Nothing happened for a while since the watched moment, and no protection holds.": (
        "С момента, за которым следят, слишком долго ничего не случилось, и защищённый срок, если он есть, прошёл."
    ),
    "Somebody of the staff noted a talk with the client that no system saw: by telephone, in another messenger.": (
        "Кто-то из команды записал разговор с клиентом, которого не видела ни одна система: по телефону, в другом мессенджере."
    ),
    "A time of the day, the week or the month came. On a closed day of the calendar it moves to the next working day.": (
        "Настало время дня, недели или месяца. Если день нерабочий, переходит на следующий рабочий."
    ),
    "What these facts are read from has not been read for so long.": (
        "Источник этих фактов слишком долго не удаётся прочитать."
    ),
    # -- actions -----------------------------------------------------------------------------------------------------
    "Sends a text to the client, to whoever has a role, or to the staff chat.": (
        "Отправляет текст клиенту, тому, у кого есть роль, или в чат команды."
    ),
    "Sets facts: at once where the bridge owns them, through the outbox where another system does.": (
        "Записывает факты: свои мост меняет сразу, а чужие — через очередь доставок в ту систему."
    ),
    "Copies the answers of the form that woke the rule into facts. Never overwrites an approved value.": (
        "Переносит в факты ответы из формы, которая разбудила правило. Согласованное значение не затирает никогда."
    ),
    "Makes the card of the subject, bound to it at birth.": "Создаёт карточку клиента или сделки и сразу её привязывает.",
    "Moves the card to a list, or `back` to where it came from; a move back wakes nobody.": (
        "Переносит карточку в список или, с `back`, туда, откуда она пришла; возврат никого не будит."
    ),
    "Comments on the card: in the words given, or with a text of the set.": (
        "Пишет комментарий к карточке: своими словами или готовым текстом."
    ),
    "Calls a webhook of bridge.yaml: what happened and the facts that are named, signed, until it is taken.": (
        "Вызывает вебхук из bridge.yaml: что произошло и названные факты, с подписью, пока их не примут."
    ),
    "Makes a deal of that name in Planfix for a card that was made by hand, and the client's contact with it.": (
        "Заводит в Planfix сделку с таким названием для карточки, созданной вручную, и контакт клиента к ней."
    ),
    "Puts a label on the card.": "Ставит метку на карточку.",
    "Takes a label off the card.": "Снимает метку с карточки.",
    "Gives a task to whoever has a role.": "Ставит задачу тому, у кого есть роль.",
    "Makes a document from a template. Refuses while a fact that it needs is empty.": (
        "Делает документ по шаблону. Пока нужный факт пуст, не делает."
    ),
    "Hangs the newest version of a document on the subject's records.": (
        "Добавляет самую новую версию документа к карточке или к названной записи."
    ),
    "Puts a checklist on the card. A list of that title that is there already is completed, never doubled.": (
        "Добавляет к карточке чек-лист. Если чек-лист с таким названием уже есть, дополняет его, а не создаёт второй."
    ),
    "Makes somebody responsible: a person, or `fair-choice` by competence, load and leave.": (
        "Назначает ответственного: названного человека или, с `fair-choice`, по умению, загрузке и отпускам."
    ),
    "Asks somebody by buttons, and acts on yes. Silence changes nothing.": (
        "Спрашивает человека кнопками и действует, если тот говорит «да». Пока он молчит, ничего не меняется."
    ),
    # -- comparisons -------------------------------------------------------------------------------------------------
    "True when: equal; `field: value` means the same.": "Правда, когда равно; `поле: значение` означает то же самое.",
    "True when: not equal, or empty.": "Правда, когда не равно или пусто.",
    "True when: one of these; `field: [a, b]` means the same.": (
        "Правда, когда это одно из названного; `поле: [a, b]` означает то же самое."
    ),
    "True when: none of these, or empty.": "Правда, когда это ничто из названного или пусто.",
    "True when: these words stand in it; capital letters do not matter.": (
        "Правда, когда эти слова в нём есть; большие и малые буквы равны."
    ),
    "True when: begins so; capital letters do not matter.": (
        "Правда, когда начинается именно так; большие и малые буквы равны."
    ),
    "True when: fits the pattern; `*` is anything.": "Правда, когда похоже на образец; `*` — что угодно.",
    "True when: more than.": "Правда, когда больше.",
    "True when: less than.": "Правда, когда меньше.",
    "True when: so much or more.": "Правда, когда столько или больше.",
    "True when: so much or less.": "Правда, когда столько или меньше.",
    "True when: from the first to the second, both included.": "Правда, когда от первого до второго, включая их.",
    "True when: the set holds it; `field: value` means the same.": (
        "Правда, когда оно есть в наборе; `поле: значение` означает то же самое."
    ),
    "True when: the set does not hold it, or is empty.": "Правда, когда его нет в наборе или набор пуст.",
    "True when: earlier than a date, a moment or `now`.": "Правда, когда раньше даты, момента или `now` (сейчас).",
    "True when: later than a date, a moment or `now`.": "Правда, когда позже даты, момента или `now` (сейчас).",
    "True when: so long ago or longer: `3d`, `36h`.": "Правда, когда прошло столько или больше: `3d`, `36h`.",
    "True when: `true`: has a value, `false`: is empty.": "Правда, когда: `true` — есть значение, `false` — пусто.",
    # -- filters -----------------------------------------------------------------------------------------------------
    "In bold; comes last.": "Жирным; пишется последним.",
    "A link with that title; comes last.": "Ссылка с таким названием; пишется последней.",
    "The number with its noun, in the form it asks for.": "Число с существительным в нужной форме.",
    "Only the noun, in the form the number asks for.": "Только существительное в форме, которой требует число.",
    "A sum with its currency.": "Сумма с валютой.",
    "A number as the language writes it.": "Число так, как его пишут на этом языке.",
    "The date in words.": "Дата словами.",
    "The day of the week and the date.": "День недели и дата.",
    "The time of the day, in the agency's zone.": "Часы и минуты по времени агентства.",
    "Other words where it is empty.": "Другие слова, если пусто.",
    "A list in one line.": "Список одной строкой.",
    "How many there are.": "Сколько их.",
    "The first one.": "Первый из них.",
    "In order of the alphabet.": "По алфавиту.",
    "Cut after so many letters, or entries of a list.": "Только столько букв или столько пунктов списка.",
    "In capital letters.": "Большими буквами.",
    "In small letters.": "Малыми буквами.",
    "Each word with a capital letter.": "Каждое слово с большой буквы.",
    # -- types of facts ----------------------------------------------------------------------------------------------
    "Words, a phone, an address, a number that is not counted with.": (
        "Слова, телефон, адрес или номер, с которым не считают."
    ),
    "One of a closed list of values; left out, `of` is what the live board or field has.": (
        "Одно из списка значений; без `of` — то, что есть на живой доске или в поле."
    ),
    "Yes or no, written true or false.": "Да или нет; пишется true или false.",
    "A number to compare by size.": "Число, которое сравнивают по величине.",
    "A sum with its currency; commercial without being told: kept out of a client's chat and off the card.": (
        "Сумма с валютой; всегда коммерческая: не попадает ни в чат клиента, ни на карточку."
    ),
    "A date with its time. Compared with dates, moments and `now`.": (
        "Дата со временем. Сравнивается с датами, моментами и `now` (сейчас)."
    ),
    "A day without a time.": "День без времени.",
    "Somebody of the staff, by the key in people.yaml.": "Человек из команды, по ключу в people.yaml.",
    "A length of time that each client may have otherwise.": "Промежуток времени; у каждого клиента может быть свой.",
    "Several values at once, such as the labels of a card.": "Несколько значений сразу, например метки карточки.",
    "Rows that the bridge itself puts together for a report.": "Строки, которые мост сам собирает для отчёта.",
    # -- keys of a rule ----------------------------------------------------------------------------------------------
    "A key of a rule: a name that never changes: timers, history and tests hang on it (needed).": (
        "Имя, которое никогда не меняют: на нём держатся шаги, история и тесты (обязательно)."
    ),
    "A key of a rule: what people call it, in any language (may be left out).": (
        "Как правило называют люди, на любом языке (можно не писать)."
    ),
    "A key of a rule: true, false, or shadow: it counts and explains, and does nothing (may be left out).": (
        "true, false или shadow: считает и объясняет, но ничего не делает (можно не писать)."
    ),
    "A key of a rule: what wakes it: one trigger, or a list of which any does (needed).": (
        "Что его будит: одно событие или список, из которого хватит любого (обязательно)."
    ),
    "A key of a rule: true: hears also what the bridge itself caused (may be left out).": (
        "true: слышит и то, что вызвал сам мост (можно не писать)."
    ),
    "A key of a rule: looked at when it wakes (may be left out).": (
        "Условие, на которое правило смотрит, когда проснётся (можно не писать)."
    ),
    "A key of a rule: whose rule it is; left out: nobody's (may be left out).": (
        "Чьё это правило; если не написать — ничьё (можно не писать)."
    ),
    "A key of a rule: each, once, or {not_within: 1h} (may be left out).": (
        "Повторять ли: each, once или {not_within: 1h} (можно не писать)."
    ),
    "A key of a rule: what a new trigger does to steps under way (may be left out).": (
        "Что новое событие делает с шагами, которые уже идут (можно не писать)."
    ),
    "A key of a rule: the fact from which the steps count, and with which they move (may be left out).": (
        "Факт, от которого считают шаги и вместе с которым они переносятся (можно не писать)."
    ),
    "A key of a rule: calls the steps off at once, and is read again before each (may be left out).": (
        "Отменяет шаги, как только станет правдой; проверяется ещё раз перед каждым (можно не писать)."
    ),
    "A key of a rule: while it holds, the clock of the steps stands (may be left out).": (
        "Пока это правда, часы шагов стоят (можно не писать)."
    ),
    "A key of a rule: what becomes of a step that was missed: done late, left out, or a person is asked (may be left out).": (
        "Что делать с пропущенным шагом: выполнить позже, пропустить или спросить человека (можно не писать)."
    ),
    "A key of a rule: how often it is expected to fire: every 5wd (may be left out).": (
        "Как часто оно должно срабатывать: every 5wd (можно не писать)."
    ),
    "A key of a rule: what is done later: each step with its length (may be left out).": (
        "Что делать потом: каждый шаг со своим промежутком времени (можно не писать)."
    ),
    "A key of a rule: what is done (may be left out).": "Что сделать (можно не писать).",
    "A key of a rule: what is done when the condition is false (may be left out).": (
        "Что сделать, когда условие ложно (можно не писать)."
    ),
    "A key of a rule: true: runs first, and when it fires the others do not hear of it (may be left out).": (
        "true: идёт первым, и когда сработает, другие правила о событии не узнают (можно не писать)."
    ),
    "A key of a rule: who may let an event past the guard (may be left out).": (
        "Кто может пропустить событие мимо сторожа (можно не писать)."
    ),
    "A key of a rule: for how long a guard remembers what it put back: filled in meanwhile, it goes on (may be left out).": (
        "Сколько сторож помнит то, что вернул: если за это время всё заполнят, дело пойдёт дальше (можно не писать)."
    ),
}
