"""What is said in Russian to those who check, hold back and decide by hand, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    '{count} cards are called "{card}": give the address of one': "карточек с названием «{card}» несколько ({count}): укажите адрес одной",
    'no card has the address or the name "{card}"': "нет карточки с адресом или названием «{card}»",
    "the card stands by itself now, with a deal of its own; to bind it: bridge inbox bind {item} CLIENT": "карточка теперь сама по себе, со своей сделкой; чтобы привязать: bridge inbox bind {item} КЛИЕНТ",
    # -- tests of rules ----------------------------------------------------------------------------------------------
    "no test runs: {rules}": "правила без единого теста: {rules}",
    "{tests}, {green} passed, {red} failed": "{tests}, прошло {green}, не прошло {red}",
    # -- names that are not clear ------------------------------------------------------------------------------------
    'nobody is called "{who}"; {advice}': "никого не зовут «{who}»; {advice}",
    "no client is known yet": "пока не известно ни одного клиента",
    '"{who}" may be {names}; name one of them': "«{who}» — это может быть {names}; назовите кого-то одного",
    'unknown rule "{rule}"; {advice}': "неизвестное правило «{rule}»; {advice}",
    # -- stop and go -------------------------------------------------------------------------------------------------
    "everything is stopped: nothing goes out, all of it waits": "всё остановлено: ничего не отправляется, всё ждёт",
    "{what} is stopped: what has not begun is called off": "остановлено: {what}; что ещё не началось, отменено",
    "{what} is stopped already; see: bridge stops": "уже остановлено: {what}; см. bridge stops",
    "{what} is not stopped; see: bridge stops": "не остановлено: {what}; см. bridge stops",
    "{what} goes on": "идёт дальше: {what}",
    "to go on: {command}": "чтобы пошло дальше: {command}",
    'everything has no name: say "all" alone, or "client {about}"': (
        "у «всего» нет имени: напишите только all — или client {about}"
    ),
    "which {what}? write: bridge {verb} {scope} NAME": "не сказано, что именно ({what}); напишите: bridge {verb} {scope} ИМЯ",
    # -- a source that is empty on purpose ---------------------------------------------------------------------------
    'no source is called "{source}"; {advice}': "источника «{source}» нет; {advice}",
    "{source} has not emptied: there is nothing to accept; see: bridge status": (
        "{source} не опустел: соглашаться не с чем; см. bridge status"
    ),
    "{source} may be empty: the {count} records it had are taken as gone at the next reading": (
        "{source} может быть пустым: всё, что там было (записей: {count}), при следующем чтении считается удалённым"
    ),
    # -- too much at once --------------------------------------------------------------------------------------------
    "limit": "предел",
    "nothing is held": "ничего не задержано",
    "{effects} of {which}: goes now, as far as it is still so": "{which}: {effects}; отправляется то, что всё ещё правда",
    "{effects} of {which}: is left out": "{which}: {effects}; не отправляется",
    "{effects} of {which}: is left out, and nothing more of it is done until bridge go": (
        "{which}: {effects}; не отправляется, и ничего нового не будет, пока не скажете bridge go"
    ),
    "{which}: several floods are called so": "{which}: так называется несколько записей",
    "{which}: nothing of it is held": "{which}: здесь ничего не задержано",
    "{which}: somebody has answered already": "{which}: кто-то уже ответил",
    "see: bridge flood list": "см. bridge flood list",
    # -- deliveries --------------------------------------------------------------------------------------------------
    "card": "карточка",
    "{system}, {kind}": "{system}, {kind}",
    "{system}, {kind} “{name}”": "{system}, {kind} «{name}»",
    "{system}, card “{name}” on board “{board}”": "{system}, карточка «{name}» на доске «{board}»",
    "no conflicts: everything in step agrees": "расхождений нет: всё согласовано",
    "there are none": "таких нет",
    "{id}: no such delivery; see: bridge outbox list": "{id}: такой доставки нет; см. bridge outbox list",
    "{id}: several deliveries begin so; see: bridge outbox list": (
        "{id}: так начинается несколько доставок; см. bridge outbox list"
    ),
    "{id} is {state}: nothing to decide": "{id}: {state}, решать нечего",
    "{id}: {before} -> {after}": "{id}: {before} → {after}",
    "no missed step {step}; see: bridge missed list": "опоздавшего шага {step} нет; см. bridge missed list",
    "{rule}, {step}: is taken now": "{rule}, {step}: выполняется сейчас",
    "{rule}, {step}: is left out": "{rule}, {step}: выполняться не будет",
    # -- the inbox ---------------------------------------------------------------------------------------------------
    "no open item {item}; see: bridge inbox list": "неразобранного под номером {item} нет; см. bridge inbox list",
    "{item} stays apart": "{item}: остаётся отдельно",
    "stays apart": "остаётся отдельно",
    "{what}; maybe: {clients}": "{what}; возможно: {clients}",
    "belongs to {name}": "чьё: {name}",
    "{item} belongs to {name}; the running bridge acts on it within a second, without one: bridge tick": (
        "{item}: теперь чьё: {name}; работающий мост займётся этим через секунду, а без него — bridge tick"
    ),
    # -- rules in force, and their manual -----------------------------------------------------------------------------
    "rule set {number} ({hash}) is in force": "действует набор правил {number} ({hash})",
    'no rule and no word of rules is called "{word}"; {advice}': "ни правила, ни слова правил «{word}» нет; {advice}",
    # -- what stops a command ----------------------------------------------------------------------------------------
    "nothing was started": "ничего не запущено",
    "database: {what}": "база: {what}",
    "no rules have been in force yet: there is nothing to take back": "пока не действовали никакие правила: возвращать нечего",
    "there is no database at {file}; {command} makes it, or check BRIDGE_DATABASE_URL": (
        "базы {file} нет; её создаст {command}, или проверьте BRIDGE_DATABASE_URL"
    ),
    "{file} cannot be opened: {reason}": "{file} не открывается: {reason}",
    "{file} is no SQLite database; see BRIDGE_DATABASE_URL": "{file} — не база SQLite; см. BRIDGE_DATABASE_URL",
}
