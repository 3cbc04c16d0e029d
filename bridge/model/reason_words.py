"""Reasons in the words of whoever reads them: for each that is declared, what is said of it in uk, ru and en. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from bridge.model.reasons import DECLARED, Kind, Reason

Names: TypeAlias = Mapping[Kind, Callable[[Any], str]]
"""What people call the params of a kind: a rule by its title, a moment on the wall clock. Without, as it is written."""


class Words(NamedTuple):
    """One reason in each language; English is the declared sentence where it says nothing else."""

    uk: str
    ru: str
    en: str = ""


def told(reason: Reason, language: str, names: Names | None = None) -> str:
    """The reason as a reader of `uk`, `ru` or else English says it; somebody's own words stay as they are."""
    declared, said = DECLARED[reason.code], WORDS[reason.code]
    pattern = {"uk": said.uk, "ru": said.ru}.get(language, said.en or declared.english)
    return pattern.format_map(
        {name: _named(kind, reason.params[name], language, names or {}) for name, kind in declared.kinds.items()}
    )


def _named(kind: Kind, value: Any, language: str, names: Names) -> str:
    match kind:
        case Kind.REASON:
            return told(value, language, names)
        case Kind.REASONS:
            return "; ".join(told(one, language, names) for one in value)
        case Kind.SOURCES | Kind.LIST:
            return ", ".join(dict.fromkeys(names[kind](one) if kind in names else one for one in value))
    return names[kind](value) if kind in names else str(value)


WORDS: Mapping[str, Words] = {
    "": Words("", ""),
    "said": Words("{words}", "{words}"),
    # -- why a delivery waits, or is held
    "closed-hours": Words("поза годинами для клієнта", "вне часов для клиента"),
    "silence": Words(
        "той, хто мав би це прочитати, попросив не надсилати автоматичних повідомлень",
        "тот, кто должен был это прочитать, попросил не присылать автоматических сообщений",
    ),
    "over-cap": Words("на сьогодні повідомлень досить", "на сегодня сообщений достаточно"),
    "waits-for": Words("ще не прочитано: {sources}", "ещё не прочитано: {sources}", "not read yet: {sources}"),
    "tried-again": Words("повторюємо на прохання людини", "повторяем по просьбе человека"),
    "sent-again": Words("надіслано ще раз ({who})", "отправлено ещё раз ({who})"),
    "let-go": Words("надсилати ({who})", "отправлять ({who})"),
    "kept-back": Words("притримано людиною", "придержано человеком"),
    "too-much": Words("забагато нараз", "слишком много сразу"),
    "too-much-of-rule": Words("забагато нараз: правило {rule}", "слишком много сразу: правило {rule}"),
    "too-much-of-client": Words("забагато нараз: клієнт {client}", "слишком много сразу: клиент {client}"),
    "newer-value": Words(
        "раніше, ніж це записали, внесли щось новіше", "раньше, чем это записали, внесли что-то новее"
    ),
    "no-field": Words(
        "поля вже немає або його не видно; щойно з’явиться, обидві сторони порівняють знову",
        "поля уже нет или его не видно; как только появится, обе стороны сравнят снова",
    ),
    "restored": Words(
        "базу відновлено з копії: це вже може бути на місці", "база восстановлена из копии: это уже может быть на месте"
    ),
    "outcome-open": Words("невідомо, чи дійшла попередня спроба", "неизвестно, дошла ли предыдущая попытка"),
    # -- why it arrived, or was called off
    "arrived": Words("дійшло, каже людина", "дошло, говорит человек"),
    "arrived-says": Words("дійшло ({who})", "дошло ({who})"),
    "dropped": Words("скасовано людиною", "отменено человеком"),
    "left-out": Words("не надсилати ({who})", "не отправлять ({who})"),
    "written-by-hand": Words("напише власноруч ({who})", "напишет сам человек ({who})"),
    "stopped": Words("зупинено ({who})", "остановлено ({who})"),
    "snoozed": Words("відкладено до {until} ({who})", "отложено до {until} ({who})"),
    "stopped-because": Words("зупинено ({who}): {why}", "остановлено ({who}): {why}"),
    "rule-off": Words("правило {rule} вимкнено", "правило {rule} выключено"),
    "rule-gone": Words("правила {rule} уже немає", "правила {rule} больше нет"),
    "rule-asks-no-more": Words("правило {rule} про це вже не питає", "правило {rule} об этом больше не спрашивает"),
    "unless": Words("через unless правила {rule}", "из-за unless правила {rule}"),
    "newer-message": Words("замість нього йде новіше повідомлення", "вместо него идёт более новое сообщение"),
    "newer-question": Words("про це запитали знову", "об этом спросили заново"),
    "newer-document": Words("є новіша версія документа", "есть более новая версия документа"),
    "asked-again": Words("запитали ще раз", "спросили ещё раз"),
    "nothing-held": Words("тут уже нічого не притримано", "здесь уже ничего не придержано"),
    "erased": Words("дані стерто", "данные стёрты"),
    # -- why it is dead
    "no-chat": Words("клієнт ще не має чату", "у клиента ещё нет чата"),
    "by-sms": Words(
        "іде через SMS: ні чат, ні лист до клієнта не доходять",
        "идёт по SMS: ни чат, ни письмо до клиента не доходят",
        "goes by SMS, since neither a chat nor a letter reaches the client",
    ),
    "by-letter": Words(
        "піде поштою, бо в чаті клієнта не застати", "уйдёт по почте, потому что в чате клиента не застать"
    ),
    "by-chat": Words("піде в чат, бо клієнт знову там", "уйдёт в чат, потому что клиент снова там"),
    "no-card": Words("картки для цього немає", "карточки для этого нет"),
    "no-record": Words("немає запису {record} для цього", "нет записи {record} для этого"),
    "no-connector": Words("{connector} не підключено", "{connector} не подключён"),
    "nobody-does": Words("не підключено нічого, що це робить: {kind}", "не подключено ничего, что это делает: {kind}"),
    "being-made": Words("файл {file} ще створюється", "файл {file} ещё создаётся"),
    "message-gone": Words(
        "немає повідомлення, яке можна було б змінити", "нет сообщения, которое можно было бы изменить"
    ),
    "not-there-yet": Words("його повідомлення ще в дорозі", "его сообщение ещё в пути"),
    "told-at-once": Words("це одразу прочитали, натиснувши кнопку", "это сразу прочли, нажав кнопку"),
    "own-file": Words("міст сам поклав туди цей файл", "мост сам положил туда этот файл"),
    "upload-open": Words("саме кладеться інший файл цього клієнта", "как раз кладётся другой файл этого клиента"),
    "no-file": Words("файл {file} не зроблено", "файл {file} не сделан"),
    "nothing-there": Words(
        "поки назовні нічого не пишемо, це нема з чим робити: {why}",
        "пока наружу ничего не пишем, это не с чем делать: {why}",
    ),
    # -- why a rule did not act, or acted otherwise
    "ran-once": Words(
        "уже спрацювало {at}, а досить одного разу",
        "уже сработало {at}, а достаточно одного раза",
        "it fired at {at}, and once is enough",
    ),
    "ran-lately": Words(
        "уже спрацювало {at}, а можна не частіше ніж раз на {length}",
        "уже сработало {at}, а можно не чаще чем раз в {length}",
        "it fired at {at}, and may not more than once in {length}",
    ),
    "not-read": Words("ще не прочитано: {sources}", "ещё не прочитано: {sources}", "not read yet: {sources}"),
    "refused-by": Words("«{rule}»", "«{rule}»", "“{rule}”"),
    "overtaken": Words(
        "картку вже перенесли далі", "карточку уже перенесли дальше", "the card has been moved on already"
    ),
    "nobody-concerned": Words(
        "немає, кого це стосується: {subject}",
        "нет того, кого это касается: {subject}",
        "there is nobody whom it concerns: {subject}",
    ),
    "chain": Words("кроків поспіль: {count}", "шагов подряд: {count}", "steps in a row: {count}"),
    "let-past": Words("{who}: {why}", "{who}: {why}", "{who}: {why}"),
    "column-found": Words("решта відповіді: її стовпець знайшовся", "остаток ответа: его столбец нашёлся"),
    "filled-in": Words("бракуюче заповнили за {length}", "недостающее заполнили за {length}"),
    "answered": Words("відповідь «{button}», {who}", "ответ «{button}», {who}", "the answer was “{button}”, by {who}"),
    # -- what came of a step
    "step-due": Words("{length}: {trail}", "{length}: {trail}"),
    "moved": Words("мало бути {at}, тепер {now}", "должно было быть {at}, теперь {now}", "was due {at}, now {now}"),
    "was-due": Words("мало бути {at}", "должно было быть {at}", "it was due at {at}"),
    "was-due-asked": Words(
        "мало бути {at}; питаємо людину",
        "должно было быть {at}; спрашиваем человека",
        "it was due at {at}; a person is asked",
    ),
    "step-says-it": Words("про це скаже крок «{step}»", "об этом скажет шаг «{step}»"),
    # -- why the timer of a step ended
    "done": Words("зроблено", "сделано"),
    "asked-first": Words("спершу питаємо людину", "сначала спрашиваем человека", "a person is asked first"),
    "did-not-arrive": Words(
        "повідомлення, з якого він починався, не дійшло",
        "сообщение, с которого он начинался, не дошло",
        "the message it began with did not arrive",
    ),
    "restarted": Words("відлік почався знову", "отсчёт начался заново", "its time was counted anew"),
    "rule-no-more": Words("правила вже немає", "правила больше нет", "its rule is gone"),
    "rule-no-more-in": Words(
        "у наборі правил {ruleset} цього правила немає",
        "в наборе правил {ruleset} этого правила нет",
        "its rule is gone in the rule set {ruleset}",
    ),
    "step-no-more": Words("кроку вже немає", "шага больше нет", "its step is gone"),
    "step-no-more-in": Words(
        "у наборі правил {ruleset} цього кроку немає",
        "в наборе правил {ruleset} этого шага нет",
        "its step is gone in the rule set {ruleset}",
    ),
    "began-in-shadow": Words("почалося, коли правило було в тіні", "началось, когда правило было в тени"),
    "no-shadow-in": Words(
        "почалося, коли правило було в тіні; у наборі правил {ruleset} воно діє",
        "началось, когда правило было в тени; в наборе правил {ruleset} оно действует",
        "it began in shadow; in the rule set {ruleset} the rule acts",
    ),
    "unless-in": Words(
        "через unless правила {rule} у наборі правил {ruleset}",
        "из-за unless правила {rule} в наборе правил {ruleset}",
        "unless of {rule} in the rule set {ruleset}",
    ),
    "missed": Words("пропущено: {why}", "пропущено: {why}"),
    # -- what came of an action
    "not-true": Words("текст «{text}» тепер був би неправдою", "текст «{text}» сейчас был бы неправдой"),
    "not-known-true": Words("ще не відомо, чи правдивий текст «{text}»", "ещё не известно, правдив ли текст «{text}»"),
    "no-text": Words("немає тексту {text}", "нет текста {text}"),
    "no-document-template": Words("немає шаблону документа {template}", "нет шаблона документа {template}"),
    "no-checklist": Words("немає шаблону чек-листа {template}", "нет шаблона чек-листа {template}"),
    "never-made": Words("документ {document} ще не робили", "документ {document} ещё не делали"),
    "came-from-nowhere": Words("невідомо, звідки прийшла картка", "неизвестно, откуда пришла карточка"),
    "not-carried-out": Words("ця версія такого не робить: {verb}", "эта версия такого не делает: {verb}"),
    "nobody-has": Words("тут ні в кого немає: {fact}", "здесь ни у кого нет: {fact}"),
    "would-set": Words("записало б: {fact} = {value}", "записало бы: {fact} = {value}"),
    "chose": Words("{fact} — {person}: {why}", "{fact} — {person}: {why}"),
    "chose-nobody": Words("{fact} — ніхто: {why}", "{fact} — никто: {why}"),
    "has-it-now": Words("{person} уже веде це", "{person} уже ведёт это"),
    "is-away": Words("{person} не працює до {day}", "{person} не работает до {day}"),
    "does-not-do": Words("{person} не робить такого: {works}", "{person} не делает такого: {works}"),
    "has-deals": Words("{person}, відкритих угод: {count}", "{person}, открытых сделок: {count}"),
    "nobody-has-role": Words("ніхто не має цієї ролі", "ни у кого нет этой роли"),
}
