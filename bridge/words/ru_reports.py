"""What reports and rarer commands say in Russian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- the report of the shadow ------------------------------------------------------------------------------------
    "rules in shadow, from {begins} to {ends}, {clients}; nothing of theirs was done": (
        "правила в тени, с {begins} по {ends}, {clients}; из того, чего они хотели, ничего не сделано"
    ),
    "in shadow from {begins} to {ends}, {clients}; nothing was written anywhere": (
        "в тени с {begins} по {ends}, {clients}; никуда ничего не записано"
    ),
    "what would have been done:": "что было бы сделано:",
    "nothing would have been done": "ничего не было бы сделано",
    "{what} x{count}": "{what} ×{count}",
    "  {rule}: {did}, for {clients}": "  {rule}: {did}; {clients}",
    "  {rule}: {did}": "  {rule}: {did}",
    "  {rule}: would have fired {times}, and has come to no effect yet": (
        "  {rule}: сработало бы {times}, до действий ещё не дошло"
    ),
    "      such as: {text}": "      например: {text}",
    "      in shadow by its own file: would have fired {times}": "      в тени по своему файлу: сработало бы {times}",
    "  still waiting for contact hours or a source: {count}": "  ещё ждёт часов для клиентов или источника: {count}",
    "  kept for contact hours instead of going at night or on a day off: {count}": (
        "  не ушло ночью или в выходной, а дождалось часов для клиентов: {count}"
    ),
    "  {client} would have had {messages} on {day}": "  {client}: {day} было бы {messages}",
    "silent clients:": "молчат:",
    "no client is silent": "никто не молчит",
    "  {client}: nothing was ever heard": "  {client}: ещё никогда не было новостей",
    "  {client}: {days} without news": "  {client}: {days} без новостей",
    "not read: {source}: {error}": "не прочитано: {source}: {error}",
    "values of {name} that cannot be understood: {count}": "непонятных значений в {name}: {count}",
    "what cards lack, and who owes it:": "чего не хватает карточкам и кто за это отвечает:",
    "no card lacks anything": "у всех карточек всё есть",
    "      {who}: {what}": "      {who} — {what}",
    "drafts for the configuration, to be checked by somebody who knows:": (
        "черновики для настроек; проверьте, прежде чем переносить:"
    ),
    "# people.yaml: they act in these systems, and the bridge does not know who they are": (
        "# people.yaml: они работают в этих системах, а мост не знает, кто это"
    ),
    "# the list «{name}» ({cards}) is named in no rule": "# список «{name}» ({cards}) не назван ни в одном правиле",
    '"{text}" is no day: write 2026-12-03': "«{text}» — не день: напишите 2026-12-03",
    "message to a client": "сообщение клиенту",
    "message to staff": "сообщение команде",
    "card moved back": "карточка возвращена",
    "document attached": "документ добавлен",
    "contact made": "контакт заведён",
    "deal made": "сделка заведена",
    "card made": "карточка создана",
    "card moved": "карточка перенесена",
    "comment": "комментарий",
    "fields written": "поля записаны",
    "task": "задача",
    "document made": "документ сделан",
    # -- access that is not set up -----------------------------------------------------------------------------------
    "{name} is not set": "{name} не задано",
    "{name}: {path} cannot be read ({reason})": "{name}: {path} не удаётся прочитать ({reason})",
    "{name}: {path} is not the JSON key of a service account": "{name}: {path} — это не ключ JSON сервисного аккаунта",
    "make a Power-Up at https://trello.com/power-ups/admin and copy its API key": (
        "создайте Power-Up на https://trello.com/power-ups/admin и скопируйте его API key"
    ),
    "follow the link Token beside the API key at https://trello.com/power-ups/admin": (
        "нажмите Token рядом с API key на https://trello.com/power-ups/admin"
    ),
    "copy the secret beside the API key at https://trello.com/power-ups/admin": (
        "скопируйте секрет рядом с API key на https://trello.com/power-ups/admin"
    ),
    "write https://ACCOUNT.planfix.com/rest with the name of your account": (
        "напишите https://ACCOUNT.planfix.com/rest, где ACCOUNT — название Вашего аккаунта"
    ),
    "make one in Planfix under Account management, Access to API, REST API": (
        "создайте его в Planfix: «Управление аккаунтом» → «Доступ к API» → REST API"
    ),
    "make up a long random text and put it into the scenario's HTTP request too": (
        "придумайте длинный случайный текст и впишите его также в HTTP-запрос сценария"
    ),
    "make a service account at https://console.cloud.google.com/iam-admin/serviceaccounts, save its JSON key and name the "
    "file": (
        "создайте сервисный аккаунт на https://console.cloud.google.com/iam-admin/serviceaccounts, сохраните его ключ "
        "JSON и укажите файл"
    ),
    "ask @BotFather in Telegram: /newbot, or /token for a bot you have": (
        "спросите @BotFather в Telegram: /newbot или, если бот уже есть, /token"
    ),
    # -- a rule that is not in force -------------------------------------------------------------------------------
    "{rule} is only in the config folder, and not in force yet: bridge apply": (
        "правило {rule} есть только в папке настроек и ещё не действует; ввести в действие: bridge apply"
    ),
    "{rule} in the config folder is not the one in force; what differs: bridge plan": (
        "правило {rule} в папке настроек уже не такое, как то, что действует; разницу покажет bridge plan"
    ),
    # -- too much at once --------------------------------------------------------------------------------------------
    "over {count} in {minutes}": "больше {count} за {minutes}",
    "{count} minute|{count} minutes": "{count} минуту|{count} минуты|{count} минут",
    # -- keeping, and the rarer commands -----------------------------------------------------------------------------
    "nothing yet": "ещё ничего",
    "{file}: {size} MB, schema {schema}, found sound; it holds {held}": "{file}: {size} МБ, схема {schema}, проверена, цела; в ней {held}",
    "what is in it, and its checksum: {file}.json": "что в ней есть и её контрольная сумма: {file}.json",
    "not in it: the config folder and the secrets; keep copies of them, too": "папки config и секретов в ней нет; храните и их копии",
    "{documents} belong to it: name a .zip file": "сюда относятся и документы ({documents}): назовите файл .zip",
    "{file} exists; name another file with --to": "{file} уже есть; назовите другой файл через --to",
    "{file} cannot be written: {reason}": "{file} не удаётся записать: {reason}",
    "{file}: everything kept about {name}, {rows}": "{file}: всё, что сохранено о «{name}», {rows}",
    "Erase everything kept about {name}? This cannot be undone": "Стереть всё, что сохранено о «{name}»? Вернуть будет нельзя",
    "erased {name}: {what}": "стёрто «{name}»: {what}",
    "backups made before still hold it, and so do Trello, Planfix, Google and Telegram": "в более старых копиях это осталось, а также в Trello, Planfix, Google и Telegram",
    "  a copy beside the database: {copy}": "  копия рядом с базой: {copy}",
    "the database's log could not be emptied, since somebody reads it; finish with: bridge db scrub": "журнал базы не удалось очистить, потому что её кто-то читает; доведите до конца: bridge db scrub",
    "the database as it was: {copy}": "база, какой она была: {copy}",
    "schema {schema}, up to date": "схема {schema}, самая новая",
    "stop the bridge, then: bridge restore FILE, with the newest backup older than it": "остановите мост, затем: bridge restore FILE — с самой новой копией старше повреждения",
    "sound": "база цела",
    "somebody reads the database for too long; try again, or stop the bridge first": "кто-то слишком долго читает базу; попробуйте ещё раз или сначала остановите мост",
    "done": "готово",
    "the last run was at {last}; time never goes backwards": "последний запуск был {last}; время назад не идёт",
    "not read: {name}; see: bridge status": "не прочитано: {name}; см. bridge status",
    '"{text}" is no time: write 2d, 3h or 2026-12-03T16:30': "«{text}» — не время: напишите 2d, 3h или 2026-12-03T16:30",
    "{nobody}; or name a rule, a delivery or a trace": "{nobody}; или назовите правило, доставку либо след",
    "erased": "данные стёрты",
    "{message}": "{message}",
    "alarms": "тревоги",
    "deliveries": "доставки",
    "documents": "документы",
    "gates seen": "состояние ворот",
    "events": "события",
    "moves expected": "ожидаемые изменения",
    "facts": "факты",
    "floods": "слишком много сразу",
    "inbox": "неразобранное",
    "journal": "журнал",
    "earlier values": "прежние значения",
    "links": "связи",
    "questions": "вопросы",
    "records": "записи",
    "rule sets": "наборы правил",
    "rules run": "запуски правил",
    "sources": "источники",
    "stops": "остановки",
    "clients and deals": "клиенты и сделки",
    "timers": "шаги на потом",
    "codes": "коды",
    "evaluations": "проверки правил",
    "waits": "ожидания",
    # -- findings ----------------------------------------------------------------------------------------------------
    "see: {page}": "см. {page}",
    "TAB": "табуляция (TAB)",
    "NO-BREAK SPACE": "неразрывный пробел",
    "SOFT HYPHEN": "мягкий перенос",
    "ZERO WIDTH SPACE": "невидимый пробел",
    "NARROW NO-BREAK SPACE": "узкий неразрывный пробел",
    "ZERO WIDTH NO-BREAK SPACE": "невидимый неразрывный пробел",
    "unexpected {mark}": "лишнее {mark}",
    "{given} stands where {wanted} should": "здесь стоит {given}, а должно быть {wanted}",
    "there is no tag {tag}": "тега {tag} нет",
    "a tag that opens here is never closed": "тег, который открывается, нигде не закрыт",
}
