"""The public page of a form: plain HTML that works without JavaScript, in Ukrainian, Russian or English."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape

from sandbox.google.forms import Form, Question

TEXTS: dict[str, dict[str, str]] = {
    "uk": {
        "submit": "Надіслати",
        "required": "Це запитання обов’язкове",
        "mark": "* Обов’язкове запитання",
        "closed": "Форма більше не приймає відповіді. Якщо вважаєте, що це помилка, напишіть власнику форми.",
        "recorded": "Вашу відповідь записано.",
        "edit": "Змінити відповідь",
        "another": "Надіслати ще одну відповідь",
        "missing": "Такої форми немає.",
    },
    "ru": {
        "submit": "Отправить",
        "required": "Это обязательный вопрос",
        "mark": "* Обязательный вопрос",
        "closed": "Форма больше не принимает ответы. Если вы считаете, что это ошибка, напишите владельцу формы.",
        "recorded": "Ваш ответ записан.",
        "edit": "Изменить ответ",
        "another": "Отправить ещё один ответ",
        "missing": "Такой формы нет.",
    },
    "en": {
        "submit": "Submit",
        "required": "This question is required",
        "mark": "* Indicates required question",
        "closed": "The form is no longer accepting responses. If you think this is a mistake, ask the form’s owner.",
        "recorded": "Your response has been recorded.",
        "edit": "Edit your response",
        "another": "Submit another response",
        "missing": "There is no such form.",
    },
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f0ebf8; color: #202124 }
main { max-width: 40rem; margin: 1rem auto; padding: 0 1rem }
section { background: #fff; border-radius: 8px; padding: 1rem 1.25rem; margin-bottom: .75rem }
section.head { border-top: 10px solid #5b3fa0 }
h1 { font-size: 1.75rem; margin: 0 0 .5rem }
label, legend { display: block; margin-bottom: .5rem; padding: 0 }
fieldset { border: 0; margin: 0; padding: 0 }
input[type=text], textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem }
button { font: inherit; background: #5b3fa0; color: #fff; border: 0; border-radius: 4px; padding: .5rem 1.5rem }
.note { color: #5f6368; font-size: .875rem; margin: 0 } .fault, .must { color: #c5221f }
"""


def form_page(
    form: Form, language: str, values: Mapping[int, str], faulty: Collection[int] = (), edit_key: str = ""
) -> str:
    """The questions, filled with `values`; `faulty` entries are marked as required."""
    texts = TEXTS[language]
    hidden = f'<input type="hidden" name="edit2" value="{escape(edit_key)}">' if edit_key else ""
    questions = "".join(_question(q, values.get(q.entry, ""), q.entry in faulty, texts) for q in form.questions)
    note = f'<p class="note must">{texts["mark"]}</p>' if any(q.required for q in form.questions) else ""
    return _page(
        form,
        language,
        f'<section class="head"><h1>{escape(form.title)}</h1><p>{escape(form.description)}</p>{note}</section>'
        f'<form method="post" action="formResponse?hl={language}" novalidate>{hidden}{questions}'
        f'<button type="submit">{texts["submit"]}</button></form>',
    )


def recorded_page(form: Form, language: str, edit_key: str) -> str:
    """What a person sees after sending."""
    texts = TEXTS[language]
    edit = f'<p><a href="viewform?edit2={escape(edit_key)}&amp;hl={language}">{texts["edit"]}</a></p>'
    return _page(
        form,
        language,
        f'<section class="head"><h1>{escape(form.title)}</h1><p>{texts["recorded"]}</p>'
        f"{edit if form.editable else ''}"
        f'<p><a href="viewform?hl={language}">{texts["another"]}</a></p></section>',
    )


def closed_page(form: Form, language: str) -> str:
    """What a person sees when the form takes no responses."""
    return _page(
        form,
        language,
        f'<section class="head"><h1>{escape(form.title)}</h1><p>{TEXTS[language]["closed"]}</p></section>',
    )


def _question(question: Question, value: str, faulty: bool, texts: Mapping[str, str]) -> str:
    name = f"entry.{question.entry}"
    must = ' <span class="must">*</span>' if question.required else ""
    title = escape(question.title) + must
    note = f'<p class="note">{escape(question.help)}</p>' if question.help else ""
    fault = f'<p class="fault" role="alert">{texts["required"]}</p>' if faulty else ""
    if question.kind == "choice":
        options = "".join(
            f'<label><input type="radio" name="{name}" value="{escape(option)}"'
            f"{' checked' if option == value else ''}> {escape(option)}</label>"
            for option in question.options
        )
        return f"<section><fieldset><legend>{title}</legend>{note}{options}{fault}</fieldset></section>"
    if question.kind == "paragraph":
        control = f'<textarea id="{name}" name="{name}" rows="4">{escape(value)}</textarea>'
    else:
        control = f'<input type="text" id="{name}" name="{name}" value="{escape(value)}">'
    return f'<section><label for="{name}">{title}</label>{note}{control}{fault}</section>'


def _page(form: Form, language: str, content: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(form.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{content}</main></body></html>"
    )
