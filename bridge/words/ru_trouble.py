"""What stops a command, in Russian: the database, words that are typed wrongly, questions before something is done."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- the database ------------------------------------------------------------------------------------------------
    "the database": "база данных",
    "the disk is full: {place} cannot grow; free some space, nothing that was stored is lost": "диск заполнен, писать некуда: {place}; освободите место, ничего из сохранённого не потеряно",
    "{place} was moved or deleted while it was in use; put it back, or start the bridge anew": "{place}: файл перенесли или удалили во время работы; верните его или запустите мост заново",
    "{place} is read-only; give this user the right to write it and its folder": "{place}: только для чтения; дайте этому пользователю право писать в файл и в его папку",
    "{place} is locked: another program has been writing for over {patience} seconds": "{place}: занято, другая программа пишет уже дольше {patience} с",
    "{place} is locked: another program (process {process}) has been writing for over {patience} seconds": "{place}: занято, другая программа (процесс {process}) пишет уже дольше {patience} с",
    "the disk fails while {place} is read or written ({name}); look at the disk and its space": "диск отказывает ({name}): {place}; проверьте диск и место на нём",
    "{place} cannot be opened; does its folder exist, and may this user write there?": "{place}: не открывается; есть ли эта папка и можно ли этому пользователю туда писать?",
    "{file} is damaged ({how}); nothing was changed. Stop the bridge, then: {way}": "{file}: база повреждена ({how}); ничего не изменено. Остановите мост, затем: {way}",
    "bridge restore FILE, with the newest backup older than it": "bridge restore FILE — с самой новой копией, сделанной до повреждения",
    "its end is missing": "не хватает конца",
    "file is not a database": "это не файл базы",
    "database disk image is malformed": "содержимое файла испорчено",
    "the folder of {file} cannot be made: {reason}": "папку для {file} не удаётся создать: {reason}",
    "the database is busy: all its connections wait for one another; the bridge tries again": "база занята: все соединения ждут друг друга; мост попробует ещё раз",
    "the database was written by a newer bridge (schema {schema}, this one knows {known}); install that version again, or restore a backup that is older": "в базу писал более новый мост (схема {schema}, а этот знает {known}); верните ту версию или восстановите более старую копию",
    "{file} is a database of another program; see BRIDGE_DATABASE_URL": "{file} — база другой программы; см. BRIDGE_DATABASE_URL",
    "this database was filled by runs in shadow; name another file in BRIDGE_DATABASE_URL": "эта база наполнена запусками в тени; назовите другой файл в BRIDGE_DATABASE_URL",
    "this database belongs to a bridge at work; name another file in BRIDGE_DATABASE_URL": "это база настоящего моста; назовите другой файл в BRIDGE_DATABASE_URL",
    "{file} is the database itself": "{file} — это и есть сама база",
    "{file} exists; --force replaces it": "{file} уже есть; заменит его --force",
    "only an SQLite file can be restored": "восстановить можно только файл SQLite",
    "only an SQLite file can be copied and checked": "копировать и проверять можно только файл SQLite",
    "there is no file {file}": "файла {file} нет",
    "{file} is empty: it is no backup of a bridge": "{file} пуст: это не копия моста",
    "there is no database yet at {file}; see BRIDGE_DATABASE_URL": "базы {file} ещё нет; см. BRIDGE_DATABASE_URL",
    "{file} is not what {file}.json describes: it was changed or copied in part": "{file} не такой, каким его описывает {file}.json: его изменили или скопировали не целиком",
    # -- what the system says of a file --------------------------------------------------------------------------------
    "No such file or directory": "нет такого файла или папки",
    "Permission denied": "нет прав",
    "Is a directory": "это папка",
    "Not a directory": "это не папка",
    "File exists": "такое имя уже занято",
    "No space left on device": "на диске нет места",
    "Read-only file system": "диск только для чтения",
    "File name too long": "слишком длинное имя",
}
