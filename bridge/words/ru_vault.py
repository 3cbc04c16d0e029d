"""What is said of accesses that clients hand over in Russian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    "Accesses that clients hand over: the key pair, what came, reading it, throwing it away.": "Доступы, которые передают клиенты: пара ключей, что пришло, чтение, удаление.",
    "Make the key pair. The private key opens what clients hand over; the public one goes into bridge.yaml.": "Создать пару ключей. Приватный открывает переданное клиентами, публичный идёт в bridge.yaml.",
    "Where the private key goes; else vault.key here.": "Куда положить приватный ключ; без этого — vault.key здесь.",
    "What was asked for, what came, whether it works, and until when it is kept. Nothing of what is in it.": "Что просили, что пришло, работает ли и до какого времени хранится. Самого содержимого здесь нет.",
    "A client's name, card or local id; everybody without.": "Имя клиента, его карточка или номер в мосте; без этого — все.",
    "Read what a client handed over. Needs the private key; who read it and when is written down first.": "Прочитать, что передал клиент. Нужен приватный ключ; кто и когда читает, сначала записывается.",
    "The access, as `bridge vault list` names it; all of the client without.": "Доступ, как его называет `bridge vault list`; без этого — все доступы клиента.",
    "Throw away what a client handed over. That it came, and whether it works, stays known.": "Выбросить переданное клиентом. Что оно приходило и работает ли, останется известным.",
    # -- commands --------------------------------------------------------------------------------------------------------
    "  {what}: {text}": "  {what}: {text}",
    "Throw away {titles}? This cannot be undone": "Выбросить {titles}? Отменить это нельзя",
    "access asked for": "ждём",
    "access does not work": "не подходит",
    "access received": "получен",
    "access works": "работает",
    "into bridge.yaml, with the accesses that you ask for:": "в bridge.yaml, вместе с доступами, которые просите:",
    "keep a copy of it apart from the database and its backups: without it nobody can read anything": "храните его копию отдельно от базы и её копий: без ключа никто ничего не прочтёт",
    "login": "логин",
    "password": "пароль",
    "name": "название",
    "access": "доступ",
    "checked by": "кто проверил",
    "kept until": "хранится до",
    "nobody was asked for an access": "доступов ни у кого не просили",
    "nothing was thrown away": "ничего не выброшено",
    "reading needs the private key: set BRIDGE_VAULT__KEY_FILE to the file that `bridge vault init` made": "чтобы читать, нужен приватный ключ: укажите в BRIDGE_VAULT__KEY_FILE файл, который создала команда `bridge vault init`",
    "the private key: {file}; only you can read it": "приватный ключ: {file}; прочитать его можете только Вы",
    'there is no access "{name}"; {advice}': "доступа «{name}» нет; {advice}",
    "there is nothing to read; see: bridge vault list": "читать нечего; см. bridge vault list",
    "there is nothing to throw away; see: bridge vault list": "выбрасывать нечего; см. bridge vault list",
    "thrown away: {titles}": "выброшено: {titles}",
    "whoever reads accesses here sets: BRIDGE_VAULT__KEY_FILE={file}; the daemon needs no key": "кто здесь читает доступы, указывает: BRIDGE_VAULT__KEY_FILE={file}; самому мосту ключ не нужен",
    "{file} cannot be read: {reason}": "{file} не удаётся прочитать: {reason}",
    "{file} exists, and whatever was sealed for it opens with nothing else; name another file": "{file} уже есть, и запечатанное для него больше ничем не открыть; назовите другой файл",
    # -- keys and boxes --------------------------------------------------------------------------------------------------
    "this key does not open it: it was sealed for another key, or changed": "этот ключ не подходит: запечатано для другого ключа или изменено",
    "this is no key of a vault; it is the file that `bridge vault init` made": "это не ключ хранилища; нужен файл, который создала команда `bridge vault init`",
    # -- configuration ---------------------------------------------------------------------------------------------------
    '"{name}" cannot be the name of an access': "«{name}» не может быть названием доступа",
    "use small Latin letters, digits and _, such as google_ads": "возьмите малые латинские буквы, цифры и _, например google_ads",
    "this is no public key of a vault": "это не публичный ключ хранилища",
    "paste the line that `bridge vault init` printed": "вставьте строку, которую напечатала команда `bridge vault init`",
    "name a fact of the deal that has a list of values": "назовите факт сделки, у которого есть перечень значений",
    "write type: {type} and from: bridge": "напишите type: {type} и from: bridge",
    "{key} is no choice of a deal": "{key} — не выбор из перечня в сделке",
    "{key} is told by the vault": "{key} говорит хранилище",
    "clients cannot reach the page for accesses: no public address is set": "клиенты не попадут на страницу доступов: публичный адрес не указан",
    "set BRIDGE_PUBLIC_URL to the https address under which this bridge is reached": "укажите в BRIDGE_PUBLIC_URL адрес https, по которому виден этот мост",
    "accesses would travel without encryption: {address} is not https": "доступы передавались бы без шифрования: {address} — не https",
}
