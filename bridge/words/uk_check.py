"""What `bridge check` and `bridge test` say around their findings, in Ukrainian, by the English pattern."""

from __future__ import annotations

from bridge.model.wording import Catalogue

SENTENCES: Catalogue = {
    # -- levels -----------------------------------------------------------------------------------------------------
    "error": "помилка",
    "warning": "попередження",
    "note": "примітка",
    # -- several findings of one mistake ----------------------------------------------------------------------------
    "{what}: {places}": "{what}: {places}",
    "{count} place|{count} places": "{count} місце|{count} місця|{count} місць",
    "{what}, and {others}": "{what}, і ще {others}",
    "{count} more like it|{count} more like it": "{count} таке саме|{count} таких самих|{count} таких самих",
    "{file}: line {lines}": "{file}: рядок {lines}",
    "{file}: lines {lines}": "{file}: рядки {lines}",
    "{system} is needed and not set up": "потрібен {system}, а його не налаштовано",
    "no test was run: the rules name what is declared elsewhere": "жодного тесту не виконано: правила називають те, що оголошено деінде",
    # -- lengths ----------------------------------------------------------------------------------------------------
    'length "{text}" is longer than ten years: at most {most}': "довжина «{text}» більша за десять років: щонайбільше {most}",
    "after {length} comes before the event that begins it": "after {length} настає раніше за подію, з якої все починається",
    "name the fact with the date under from:, or write {length}": "напишіть під from: факт із датою або напишіть {length}",
    # -- roles --------------------------------------------------------------------------------------------------------
    "in rules this role is written {name}": "у правилах ця роль пишеться {name}",
    # -- red tests --------------------------------------------------------------------------------------------------
    "wanted:": "мало бути:",
    "got:": "вийшло:",
    "waits: {rules}": "чекають: {rules}",
    "{where}: {name}": "{where}: {name}",
    "{tests} failed": "не всі тести проходять ({tests} — ні)",
    "{tests} failed: these rules were not put in force, and none are yet": (
        "не всі тести пройшли ({tests} — ні): ці правила не введено в дію, а інших ще немає"
    ),
    "these rules were not put in force: the ones in force stay": "правил із цих файлів не введено в дію: ті, що діють, лишаються",
    "these rules were not put in force, and none are yet": "правил із цих файлів не введено в дію, а інших ще немає",
    "if it is gone, remove its tests too, or put the rule back": "якщо правила вже немає, приберіть і його тести або поверніть правило",
    # -- the end ----------------------------------------------------------------------------------------------------
    "all is well in the files; credentials and services were not asked: bridge check asks them": (
        "у файлах усе гаразд; доступів і сервісів не перевірено: це робить bridge check"
    ),
    # -- the words of document templates
    "no template is called {kind}: these words are read by nobody": "немає шаблону з назвою {kind}: цих слів ніхто не читає",
    '"{language}" has a label "{name}", and others do not': "у «{language}» є напис «{name}», а в інших мовах немає",
    '"{language}" has no words for: {names}': "у «{language}» немає слів для: {names}",
    'no words in "{language}": no document can be made in it': "немає слів мовою «{language}»: документа нею не зробити",
    '{file} names the label "{name}", which is not there': "{file} називає напис «{name}», а його немає",
    # -- files that are copied --------------------------------------------------------------------------------------
    "{given} is more than a file may have": "{given} — більше, ніж може мати файл",
    "write a size up to 250MB, the most that Trello takes": "напишіть розмір до 250MB: більше Trello не бере",
    "files of {place} cannot go to {to}: both are in one system": "файли з {place} не можуть іти до {to}: обидва в одній системі",
    "name a place of the other system": "назвіть місце в іншій системі",
    "nothing says which files must not go to a card": "не сказано, які файли не повинні потрапити на картку",
    "write their names, such as commercial: ['*invoice*'], or commercial: [] if there are none": "напишіть їхні назви, наприклад commercial: ['*рахунок*'], або commercial: [], якщо таких немає",
    "{name} is not set up, and the files of this row need it": "{name} не налаштовано, а він потрібен файлам цього рядка",
    "files of {place} to {to} stand there twice": "файли з {place} до {to} записано двічі",
    "put the patterns of both into one row": "зберіть зразки назв в один рядок",
    'a custom field is called "{name}" here, and so are the files': "«{name}» тут — і власне поле, і файли",
    "rename the field": "назвіть поле інакше",
    '"{name}" is no pattern of a file\'s name': "«{name}» — не зразок імені файлу",
    "{words} may stand in it, and one of them has to": "у ньому можуть стояти {words}, і щось із них має бути",
    '"{question}" stands among answers and among files': "«{question}» стоїть і серед answers, і серед files",
    "leave it in one of them": "залиште його в одному з них",
    '"{question}" is not among the answers': "«{question}» немає серед відповідей (answers)",
    '"{question}" has the entry number of "{other}"': "«{question}» має той самий номер, що й «{other}»",
    "each question has a number of its own in the pre-filled link of the form": "у попередньо заповненому посиланні форми кожне запитання має власний номер",
    '"{question}" cannot be filled in with an answer': "«{question}» не можна заповнити наперед",
    "leave it out of prefill: the code stands in every link, and files cannot stand in one": "приберіть із prefill: код стоїть у кожному посиланні, а файли в ньому стояти не можуть",
    "{key} is commercial and stays out of links": "{key} — комерційне, у посилання не потрапляє",
    "name another fact, or leave the question empty": "назвіть інший факт або залиште запитання порожнім",
    'the button "{name}" has too long a name': "у кнопки «{name}» задовга назва",
    "name it in 53 Latin letters or 26 others at most": "назвіть її щонайбільше 53 латинськими чи 26 іншими літерами",
}
