"""What is said in Ukrainian to those who check, hold back and decide by hand, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    '{count} cards are called "{card}": give the address of one': "карток із назвою «{card}» кілька ({count}): вкажіть адресу однієї",
    'no card has the address or the name "{card}"': "немає картки з адресою або назвою «{card}»",
    "the card stands by itself now, with a deal of its own; to bind it: bridge inbox bind {item} CLIENT": "картка тепер сама по собі, зі своєю угодою; щоб прив’язати: bridge inbox bind {item} КЛІЄНТ",
    # -- tests of rules ----------------------------------------------------------------------------------------------
    "no test runs: {rules}": "правила без жодного тесту: {rules}",
    "{tests}, {green} passed, {red} failed": "{tests}, пройшло {green}, не пройшло {red}",
    # -- names that are not clear ------------------------------------------------------------------------------------
    'nobody is called "{who}"; {advice}': "нікого не звати «{who}»; {advice}",
    "no client is known yet": "ще не відомо жодного клієнта",
    '"{who}" may be {names}; name one of them': "«{who}» — це може бути {names}; назвіть когось одного",
    'unknown rule "{rule}"; {advice}': "невідоме правило «{rule}»; {advice}",
    # -- stop and go -------------------------------------------------------------------------------------------------
    "everything is stopped: nothing goes out, all of it waits": "усе зупинено: нічого не надсилається, усе чекає",
    "{what} is stopped: what has not begun is called off": "зупинено: {what}; що ще не почалося, скасовано",
    "{what} is stopped already; see: bridge stops": "уже зупинено: {what}; див. bridge stops",
    "{what} is not stopped; see: bridge stops": "не зупинено: {what}; див. bridge stops",
    "{what} goes on": "іде далі: {what}",
    "to go on: {command}": "щоб пішло далі: {command}",
    'everything has no name: say "all" alone, or "client {about}"': (
        "«усе» не має назви: напишіть лише all — або client {about}"
    ),
    "which {what}? write: bridge {verb} {scope} NAME": "не сказано, що саме ({what}); напишіть: bridge {verb} {scope} НАЗВА",
    # -- a source that is empty on purpose ---------------------------------------------------------------------------
    'no source is called "{source}"; {advice}': "джерела «{source}» немає; {advice}",
    "{source} has not emptied: there is nothing to accept; see: bridge status": (
        "{source} не спорожніло: погоджувати нічого; див. bridge status"
    ),
    "{source} may be empty: the {count} records it had are taken as gone at the next reading": (
        "{source} може бути порожнім: усе, що там було (записів: {count}), за наступного читання вважається видаленим"
    ),
    # -- too much at once --------------------------------------------------------------------------------------------
    "limit": "межа",
    "nothing is held": "нічого не затримано",
    "{effects} of {which}: goes now, as far as it is still so": "{which}: {effects}; надсилається те, що досі правда",
    "{effects} of {which}: is left out": "{which}: {effects}; не надсилається",
    "{effects} of {which}: is left out, and nothing more of it is done until bridge go": (
        "{which}: {effects}; не надсилається, і нічого нового не буде, доки не скажете bridge go"
    ),
    "{which}: several floods are called so": "{which}: так зветься кілька записів",
    "{which}: nothing of it is held": "{which}: тут нічого не затримано",
    "{which}: somebody has answered already": "{which}: хтось уже відповів",
    "see: bridge flood list": "див. bridge flood list",
    # -- deliveries --------------------------------------------------------------------------------------------------
    "card": "картка",
    "{system}, {kind}": "{system}, {kind}",
    "{system}, {kind} “{name}”": "{system}, {kind} «{name}»",
    "{system}, card “{name}” on board “{board}”": "{system}, картка «{name}» на дошці «{board}»",
    "no conflicts: everything in step agrees": "розбіжностей немає: усе узгоджено",
    "there are none": "таких немає",
    "{id}: no such delivery; see: bridge outbox list": "{id}: такої доставки немає; див. bridge outbox list",
    "{id}: several deliveries begin so; see: bridge outbox list": (
        "{id}: так починається кілька доставок; див. bridge outbox list"
    ),
    "{id} is {state}: nothing to decide": "{id}: {state}, вирішувати нічого",
    "{id}: {before} -> {after}": "{id}: {before} → {after}",
    "no missed step {step}; see: bridge missed list": "запізнілого кроку {step} немає; див. bridge missed list",
    "{rule}, {step}: is taken now": "{rule}, {step}: виконується зараз",
    "{rule}, {step}: is left out": "{rule}, {step}: не виконуватиметься",
    # -- the inbox ---------------------------------------------------------------------------------------------------
    "no open item {item}; see: bridge inbox list": "нерозібраного під номером {item} немає; див. bridge inbox list",
    "{item} stays apart": "{item}: залишається окремо",
    "stays apart": "залишається окремо",
    "{what}; maybe: {clients}": "{what}; можливо: {clients}",
    "belongs to {name}": "належить: {name}",
    "{item} belongs to {name}; the running bridge acts on it within a second, without one: bridge tick": (
        "{item}: тепер належить {name}; міст, що працює, візьметься за це за секунду, а без нього — bridge tick"
    ),
    # -- rules in force, and their manual -----------------------------------------------------------------------------
    "rule set {number} ({hash}) is in force": "діє набір правил {number} ({hash})",
    'no rule and no word of rules is called "{word}"; {advice}': "ні правила, ні слова правил «{word}» немає; {advice}",
    # -- what stops a command ----------------------------------------------------------------------------------------
    "nothing was started": "нічого не запущено",
    "database: {what}": "база: {what}",
    "no rules have been in force yet: there is nothing to take back": "ще не діяли жодні правила: повертати нічого",
    "there is no database at {file}; {command} makes it, or check BRIDGE_DATABASE_URL": (
        "бази {file} немає; її створить {command}, або перевірте BRIDGE_DATABASE_URL"
    ),
    "{file} cannot be opened: {reason}": "{file} не відкривається: {reason}",
    "{file} is no SQLite database; see BRIDGE_DATABASE_URL": "{file} — не база SQLite; див. BRIDGE_DATABASE_URL",
}
