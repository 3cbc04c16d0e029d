"""What reports and rarer commands say in Ukrainian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- the report of the shadow ------------------------------------------------------------------------------------
    "rules in shadow, from {begins} to {ends}, {clients}; nothing of theirs was done": (
        "правила в тіні, з {begins} до {ends}, {clients}; із того, чого вони хотіли, нічого не зроблено"
    ),
    "in shadow from {begins} to {ends}, {clients}; nothing was written anywhere": (
        "у тіні з {begins} до {ends}, {clients}; нікуди нічого не записано"
    ),
    "what would have been done:": "що було б зроблено:",
    "nothing would have been done": "нічого не було б зроблено",
    "{what} x{count}": "{what} ×{count}",
    "  {rule}: {did}, for {clients}": "  {rule}: {did}; {clients}",
    "  {rule}: {did}": "  {rule}: {did}",
    "  {rule}: would have fired {times}, and has come to no effect yet": (
        "  {rule}: спрацювало б {times}, до дій ще не дійшло"
    ),
    "      such as: {text}": "      наприклад: {text}",
    "      in shadow by its own file: would have fired {times}": "      у тіні за власним файлом: спрацювало б {times}",
    "  still waiting for contact hours or a source: {count}": "  ще чекає на години для клієнтів або на джерело: {count}",
    "  kept for contact hours instead of going at night or on a day off: {count}": (
        "  не пішло вночі чи у вихідний, а дочекалося годин для клієнтів: {count}"
    ),
    "  {client} would have had {messages} on {day}": "  {client}: {day} було б {messages}",
    "silent clients:": "мовчать:",
    "no client is silent": "ніхто не мовчить",
    "  {client}: nothing was ever heard": "  {client}: ще ніколи не було новин",
    "  {client}: {days} without news": "  {client}: {days} без новин",
    "not read: {source}: {error}": "не прочитано: {source}: {error}",
    "values of {name} that cannot be understood: {count}": "незрозумілих значень у {name}: {count}",
    "what cards lack, and who owes it:": "чого бракує карткам і хто за це відповідає:",
    "no card lacks anything": "у всіх карток усе є",
    "      {who}: {what}": "      {who} — {what}",
    "drafts for the configuration, to be checked by somebody who knows:": (
        "чернетки для налаштувань; перевірте, перш ніж переносити:"
    ),
    "# people.yaml: they act in these systems, and the bridge does not know who they are": (
        "# people.yaml: вони працюють у цих системах, а міст не знає, хто це"
    ),
    "# the list «{name}» ({cards}) is named in no rule": "# список «{name}» ({cards}) не названо в жодному правилі",
    '"{text}" is no day: write 2026-12-03': "«{text}» — не день: напишіть 2026-12-03",
    "message to a client": "повідомлення клієнтові",
    "message to staff": "повідомлення команді",
    "card moved back": "картку повернуто",
    "document attached": "документ додано",
    "contact made": "контакт заведено",
    "deal made": "угоду заведено",
    "card made": "картку створено",
    "card moved": "картку перенесено",
    "comment": "коментар",
    "fields written": "поля записано",
    "task": "задача",
    "document made": "документ зроблено",
    # -- access that is not set up -----------------------------------------------------------------------------------
    "{name} is not set": "{name} не задано",
    "{name}: {path} cannot be read ({reason})": "{name}: {path} не вдається прочитати ({reason})",
    "{name}: {path} is not the JSON key of a service account": "{name}: {path} — це не ключ JSON службового акаунта",
    "make a Power-Up at https://trello.com/power-ups/admin and copy its API key": (
        "створіть Power-Up на https://trello.com/power-ups/admin і скопіюйте його API key"
    ),
    "follow the link Token beside the API key at https://trello.com/power-ups/admin": (
        "натисніть Token поруч з API key на https://trello.com/power-ups/admin"
    ),
    "copy the secret beside the API key at https://trello.com/power-ups/admin": (
        "скопіюйте секрет поруч з API key на https://trello.com/power-ups/admin"
    ),
    "write https://ACCOUNT.planfix.com/rest with the name of your account": (
        "напишіть https://ACCOUNT.planfix.com/rest, де ACCOUNT — назва Вашого акаунта"
    ),
    "make one in Planfix under Account management, Access to API, REST API": (
        "створіть його в Planfix: «Управління акаунтом» → «Доступ до API» → REST API"
    ),
    "make up a long random text and put it into the scenario's HTTP request too": (
        "придумайте довгий випадковий текст і впишіть його також у HTTP-запит сценарію"
    ),
    "make a service account at https://console.cloud.google.com/iam-admin/serviceaccounts, save its JSON key and name the "
    "file": (
        "створіть службовий акаунт на https://console.cloud.google.com/iam-admin/serviceaccounts, збережіть його ключ "
        "JSON і вкажіть файл"
    ),
    "ask @BotFather in Telegram: /newbot, or /token for a bot you have": (
        "спитайте @BotFather у Telegram: /newbot або, якщо бот уже є, /token"
    ),
    # -- a rule that is not in force -------------------------------------------------------------------------------
    "{rule} is only in the config folder, and not in force yet: bridge apply": (
        "правило {rule} є лише в теці налаштувань і ще не діє; увести в дію: bridge apply"
    ),
    "{rule} in the config folder is not the one in force; what differs: bridge plan": (
        "правило {rule} у теці налаштувань уже не таке, як те, що діє; різницю покаже bridge plan"
    ),
    # -- too much at once --------------------------------------------------------------------------------------------
    "over {count} in {minutes}": "понад {count} за {minutes}",
    "{count} minute|{count} minutes": "{count} хвилину|{count} хвилини|{count} хвилин",
    # -- keeping, and the rarer commands -----------------------------------------------------------------------------
    "nothing yet": "ще нічого",
    "{file}: {size} MB, schema {schema}, found sound; it holds {held}": "{file}: {size} МБ, схема {schema}, перевірено, ціла; у ній {held}",
    "what is in it, and its checksum: {file}.json": "що в ній є та її контрольна сума: {file}.json",
    "not in it: the config folder and the secrets; keep copies of them, too": "теки config і секретів у ній немає; зберігайте їхні копії теж",
    "{documents} belong to it: name a .zip file": "сюди належать і документи ({documents}): назвіть файл .zip",
    "{file} exists; name another file with --to": "{file} уже є; назвіть інший файл через --to",
    "{file} cannot be written: {reason}": "{file} не вдається записати: {reason}",
    "{file}: everything kept about {name}, {rows}": "{file}: усе, що збережено про «{name}», {rows}",
    "Erase everything kept about {name}? This cannot be undone": "Стерти все, що збережено про «{name}»? Повернути буде неможливо",
    "erased {name}: {what}": "стерто «{name}»: {what}",
    "backups made before still hold it, and so do Trello, Planfix, Google and Telegram": "у давніших копіях це лишилося, а також у Trello, Planfix, Google і Telegram",
    "  a copy beside the database: {copy}": "  копія поруч із базою: {copy}",
    "the database's log could not be emptied, since somebody reads it; finish with: bridge db scrub": "журнал бази не вдалося очистити, бо її хтось читає; доведіть до кінця: bridge db scrub",
    "the database as it was: {copy}": "база, якою вона була: {copy}",
    "schema {schema}, up to date": "схема {schema}, найновіша",
    "stop the bridge, then: bridge restore FILE, with the newest backup older than it": "зупиніть міст, тоді: bridge restore FILE — з найновішою копією, давнішою за пошкодження",
    "sound": "база ціла",
    "somebody reads the database for too long; try again, or stop the bridge first": "хтось надто довго читає базу; спробуйте ще раз або спершу зупиніть міст",
    "done": "готово",
    "the last run was at {last}; time never goes backwards": "останній запуск був {last}; час назад не йде",
    "not read: {name}; see: bridge status": "не прочитано: {name}; див. bridge status",
    '"{text}" is no time: write 2d, 3h or 2026-12-03T16:30': "«{text}» — не час: напишіть 2d, 3h або 2026-12-03T16:30",
    "{nobody}; or name a rule, a delivery or a trace": "{nobody}; або назвіть правило, доставку чи слід",
    "erased": "дані стерто",
    "{message}": "{message}",
    "alarms": "тривоги",
    "deliveries": "доставки",
    "documents": "документи",
    "gates seen": "стан воріт",
    "events": "події",
    "moves expected": "очікувані зміни",
    "facts": "факти",
    "floods": "забагато нараз",
    "inbox": "нерозібране",
    "journal": "журнал",
    "earlier values": "попередні значення",
    "links": "зв’язки",
    "questions": "запитання",
    "records": "записи",
    "rule sets": "набори правил",
    "rules run": "запуски правил",
    "sources": "джерела",
    "stops": "зупинки",
    "clients and deals": "клієнти й угоди",
    "timers": "кроки на потім",
    "codes": "коди",
    "evaluations": "перевірки правил",
    "waits": "очікування",
    # -- findings ----------------------------------------------------------------------------------------------------
    "see: {page}": "див. {page}",
    "TAB": "табуляція (TAB)",
    "NO-BREAK SPACE": "нерозривний пробіл",
    "SOFT HYPHEN": "м’який перенос",
    "ZERO WIDTH SPACE": "невидимий пробіл",
    "NARROW NO-BREAK SPACE": "вузький нерозривний пробіл",
    "ZERO WIDTH NO-BREAK SPACE": "невидимий нерозривний пробіл",
    "unexpected {mark}": "зайве {mark}",
    "{given} stands where {wanted} should": "тут стоїть {given}, а мало бути {wanted}",
    "there is no tag {tag}": "тегу {tag} немає",
    "a tag that opens here is never closed": "тег, що відкривається, ніде не закрито",
}
