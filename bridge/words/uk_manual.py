"""The manual of rules in Ukrainian: the frame of a page, and what each element is for, by the English first line."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- the frame ---------------------------------------------------------------------------------------------------
    "{word} ({kind})": "{word} ({kind})",
    "{word} ({kind}): not carried out by this version": "{word} ({kind}): ця версія цього ще не виконує",
    "a trigger: what wakes a rule": "подія, що будить правило",
    "an action: what a rule does": "дія правила",
    "a comparison: how a condition looks at a fact": "порівняння в умові",
    "a filter: how a text shows a value": "фільтр у тексті",
    "a type of facts": "тип факту",
    "a key of a rule": "ключ правила",
    "Fits {types}.": "Підходить до: {types}.",
    "all types": "усі типи",
    "Compared by {words}.": "Порівняння: {words}.",
    "Gives: {shows}": "Виходить: {shows}",
    "Hears what the bridge itself did, too.": "Чує і те, що зробив сам міст.",
    "An example:": "Приклад:",
    "Keys:": "Ключі:",
    "  {key}: {said}": "  {key}: {said}",
    "  {key}: {said} (may be left out)": "  {key} (можна не писати): {said}",
    "More, in English:": "Докладніше — англійською:",
    # -- names that rules are written with ---------------------------------------------------------------------------
    "{word}: {told}": "{word}: {told}",
    "{word}, a fact: {title}": "{word} — факт: {title}",
    "rules set it": "його встановлюють правила",
    "read from {source}": "звідки: {source}",
    "written to {names}": "куди ще пишеться: {names}",
    "{word}, a gate: {title}": "{word} — ворота: {title}",
    "it is open when all of this is there:": "відчинені, коли є все це:",
    "  • {need}; owed by: {who}": "  • {need} — відповідає {who}",
    # -- triggers ----------------------------------------------------------------------------------------------------
    "A button of that name was pressed: in a staff chat, in a task, on a card.": (
        "Натиснули кнопку з такою назвою: у чаті команди, у задачі або на картці."
    ),
    "A member of staff wrote that word first in a comment or in the staff chat. Capital letters do not matter.": (
        "Хтось із команди почав із цього слова коментар або повідомлення в чаті команди. Великі й малі літери однакові."
    ),
    "That label was put on the card.": "На картку поставили цю мітку.",
    "That label was taken off the card.": "З картки зняли цю мітку.",
    "A deal appeared in that system.": "У цій системі з’явилася угода.",
    "A card was made, in that list where one is named.": "Створили картку; якщо названо список — саме в ньому.",
    "The card came to a list, from another where one is named; by a person or by the bridge.": (
        "Картка перейшла до списку; якщо названо, звідки, — саме звідти. Байдуже, перенесла її людина чи міст."
    ),
    "The card was archived.": "Картку прибрали в архів.",
    "The card came back: from the archive, or from a board that the bridge does not look after.": (
        "Картка повернулася: з архіву або з дошки, за якою міст не стежить."
    ),
    "Somebody commented on the card; with `contains`, in these words.": (
        "До картки написали коментар; із `contains` — саме з цими словами."
    ),
    "The client wrote into the chat; with `contains`, in these words.": (
        "Клієнт написав у чат; із `contains` — саме ці слова."
    ),
    "The last open item of that checklist was ticked.": "У цьому чек-листі позначили останній пункт.",
    "That form was filled in for the subject; also when an answer was changed.": (
        "Цю форму заповнили; а також — коли відповідь змінили."
    ),
    "That fact changed.": "Цей факт змінився.",
    "The condition turned true, whichever source came last. It is not woken by an event: the planner compares edges.": (
        "Умова стала правдою, хоч би звідки прийшло останнє. Її будить не подія, а сам перехід від «ні» до «так»."
    ),
    "That text reached the client: the confirmed receipt, not the wish to send.": (
        "Цей текст дійшов до клієнта: саме підтверджено, а не лише надіслано."
    ),
    "That text failed for good: blocked, no such chat.": (
        "Цей текст не дійшов і вже не дійде: бота заблоковано або такого чату немає."
    ),
    "The client's chat in that channel was tied to him.": "Чат клієнта в цьому каналі прив’язано до нього.",
    "The client approved that text or document by its button; the first answer counts.": (
        "Клієнт погодив цей текст або документ кнопкою; рахується перша відповідь."
    ),
    "The client did not accept that text or document: another button than approve. He is asked for a remark.": (
        "Клієнт не погодив цього тексту чи документа: натиснув іншу кнопку. Його просять про зауваження."
    ),
    "The document was made from that template and marked ready by a person.": (
        "Документ зробили за цим шаблоном, і людина позначила, що він готовий."
    ),
    "Nothing happened for a while since the watched moment, and no protection holds.": (
        "Від моменту, за яким стежать, надто довго нічого не сталося, і захищений строк, якщо він є, минув."
    ),
    "Somebody of the staff noted a talk with the client that no system saw: by telephone, in another messenger.": (
        "Хтось із команди записав розмову з клієнтом, якої не бачила жодна система: телефоном, в іншому месенджері."
    ),
    "A time of the day, the week or the month came. On a closed day of the calendar it moves to the next working day.": (
        "Настав час дня, тижня або місяця. Якщо день неробочий, переходить на наступний робочий."
    ),
    "What these facts are read from has not been read for so long.": (
        "Джерело цих фактів надто довго не вдається прочитати."
    ),
    # -- actions -----------------------------------------------------------------------------------------------------
    "Sends a text to the client, to whoever has a role, or to the staff chat.": (
        "Надсилає текст клієнтові, тому, хто має роль, або в чат команди."
    ),
    "Sets facts: at once where the bridge owns them, through the outbox where another system does.": (
        "Записує факти: свої міст змінює одразу, а чужі — через чергу доставок до тієї системи."
    ),
    "Copies the answers of the form that woke the rule into facts. Never overwrites an approved value.": (
        "Переносить у факти відповіді з форми, що розбудила правило. Погодженого значення не затирає ніколи."
    ),
    "Makes the card of the subject, bound to it at birth.": "Створює картку клієнта чи угоди й одразу її прив’язує.",
    "Moves the card to a list, or `back` to where it came from; a move back wakes nobody.": (
        "Переносить картку до списку або, з `back`, туди, звідки вона прийшла; повернення нікого не будить."
    ),
    "Comments on the card: in the words given, or with a text of the set.": (
        "Пише коментар до картки: своїми словами або готовим текстом."
    ),
    "Calls a webhook of bridge.yaml: what happened and the facts that are named, signed, until it is taken.": (
        "Викликає вебхук із bridge.yaml: що сталося і названі факти, з підписом, доки їх не приймуть."
    ),
    "Makes a deal of that name in Planfix for a card that was made by hand, and the client's contact with it.": (
        "Заводить у Planfix угоду з такою назвою для картки, створеної вручну, і контакт клієнта до неї."
    ),
    "Puts a label on the card.": "Ставить мітку на картку.",
    "Takes a label off the card.": "Знімає мітку з картки.",
    "Gives a task to whoever has a role.": "Ставить задачу тому, хто має роль.",
    "Makes a document from a template. Refuses while a fact that it needs is empty.": (
        "Робить документ за шаблоном. Поки потрібний факт порожній, не робить."
    ),
    "Hangs the newest version of a document on the subject's records.": (
        "Додає найновішу версію документа до картки або до запису, який названо."
    ),
    "Puts a checklist on the card. A list of that title that is there already is completed, never doubled.": (
        "Додає до картки чек-лист. Якщо чек-лист із такою назвою вже є, доповнює його, а не створює другий."
    ),
    "Makes somebody responsible: a person, or `fair-choice` by competence, load and leave.": (
        "Призначає відповідального: названу людину або, з `fair-choice`, за вмінням, завантаженням і відпустками."
    ),
    "Asks somebody by buttons, and acts on yes. Silence changes nothing.": (
        "Питає людину кнопками і діє, якщо вона каже «так». Поки вона мовчить, нічого не змінюється."
    ),
    # -- comparisons -------------------------------------------------------------------------------------------------
    "True when: equal; `field: value` means the same.": "Правда, коли дорівнює; `поле: значення` означає те саме.",
    "True when: not equal, or empty.": "Правда, коли не дорівнює або порожньо.",
    "True when: one of these; `field: [a, b]` means the same.": (
        "Правда, коли це одне з названого; `поле: [a, b]` означає те саме."
    ),
    "True when: none of these, or empty.": "Правда, коли це ніщо з названого або порожньо.",
    "True when: these words stand in it; capital letters do not matter.": (
        "Правда, коли ці слова в ньому є; великі й малі літери однакові."
    ),
    "True when: begins so; capital letters do not matter.": (
        "Правда, коли починається саме так; великі й малі літери однакові."
    ),
    "True when: fits the pattern; `*` is anything.": "Правда, коли схоже на взірець; `*` — будь-що.",
    "True when: more than.": "Правда, коли більше.",
    "True when: less than.": "Правда, коли менше.",
    "True when: so much or more.": "Правда, коли стільки або більше.",
    "True when: so much or less.": "Правда, коли стільки або менше.",
    "True when: from the first to the second, both included.": "Правда, коли від першого до другого, разом із ними.",
    "True when: the set holds it; `field: value` means the same.": (
        "Правда, коли воно є в наборі; `поле: значення` означає те саме."
    ),
    "True when: the set does not hold it, or is empty.": "Правда, коли його немає в наборі або набір порожній.",
    "True when: earlier than a date, a moment or `now`.": "Правда, коли раніше за дату, момент або `now` (зараз).",
    "True when: later than a date, a moment or `now`.": "Правда, коли пізніше за дату, момент або `now` (зараз).",
    "True when: so long ago or longer: `3d`, `36h`.": "Правда, коли минуло стільки або більше: `3d`, `36h`.",
    "True when: `true`: has a value, `false`: is empty.": "Правда, коли: `true` — є значення, `false` — порожньо.",
    # -- filters -----------------------------------------------------------------------------------------------------
    "In bold; comes last.": "Жирним; пишеться останнім.",
    "A link with that title; comes last.": "Посилання з такою назвою; пишеться останнім.",
    "The number with its noun, in the form it asks for.": "Число з іменником у потрібній формі.",
    "Only the noun, in the form the number asks for.": "Лише іменник у формі, якої вимагає число.",
    "A sum with its currency.": "Сума з валютою.",
    "A number as the language writes it.": "Число так, як його пишуть цією мовою.",
    "The date in words.": "Дата словами.",
    "The day of the week and the date.": "День тижня і дата.",
    "The time of the day, in the agency's zone.": "Година й хвилини за часом агенції.",
    "Other words where it is empty.": "Інші слова, якщо порожньо.",
    "A list in one line.": "Список одним рядком.",
    "How many there are.": "Скільки їх.",
    "The first one.": "Перший із них.",
    "In order of the alphabet.": "За абеткою.",
    "Cut after so many letters, or entries of a list.": "Лише стільки літер або стільки пунктів списку.",
    "In capital letters.": "Великими літерами.",
    "In small letters.": "Малими літерами.",
    "Each word with a capital letter.": "Кожне слово з великої літери.",
    # -- types of facts ----------------------------------------------------------------------------------------------
    "Words, a phone, an address, a number that is not counted with.": (
        "Слова, телефон, адреса або номер, з яким не рахують."
    ),
    "One of a closed list of values; left out, `of` is what the live board or field has.": (
        "Одне зі списку значень; без `of` — те, що є на живій дошці чи в полі."
    ),
    "Yes or no, written true or false.": "Так або ні; пишеться true або false.",
    "A number to compare by size.": "Число, яке порівнюють за величиною.",
    "A sum with its currency; commercial without being told: kept out of a client's chat and off the card.": (
        "Сума з валютою; завжди комерційна: не потрапляє ні в чат клієнта, ні на картку."
    ),
    "A date with its time. Compared with dates, moments and `now`.": (
        "Дата з часом. Порівнюється з датами, моментами й `now` (зараз)."
    ),
    "A day without a time.": "День без часу.",
    "Somebody of the staff, by the key in people.yaml.": "Людина з команди, за ключем у people.yaml.",
    "A length of time that each client may have otherwise.": "Проміжок часу; у кожного клієнта може бути свій.",
    "Several values at once, such as the labels of a card.": "Кілька значень разом, як-от мітки картки.",
    "Rows that the bridge itself puts together for a report.": "Рядки, які міст сам складає для звіту.",
    # -- keys of a rule ----------------------------------------------------------------------------------------------
    "A key of a rule: a name that never changes: timers, history and tests hang on it (needed).": (
        "Ім’я, яке ніколи не змінюють: на ньому тримаються кроки, історія й тести (обов’язково)."
    ),
    "A key of a rule: what people call it, in any language (may be left out).": (
        "Як правило називають люди, будь-якою мовою (можна не писати)."
    ),
    "A key of a rule: true, false, or shadow: it counts and explains, and does nothing (may be left out).": (
        "true, false або shadow: рахує й пояснює, але нічого не робить (можна не писати)."
    ),
    "A key of a rule: what wakes it: one trigger, or a list of which any does (needed).": (
        "Що його будить: одна подія або список, з якого досить будь-якої (обов’язково)."
    ),
    "A key of a rule: true: hears also what the bridge itself caused (may be left out).": (
        "true: чує і те, що спричинив сам міст (можна не писати)."
    ),
    "A key of a rule: looked at when it wakes (may be left out).": (
        "Умова, на яку правило дивиться, коли прокинеться (можна не писати)."
    ),
    "A key of a rule: whose rule it is; left out: nobody's (may be left out).": (
        "Чиє це правило; якщо не написати — нічиє (можна не писати)."
    ),
    "A key of a rule: each, once, or {not_within: 1h} (may be left out).": (
        "Чи повторювати: each, once або {not_within: 1h} (можна не писати)."
    ),
    "A key of a rule: what a new trigger does to steps under way (may be left out).": (
        "Що нова подія робить із кроками, які вже йдуть (можна не писати)."
    ),
    "A key of a rule: the fact from which the steps count, and with which they move (may be left out).": (
        "Факт, від якого рахують кроки і разом із яким вони переносяться (можна не писати)."
    ),
    "A key of a rule: calls the steps off at once, and is read again before each (may be left out).": (
        "Скасовує кроки, щойно стане правдою; перевіряється ще раз перед кожним (можна не писати)."
    ),
    "A key of a rule: while it holds, the clock of the steps stands (may be left out).": (
        "Поки це правда, годинник кроків стоїть (можна не писати)."
    ),
    "A key of a rule: what becomes of a step that was missed: done late, left out, or a person is asked (may be left out).": (
        "Що робити з пропущеним кроком: виконати пізніше, пропустити чи спитати людину (можна не писати)."
    ),
    "A key of a rule: how often it is expected to fire: every 5wd (may be left out).": (
        "Як часто воно має спрацьовувати: every 5wd (можна не писати)."
    ),
    "A key of a rule: what is done later: each step with its length (may be left out).": (
        "Що робити згодом: кожен крок зі своїм проміжком часу (можна не писати)."
    ),
    "A key of a rule: what is done (may be left out).": "Що зробити (можна не писати).",
    "A key of a rule: what is done when the condition is false (may be left out).": (
        "Що зробити, коли умова хибна (можна не писати)."
    ),
    "A key of a rule: true: runs first, and when it fires the others do not hear of it (may be left out).": (
        "true: іде першим, і коли спрацює, інші правила про подію не дізнаються (можна не писати)."
    ),
    "A key of a rule: who may let an event past the guard (may be left out).": (
        "Хто може пропустити подію повз сторожа (можна не писати)."
    ),
    "A key of a rule: for how long a guard remembers what it put back: filled in meanwhile, it goes on (may be left out).": (
        "Скільки сторож пам’ятає те, що повернув: якщо за цей час усе заповнять, справа піде далі (можна не писати)."
    ),
}
