"""What the page of a one-time link says to clients, in their languages. In `{…}` stand names that are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Pairs are a heading and what stands under it."""

    title: str
    lead: str
    login: str
    password: str
    show: str
    show_of: str
    note: str
    note_hint: str
    send: str
    sealed: str
    who: str
    until: str
    empty: str
    too_long: str
    too_large: str
    done: tuple[str, str]
    more: str
    over: tuple[str, str]
    unknown: tuple[str, str]
    busy: tuple[str, str]
    trouble: tuple[str, str]
    foreign: tuple[str, str]


WORDS: Mapping[str, Words] = {
    "uk": Words(
        title="Передайте нам доступи",
        lead="Заповніть, будь ласка, те, що маєте під рукою. Пароль у чаті чи пошті надсилати не потрібно.",
        login="Логін або адреса пошти",
        password="Пароль",  # noqa: S106 - a label
        show="показати",
        show_of="Показати пароль: {title}",
        note="Примітка",
        note_hint="Якщо пароля немає або Ви запросили нас до кабінету, напишіть про це тут.",
        send="Передати",
        sealed="Написане шифрується одразу: ні в чаті, ні на картці, ні в листах його не буде.",
        who="Прочитати це можна лише ключем агенції, і хто читає, записується.",
        until="Посилання діє до {day} і приймає відповідь один раз.",
        empty="Поки що нічого не вписано. Заповніть, будь ласка, хоча б одне поле.",
        too_long="Це поле задовге: {title}. Скоротіть його, будь ласка, і впишіть пароль ще раз.",
        too_large="Написано забагато. Залиште, будь ласка, лише логін, пароль і коротку примітку.",
        done=("Отримали, дякуємо!", "Усе, що Ви написали, уже зашифровано. Цю сторінку можна закрити."),
        more="Якщо захочете щось додати або виправити, напишіть нам — надішлемо нове посилання.",
        over=(
            "Посилання вже не діє",
            "Воно діяло обмежений час. Напишіть нам, будь ласка, і ми одразу надішлемо нове.",
        ),
        unknown=("Такого посилання немає", "Перевірте, чи скопійовано його повністю, або попросіть у нас нове."),
        busy=("Забагато спроб", "Зачекайте, будь ласка, хвилину і спробуйте ще раз."),
        trouble=("Не вдалося зберегти", "Нічого не втрачено, крім щойно вписаного. Спробуйте ще раз за хвилину."),
        foreign=("Сторінку відкрито не з нашого посилання", "Відкрийте, будь ласка, посилання з повідомлення ще раз."),
    ),
    "ru": Words(
        title="Передайте нам доступы",
        lead="Заполните, пожалуйста, то, что есть под рукой. Пароль в чате или по почте присылать не нужно.",
        login="Логин или адрес почты",
        password="Пароль",  # noqa: S106 - a label
        show="показать",
        show_of="Показать пароль: {title}",
        note="Примечание",
        note_hint="Если пароля нет или Вы пригласили нас в кабинет, напишите об этом здесь.",
        send="Передать",
        sealed="Написанное шифруется сразу: ни в чате, ни на карточке, ни в письмах его не будет.",
        who="Прочитать это можно только ключом агентства, и кто читает, записывается.",
        until="Ссылка действует до {day} и принимает ответ один раз.",
        empty="Пока ничего не вписано. Заполните, пожалуйста, хотя бы одно поле.",
        too_long="Это поле слишком длинное: {title}. Сократите его, пожалуйста, и впишите пароль ещё раз.",
        too_large="Написано слишком много. Оставьте, пожалуйста, только логин, пароль и короткое примечание.",
        done=("Получили, спасибо!", "Всё, что Вы написали, уже зашифровано. Эту страницу можно закрыть."),
        more="Если захотите что-то добавить или исправить, напишите нам — пришлём новую ссылку.",
        over=(
            "Ссылка уже не действует",
            "Она действовала ограниченное время. Напишите нам, пожалуйста, и мы сразу пришлём новую.",
        ),
        unknown=("Такой ссылки нет", "Проверьте, скопирована ли она полностью, или попросите у нас новую."),
        busy=("Слишком много попыток", "Подождите, пожалуйста, минуту и попробуйте ещё раз."),
        trouble=(
            "Не удалось сохранить",
            "Ничего не потеряно, кроме только что вписанного. Попробуйте ещё раз через минуту.",
        ),
        foreign=("Страница открыта не по нашей ссылке", "Откройте, пожалуйста, ссылку из сообщения ещё раз."),
    ),
    "en": Words(
        title="Give us access",
        lead="Please fill in what you have at hand. There is no need to send a password by chat or e-mail.",
        login="Login or e-mail address",
        password="Password",  # noqa: S106 - a label
        show="show",
        show_of="Show the password: {title}",
        note="Note",
        note_hint="If there is no password, or you have invited us to the account, please say so here.",
        send="Send safely",
        sealed="What you write is encrypted at once: it will be in no chat, on no card and in no letter.",
        who="It can be read only with the agency's key, and who reads it is written down.",
        until="The link works until {day} and takes one answer.",
        empty="Nothing is filled in yet. Please fill in at least one field.",
        too_long="This field is too long: {title}. Please shorten it, and enter the password again.",
        too_large="This is too much text. Please leave only the login, the password and a short note.",
        done=("Received, thank you!", "Everything you wrote is encrypted already. You may close this page."),
        more="If you would like to add or correct something, write to us and we will send a new link.",
        over=(
            "This link works no more",
            "It worked for a limited time. Please write to us, and we will send a new one at once.",
        ),
        unknown=("There is no such link", "Please check that all of it was copied, or ask us for a new one."),
        busy=("Too many tries", "Please wait a minute and try again."),
        trouble=("It could not be kept", "Nothing is lost but what was just filled in. Please try again in a minute."),
        foreign=("This page was not opened by our link", "Please open the link in our message again."),
    ),
}
