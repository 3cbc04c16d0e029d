"""Answers of a form, one by one: a person accepts them under one message, or has the client asked again for some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from bridge.engine.context import Context, FormLink
from bridge.engine.desk.placing import Choices
from bridge.engine.marking import shown_with
from bridge.engine.routing import put_out
from bridge.engine.snapshots import snapshot_of
from bridge.model.answers import COMPLETED, fact_of
from bridge.model.decisions import LATER, STAFF_CHAT, EditMessage, SendMessage
from bridge.model.deliveries import delivery_id
from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.judging import Judged, kept_as, read, written
from bridge.model.passwords import without_passwords
from bridge.model.questions import NOTE_FIRST
from bridge.model.records import Record, Ref
from bridge.model.values import Plain, moment_text
from bridge.store.intake import Intake
from bridge.store.rows import Row, StoredRecord, parse_ref
from rules.facts import Facts
from rules.holders import holder_of
from rules.speaking import bare

if TYPE_CHECKING:
    from bridge.engine.telling import Teller

ASKS, REMARK = "system.answers", "system.answers_remark"
ASKED_WHY = "answers.remark-asked"
"""The kind of the event that a person was asked for a remark. It wakes no rule."""
FINE, PICK, BACK, SEND, WHY, PLAIN = (
    *("answers-fine", "answers-pick", "answers-back"),
    *("answers-send", "answers-why", "answers-plain"),
)
_ONE = "answer-"
"""How the button of one question begins; its place among them follows."""
_MOST = 90
"""So many questions can be picked: Telegram shows a hundred buttons, https://core.telegram.org/bots/api."""
_TITLE = 40
_REMARK_WITHIN = timedelta(hours=1)
"""So long a line that somebody writes is taken for the remark they were asked for."""


def is_of_judging(button: str) -> bool:
    """Whether a button is about answers."""
    return button.startswith(_ONE) or button in (FINE, PICK, BACK, SEND, WHY, PLAIN)


def let_through(intake: Intake, context: Context, subject: str, record: Record) -> Plain:
    """The values of an answer, without those that change what a person has accepted: they wait for a person's word."""
    form, values = context.forms.get(str(record.fields.get("form", ""))), record.fields.get("values")
    return _let_through(intake, form, subject, _answers(record), values)


def _let_through(
    intake: Intake, form: FormLink | None, subject: str, answers: Mapping[str, str], values: Plain
) -> Plain:
    held = _withheld(intake, form, subject, answers, values)
    if not held or not isinstance(values, Mapping):
        return values
    return {name: value for name, value in values.items() if name not in held}


def _withheld(
    intake: Intake, form: FormLink | None, subject: str, answers: Mapping[str, str], values: Plain
) -> dict[str, Plain]:
    if form is None or not form.judged_by or not subject or not isinstance(values, Mapping):
        return {}
    accepted = _judged(intake, subject, form.id).accepted
    changed = {form.answers.get(one) for one, text in accepted.items() if answers.get(one, "") != text}
    return {name: value for name, value in values.items() if name in changed}


def came(teller: Teller, intake: Intake, context: Context, record: Record | StoredRecord, answer: Event) -> None:
    """Answers came: whoever judges them for this form is shown those that nobody has accepted, with the buttons."""
    form = context.forms.get(str(record.fields.get("form", "")))
    if form is None or not form.judged_by or not answer.subject or ASKS not in context.ruleset.texts:
        return
    known = _judged(intake, answer.subject, form.id)
    to = _who_judges(intake, context, form, answer.subject)
    notice = delivery_id(f"{ASKS}:{answer.id}:{to}")
    held = _withheld(intake, form, answer.subject, _answers(record), record.fields.get("values"))
    now = known.came(_answers(record), notice, answer.id, held)
    if now is known:
        return
    _keep(intake, context, form, answer.subject, (known, now), Actor(ActorKind.BRIDGE), answer.id)
    if known.rows:
        client = intake.client_of(answer.subject)
        put_out(intake, context, shown_with(EditMessage(known.notice), answer.subject, answer.id), client)
    names = {"answers.form": form.titles.get(_language(context, to), form.id), "answers.text": _listed(known, now)}
    kept: dict[str, Plain] = {"answers.of": form.id, **_titles(context, now, _language(context, to))}
    teller.staff(ASKS, answer.id, to, answer.subject, names, choices=Choices(values=kept))


def hold_back(intake: Intake, context: Context, ref: Ref) -> None:
    """It is known only now whose answers these are: what they change of what was accepted is not filled in."""
    for event in intake.unplanned(ref, "form.answered"):
        form, rows = context.forms.get(str(event.data.get("form", ""))), event.data.get("answers")
        told = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, (list, tuple)) else []
        answers = {str(row.get("question")): str(row.get("answer")) for row in told}
        values = _let_through(intake, form, event.subject, answers, event.data.get("values"))
        if values != event.data.get("values"):
            intake.hold_back(event, {**event.data, "values": values})


def came_late(teller: Teller, intake: Intake, context: Context, about: str) -> None:
    """An answer that lay in the inbox is somebody's: it is judged now, as if it had come so. History is not."""
    ref = parse_ref(about)
    record = intake.stored([ref]).get(ref)
    waiting = intake.unplanned(ref, "form.answered")
    if record is not None and waiting:
        hold_back(intake, context, ref)
        came(teller, intake, context, record, waiting[-1])


class Judging:
    """One press or one line about answers, inside the intake transaction that brought it."""

    def __init__(self, teller: Teller, intake: Intake, context: Context, event: Event) -> None:
        self._teller = teller
        self._intake = intake
        self._context = context
        self._event = event
        self._by = event.actor.name or event.actor.id

    def pressed(self, row: Row) -> bool | None:
        """True: the message shows it as any press. None: all that follows of it is done, or somebody was first."""
        if not isinstance(row.decision, SendMessage):
            return None
        values, button = row.decision.values, str(self._event.data.get("button"))
        form = self._context.forms.get(str(values.get("answers.of", "")))
        if form is None:
            return None
        judged = _judged(self._intake, row.subject, form.id)
        notice = str(values.get("answers.notice", "")) or row.id
        if judged.notice != notice or not judged.rows:
            self._too_late(row, judged)
            return None
        language = row.decision.language
        if button.startswith(_ONE):
            question = next(iter(list(judged.rows)[int(button.removeprefix(_ONE)) :]), "")
            judged = judged.toggled(question)
            self._save(form, row.subject, judged)
        if button in (FINE, PLAIN, SEND):
            again = () if button == FINE else judged.chosen
            self._settle(form, row.subject, judged, again, "")
            if button == PLAIN:
                return True
            self._mark(row, f"↺ {', '.join(again)}" if again else FINE)
        elif button == WHY:
            self._ask_why(form, row, judged)
            self._mark(row, WHY)
        else:
            buttons = self._first(language) if button == BACK else _to_pick(self._context, judged, language)
            wanted = EditMessage(row.id, buttons=tuple(buttons))
            put_out(self._intake, self._context, shown_with(wanted, row.subject, self._event.id), row.client)
        return None

    def wrote(self) -> bool:
        """A line from somebody who was asked for a remark is that remark. False: they were not, or it is too late."""
        asked = next(iter(self._intake.events_about(_asked_of(self._event.actor), ASKED_WHY)), None)
        text = str(self._event.data.get("text") or "").strip()
        form = self._context.forms.get(str(asked.data.get("form"))) if asked is not None else None
        if asked is None or form is None or not text or self._event.at - asked.at > _REMARK_WITHIN:
            return False
        deal, notice = self._intake.real(asked.subject), str(asked.data.get("notice"))
        judged = _judged(self._intake, deal, form.id)
        if judged.notice != notice or not judged.rows:
            return False
        self._settle(form, deal, judged, judged.chosen, without_passwords(text))
        asks = self._intake.delivery(str(asked.data.get("asks")))
        if asks is not None:
            self._mark(asks, f"«{text}»")
        return True

    # -- what a word does -----------------------------------------------------------------------------------------

    def _settle(self, form: FormLink, deal: str, judged: Judged, again: Sequence[str], remark: str) -> None:
        settled = judged.settled(again, self._by, remark)
        _keep(self._intake, self._context, form, deal, (judged, settled), self._event.actor, self._event.id)
        still = {form.answers.get(question) for question in again}
        values: dict[str, Plain] = {name: value for name, value in judged.withheld.items() if name not in still}
        response = parse_ref(judged.answer.rpartition(":revision:")[0]) if values else None
        told = self._intake.events_about(response, "form.answered") if response is not None else ()
        answer = next((one for one in told if one.id == judged.answer), None)
        if answer is not None:
            data: dict[str, Plain] = {"form": form.id, "revision": answer.data.get("revision"), "values": values}
            ident = f"{answer.id}:accepted:{self._event.id}"
            done = Event(
                ident, COMPLETED, answer.at, self._intake.now, answer.actor, answer.source, deal, data,
                cause=Cause("", "", self._event.id),
            )  # fmt: skip
            self._intake.add_event(done)

    def _ask_why(self, form: FormLink, row: Row, judged: Judged) -> None:
        """Asks whoever pressed for a line that the client reads with the questions."""
        to = row.decision.to if isinstance(row.decision, SendMessage) else STAFF_CHAT
        asks = delivery_id(f"{REMARK}:{row.id}:{to}")
        data: dict[str, Plain] = {"form": form.id, "notice": row.id, "asks": asks}
        event, now = self._event, self._intake.now
        asked = Event(f"{event.id}:why", ASKED_WHY, event.at, now, event.actor, "bridge", row.subject, data)
        self._intake.add_event(asked, str(_asked_of(event.actor)), wakes=False)
        names = {"answers.questions": ", ".join(judged.chosen)}
        values: dict[str, Plain] = {"answers.of": form.id, "answers.notice": row.id}
        self._teller.staff(REMARK, row.id, to, row.subject, names, choices=Choices(values=values))

    def _too_late(self, row: Row, judged: Judged) -> None:
        """Somebody was first, who is named; or newer answers came, and there is a newer message."""
        by = judged.by if not judged.rows else ""
        to = row.decision.to if isinstance(row.decision, SendMessage) else STAFF_CHAT
        names = {
            "message.text": bare(row.decision.part.text) if isinstance(row.decision, SendMessage) else "",
            "question.by": by,
        }
        self._teller.staff("system.decided_already", self._event.id, to, row.subject, names, wait=NOTE_FIRST)

    def _save(self, form: FormLink, deal: str, judged: Judged) -> None:
        self._intake.set_fact(deal, kept_as(form.id), written(judged), f"person:{self._event.actor.id}")

    def _mark(self, row: Row, answer: str) -> None:
        decision = EditMessage(row.id, answer, self._by, moment_text(self._event.at))
        put_out(self._intake, self._context, shown_with(decision, row.subject, self._event.id), row.client)

    def _first(self, language: str) -> list[tuple[str, str]]:
        text = self._context.ruleset.texts[ASKS]
        return [(name, _button(self._context, name, language)) for name in text.buttons]


def _to_pick(context: Context, judged: Judged, language: str) -> list[tuple[str, str]]:
    """A button for each question, those that would be asked again with a mark; below them what may be done."""
    rows = [
        (f"{_ONE}{place}", f"{'↺ ' if question in judged.chosen else ''}{_short(question)}")
        for place, question in enumerate(list(judged.rows)[:_MOST])
    ]
    names = (SEND, WHY, BACK) if judged.chosen else (BACK,)
    return [*rows, *((name, _button(context, name, language)) for name in names)]


def _titles(context: Context, judged: Judged, language: str) -> dict[str, Plain]:
    """What stands on buttons that the message gets later, for the note that a press is answered with."""
    questions = {f"{LATER}{_ONE}{place}": _short(question) for place, question in enumerate(judged.rows)}
    return {**questions, **{f"{LATER}{name}": _button(context, name, language) for name in (SEND, WHY, BACK)}}


def _button(context: Context, name: str, language: str) -> str:
    return context.ruleset.buttons.get(name, {}).get(language, name)


def _short(question: str) -> str:
    return question if len(question) <= _TITLE else f"{question[: _TITLE - 1].rstrip()}…"


def _listed(before: Judged, now: Judged) -> str:
    """The answers for people: a line each, with what was accepted before where it was another."""
    lines = []
    for question, text in now.rows.items():
        shown = without_passwords(text) or "—"
        old = before.accepted.get(question, "")
        lines.append(f"• {question}: {without_passwords(old)} → {shown}" if old else f"• {question}: {shown}")
    return "\n".join(lines)


def _answers(record: Record | StoredRecord) -> dict[str, str]:
    answers = record.fields.get("answers")
    return {name: str(text) for name, text in answers.items()} if isinstance(answers, Mapping) else {}


def _judged(intake: Intake, deal: str, form: str) -> Judged:
    kept, _at = intake.client_state(intake.client_of(deal)).facts.get((deal, kept_as(form)), (None, None))
    return read(kept)


def _keep(
    intake: Intake,
    context: Context,
    form: FormLink,
    deal: str,
    change: tuple[Judged, Judged],
    actor: Actor,
    cause: str,
) -> None:
    """Keeps how the answers stand now. Rules hear of it as of any fact that changed."""
    before, now = change
    intake.set_fact(deal, kept_as(form.id), written(now), f"person:{actor.id}" if actor.id else "bridge")
    field = fact_of(form.id, "judged")
    if before.verdict is not now.verdict and field in context.ruleset.fields:
        data: dict[str, Plain] = {"field": field, "old": before.verdict.value, "new": now.verdict.value}
        ident = f"judged:{deal}:{form.id}:{cause}"
        intake.add_event(Event(ident, "field.changed", intake.now, intake.now, actor, "bridge", deal, data))


def _who_judges(intake: Intake, context: Context, form: FormLink, deal: str) -> str:
    ruleset, directory = context.ruleset, context.office.directory
    state = intake.client_state(intake.client_of(deal))
    facts = Facts(snapshot_of(state, context), ruleset, directory, intake.now)
    found = holder_of(form.judged_by, deal, facts, ruleset, directory)
    return f"person:{found}" if found else STAFF_CHAT


def _language(context: Context, to: str) -> str:
    person = context.office.directory.people.get(to.removeprefix("person:"))
    return person.language if person is not None else context.ruleset.defaults.language


def _asked_of(person: Actor) -> Ref:
    return Ref("bridge", "staff", "person", person.id)
