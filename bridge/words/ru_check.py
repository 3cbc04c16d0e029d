"""What `bridge check` and `bridge test` say around their findings, in Russian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- levels -----------------------------------------------------------------------------------------------------
    "error": "ошибка",
    "warning": "предупреждение",
    "note": "примечание",
    # -- several findings of one mistake ----------------------------------------------------------------------------
    "{what}: {places}": "{what}: {places}",
    "{count} place|{count} places": "{count} место|{count} места|{count} мест",
    "{what}, and {others}": "{what}, и ещё {others}",
    "{count} more like it|{count} more like it": "{count} такое же|{count} таких же|{count} таких же",
    "{file}: line {lines}": "{file}: строка {lines}",
    "{file}: lines {lines}": "{file}: строки {lines}",
    "{system} is needed and not set up": "нужен {system}, а он не настроен",
    "no test was run: the rules name what is declared elsewhere": "ни один тест не выполнен: правила называют то, что объявлено в другом месте",
    # -- lengths ----------------------------------------------------------------------------------------------------
    'length "{text}" is longer than ten years: at most {most}': "длина «{text}» больше десяти лет: самое большее {most}",
    "after {length} comes before the event that begins it": "after {length} наступает раньше события, с которого всё начинается",
    "name the fact with the date under from:, or write {length}": "напишите под from: факт с датой или напишите {length}",
    # -- roles --------------------------------------------------------------------------------------------------------
    "in rules this role is written {name}": "в правилах эта роль пишется {name}",
    # -- red tests --------------------------------------------------------------------------------------------------
    "wanted:": "должно быть:",
    "got:": "вышло:",
    "waits: {rules}": "ждут: {rules}",
    "{where}: {name}": "{where}: {name}",
    "{tests} failed": "не все тесты проходят ({tests} — нет)",
    "{tests} failed: these rules were not put in force, and none are yet": (
        "не все тесты прошли ({tests} — нет): эти правила не введены в действие, а других ещё нет"
    ),
    "these rules were not put in force: the ones in force stay": "правила из этих файлов не введены в действие: действующие остаются",
    "these rules were not put in force, and none are yet": "правила из этих файлов не введены в действие, а других ещё нет",
    "if it is gone, remove its tests too, or put the rule back": "если правила уже нет, уберите и его тесты или верните правило",
    # -- the end ----------------------------------------------------------------------------------------------------
    "all is well in the files; credentials and services were not asked: bridge check asks them": (
        "в файлах всё в порядке; доступы и сервисы не проверены: это делает bridge check"
    ),
    # -- the words of document templates
    "no template is called {kind}: these words are read by nobody": "нет шаблона с названием {kind}: этих слов никто не читает",
    '"{language}" has a label "{name}", and others do not': "в «{language}» есть надпись «{name}», а в других языках нет",
    '"{language}" has no words for: {names}': "в «{language}» нет слов для: {names}",
    'no words in "{language}": no document can be made in it': "нет слов на языке «{language}»: документа на нём не сделать",
    '{file} names the label "{name}", which is not there': "{file} называет надпись «{name}», а её нет",
    # -- files that are copied --------------------------------------------------------------------------------------
    "{given} is more than a file may have": "{given} — больше, чем может быть в файле",
    "write a size up to 250MB, the most that Trello takes": "напишите размер до 250MB: больше Trello не берёт",
    "files of {place} cannot go to {to}: both are in one system": "файлы из {place} не могут идти в {to}: оба в одной системе",
    "name a place of the other system": "назовите место в другой системе",
    "nothing says which files must not go to a card": "не сказано, какие файлы не должны попасть на карточку",
    "write their names, such as commercial: ['*invoice*'], or commercial: [] if there are none": "напишите их названия, например commercial: ['*счёт*'], или commercial: [], если таких нет",
    "{name} is not set up, and the files of this row need it": "{name} не настроен, а он нужен файлам этой строки",
    "files of {place} to {to} stand there twice": "файлы из {place} в {to} записаны дважды",
    "put the patterns of both into one row": "соберите образцы названий в одну строку",
    'a custom field is called "{name}" here, and so are the files': "«{name}» здесь — и своё поле, и файлы",
    "rename the field": "назовите поле иначе",
    '"{name}" is no pattern of a file\'s name': "«{name}» — не образец имени файла",
    "{words} may stand in it, and one of them has to": "в нём могут стоять {words}, и что-то из них должно быть",
    '"{question}" stands among answers and among files': "«{question}» стоит и среди answers, и среди files",
    "leave it in one of them": "оставьте его в одном из них",
    '"{question}" is not among the answers': "«{question}» нет среди ответов (answers)",
    '"{question}" has the entry number of "{other}"': "у «{question}» тот же номер, что и у «{other}»",
    "each question has a number of its own in the pre-filled link of the form": "в предварительно заполненной ссылке формы у каждого вопроса свой номер",
    '"{question}" cannot be filled in with an answer': "«{question}» нельзя заполнить заранее",
    "leave it out of prefill: the code stands in every link, and files cannot stand in one": "уберите из prefill: код стоит в каждой ссылке, а файлы в ней стоять не могут",
    "{key} is commercial and stays out of links": "{key} — коммерческое, в ссылки не попадает",
    "name another fact, or leave the question empty": "назовите другой факт или оставьте вопрос пустым",
    'the button "{name}" has too long a name': "у кнопки «{name}» слишком длинное имя",
    "name it in 53 Latin letters or 26 others at most": "назовите её не больше чем 53 латинскими или 26 другими буквами",
}
