"""What is said of accesses that clients hand over in Ukrainian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    "Accesses that clients hand over: the key pair, what came, reading it, throwing it away.": "Доступи, які передають клієнти: пара ключів, що надійшло, читання, викидання.",
    "Make the key pair. The private key opens what clients hand over; the public one goes into bridge.yaml.": "Створити пару ключів. Приватний відкриває передане клієнтами, публічний іде в bridge.yaml.",
    "Where the private key goes; else vault.key here.": "Куди покласти приватний ключ; без цього — vault.key тут.",
    "What was asked for, what came, whether it works, and until when it is kept. Nothing of what is in it.": "Що просили, що надійшло, чи працює і доки зберігається. Самого вмісту тут немає.",
    "A client's name, card or local id; everybody without.": "Ім’я клієнта, його картка чи номер у мості; без цього — усі.",
    "Read what a client handed over. Needs the private key; who read it and when is written down first.": "Прочитати, що передав клієнт. Потрібен приватний ключ; хто й коли читає, спершу записується.",
    "The access, as `bridge vault list` names it; all of the client without.": "Доступ, як його називає `bridge vault list`; без цього — усі доступи клієнта.",
    "Throw away what a client handed over. That it came, and whether it works, stays known.": "Викинути передане клієнтом. Що воно надходило і чи працює, лишиться відомим.",
    # -- commands --------------------------------------------------------------------------------------------------------
    "  {what}: {text}": "  {what}: {text}",
    "Throw away {titles}? This cannot be undone": "Викинути {titles}? Скасувати це не можна",
    "access asked for": "чекаємо",
    "access does not work": "не підходить",
    "access received": "отримано",
    "access works": "працює",
    "into bridge.yaml, with the accesses that you ask for:": "у bridge.yaml, разом із доступами, які просите:",
    "keep a copy of it apart from the database and its backups: without it nobody can read anything": "зберігайте його копію окремо від бази та її копій: без ключа ніхто нічого не прочитає",
    "login": "логін",
    "password": "пароль",
    "name": "назва",
    "access": "доступ",
    "checked by": "хто перевірив",
    "kept until": "зберігається до",
    "nobody was asked for an access": "доступів ні в кого не просили",
    "nothing was thrown away": "нічого не викинуто",
    "reading needs the private key: set BRIDGE_VAULT__KEY_FILE to the file that `bridge vault init` made": "щоб читати, потрібен приватний ключ: вкажіть у BRIDGE_VAULT__KEY_FILE файл, який створила команда `bridge vault init`",
    "the private key: {file}; only you can read it": "приватний ключ: {file}; прочитати його можете лише Ви",
    'there is no access "{name}"; {advice}': "доступу «{name}» немає; {advice}",
    "there is nothing to read; see: bridge vault list": "читати нічого; див. bridge vault list",
    "there is nothing to throw away; see: bridge vault list": "викидати нічого; див. bridge vault list",
    "thrown away: {titles}": "викинуто: {titles}",
    "whoever reads accesses here sets: BRIDGE_VAULT__KEY_FILE={file}; the daemon needs no key": "хто тут читає доступи, вказує: BRIDGE_VAULT__KEY_FILE={file}; самому мосту ключ не потрібен",
    "{file} cannot be read: {reason}": "{file} не вдається прочитати: {reason}",
    "{file} exists, and whatever was sealed for it opens with nothing else; name another file": "{file} уже є, і запечатане для нього більше нічим не відкрити; назвіть інший файл",
    # -- keys and boxes --------------------------------------------------------------------------------------------------
    "this key does not open it: it was sealed for another key, or changed": "цей ключ не підходить: запечатано для іншого ключа або змінено",
    "this is no key of a vault; it is the file that `bridge vault init` made": "це не ключ сховища; потрібен файл, який створила команда `bridge vault init`",
    # -- configuration ---------------------------------------------------------------------------------------------------
    '"{name}" cannot be the name of an access': "«{name}» не може бути назвою доступу",
    "use small Latin letters, digits and _, such as google_ads": "візьміть малі латинські літери, цифри та _, наприклад google_ads",
    "this is no public key of a vault": "це не публічний ключ сховища",
    "paste the line that `bridge vault init` printed": "вставте рядок, який надрукувала команда `bridge vault init`",
    "name a fact of the deal that has a list of values": "назвіть факт угоди, що має перелік значень",
    "write type: {type} and from: bridge": "напишіть type: {type} і from: bridge",
    "{key} is no choice of a deal": "{key} — не вибір із переліку в угоді",
    "{key} is told by the vault": "{key} каже сховище",
    "clients cannot reach the page for accesses: no public address is set": "клієнти не дістануться сторінки доступів: публічної адреси не вказано",
    "set BRIDGE_PUBLIC_URL to the https address under which this bridge is reached": "вкажіть у BRIDGE_PUBLIC_URL адресу https, за якою видно цей міст",
    "accesses would travel without encryption: {address} is not https": "доступи передавалися б без шифрування: {address} — не https",
}
