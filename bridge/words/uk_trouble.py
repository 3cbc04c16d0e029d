"""What stops a command, in Ukrainian: the database, words that are typed wrongly, questions before something is done."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- the database ------------------------------------------------------------------------------------------------
    "the database": "база даних",
    "the disk is full: {place} cannot grow; free some space, nothing that was stored is lost": "диск заповнено, писати нікуди: {place}; звільніть місце, нічого зі збереженого не втрачено",
    "{place} was moved or deleted while it was in use; put it back, or start the bridge anew": "{place}: файл перенесли або видалили під час роботи; поверніть його або запустіть міст заново",
    "{place} is read-only; give this user the right to write it and its folder": "{place}: лише для читання; дайте цьому користувачеві право писати у файл і в його теку",
    "{place} is locked: another program has been writing for over {patience} seconds": "{place}: зайнято, інша програма пише вже понад {patience} с",
    "{place} is locked: another program (process {process}) has been writing for over {patience} seconds": "{place}: зайнято, інша програма (процес {process}) пише вже понад {patience} с",
    "the disk fails while {place} is read or written ({name}); look at the disk and its space": "диск відмовляє ({name}): {place}; перевірте диск і місце на ньому",
    "{place} cannot be opened; does its folder exist, and may this user write there?": "{place}: не відкривається; чи є ця тека і чи можна цьому користувачеві туди писати?",
    "{file} is damaged ({how}); nothing was changed. Stop the bridge, then: {way}": "{file}: базу пошкоджено ({how}); нічого не змінено. Зупиніть міст, тоді: {way}",
    "bridge restore FILE, with the newest backup older than it": "bridge restore FILE — з найновішою копією, давнішою за пошкодження",
    "its end is missing": "бракує кінця",
    "file is not a database": "це не файл бази",
    "database disk image is malformed": "вміст файлу зіпсовано",
    "the folder of {file} cannot be made: {reason}": "теку для {file} не вдається створити: {reason}",
    "the database is busy: all its connections wait for one another; the bridge tries again": "база зайнята: усі з’єднання чекають одне на одне; міст спробує ще раз",
    "the database was written by a newer bridge (schema {schema}, this one knows {known}); install that version again, or restore a backup that is older": "у базу писав новіший міст (схема {schema}, а цей знає {known}); поверніть ту версію або відновіть давнішу копію",
    "{file} is a database of another program; see BRIDGE_DATABASE_URL": "{file} — база іншої програми; див. BRIDGE_DATABASE_URL",
    "this database was filled by runs in shadow; name another file in BRIDGE_DATABASE_URL": "цю базу наповнено запусками в тіні; назвіть інший файл у BRIDGE_DATABASE_URL",
    "this database belongs to a bridge at work; name another file in BRIDGE_DATABASE_URL": "це база справжнього моста; назвіть інший файл у BRIDGE_DATABASE_URL",
    "{file} is the database itself": "{file} — це і є сама база",
    "{file} exists; --force replaces it": "{file} уже є; замінить його --force",
    "only an SQLite file can be restored": "відновити можна лише файл SQLite",
    "only an SQLite file can be copied and checked": "копіювати й перевіряти можна лише файл SQLite",
    "there is no file {file}": "файлу {file} немає",
    "{file} is empty: it is no backup of a bridge": "{file} порожній: це не копія моста",
    "there is no database yet at {file}; see BRIDGE_DATABASE_URL": "бази {file} ще немає; див. BRIDGE_DATABASE_URL",
    "{file} is not what {file}.json describes: it was changed or copied in part": "{file} не такий, яким його описує {file}.json: його змінили або скопіювали не весь",
    # -- what the system says of a file --------------------------------------------------------------------------------
    "No such file or directory": "немає такого файлу чи теки",
    "Permission denied": "немає прав",
    "Is a directory": "це тека",
    "Not a directory": "це не тека",
    "File exists": "таке ім’я вже зайнято",
    "No space left on device": "на диску немає місця",
    "Read-only file system": "диск лише для читання",
    "File name too long": "задовге ім’я",
}
