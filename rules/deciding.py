"""From an action of a rule that fires to the effects it wants: one function an action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bridge.model.decisions import (
    AttachDocument,
    CallWebhook,
    CommentCard,
    CreateCard,
    CreateContact,
    CreateDeal,
    CreateTask,
    LabelCard,
    MakeDocument,
    MoveCard,
    PutChecklist,
    SendMessage,
)
from bridge.model.fields import FieldSpec, FieldType, parse_value, plain_value
from bridge.model.planning import MadeDocument, Outcome, Wanted
from bridge.model.reason_words import told
from bridge.model.reasons import (
    CAME_FROM_NOWHERE,
    CHOSE,
    CHOSE_NOBODY,
    NEVER_MADE,
    NO_CHECKLIST,
    NO_DOCUMENT_TEMPLATE,
    NOT_CARRIED_OUT,
    STEP_SAYS_IT,
)
from bridge.model.values import Labelled, NotKnown, Plain, Value, moment_text
from rules.actions.action import Action
from rules.actions.calls import Call
from rules.actions.cards import Checklist, Comment, Create, DealOpen, LabelAdd, LabelRemove, Move
from rules.actions.documents import Attach, Document
from rules.actions.facts import Assign, Fill, SetFields
from rules.actions.people import Propose, Send, Task
from rules.constants import typed_constant
from rules.fair_choice import FAIR, WORK_FIELD, fair_choice
from rules.filling import fill, write_down
from rules.holders import HOLDERS, holder_of
from rules.readers import readers
from rules.snoozing import buttons_under
from rules.speaking import Said, Unsaid, bare, buttons_of, say
from rules.talking import buttons_of_talks
from rules.whose_time import calendar_of_client, calendar_of_person, office_calendar

if TYPE_CHECKING:
    from rules.firing import Firing
    from rules.plan import Planning

CLIENT, STAFF_CHAT = "client", "staff-chat"
DOCUMENT_FORMATS = ("docx", "pdf")
_NOTHING: Mapping[str, Plain] = MappingProxyType({})


@singledispatch
def decide(action: Action, firing: Firing) -> None:
    """Queues what the action wants. An action without a function here explains that it did nothing."""
    firing.trace(Outcome.DISABLED, NOT_CARRIED_OUT.of(verb=action.verb))


def _of_staff(firing: Firing, language: str) -> tuple[tuple[str, str], ...]:
    """What staff may say by one tap about the client that they read of."""
    talks = buttons_of_talks(firing.rule, firing.step, language)
    return (*talks, *buttons_under(firing.rule, firing.step, language))


@decide.register(Send)
def _send(action: Send, firing: Firing) -> None:
    if not action.each:
        to = recipient_of(action.to, firing)
        _send_to(to, action, firing, firing.key(action) if to == CLIENT else f"{firing.key(action)}>{to}")
    for reader in readers(action, firing) if action.each else ():
        _send_to(f"person:{reader.person}", action, firing, f"{firing.key(action)}>person:{reader.of}", reader.values)


def _send_to(to: str, action: Send, firing: Firing, key: str, values: Mapping[str, Plain] = _NOTHING) -> None:
    language = language_of(to, firing.subject, firing.planning)
    extra = {**_event_facts(firing, language), **_of_answers(firing), **firing.extra, **values, **_given(action.with_)}
    document = document_kind(action.document)
    made = firing.planning.documents.get((firing.subject, document))
    if document and made is None:
        firing.trace(Outcome.DISABLED, NEVER_MADE.of(document=document))
        return
    if to == CLIENT and firing.overtaken_by:
        firing.trace(Outcome.MISSED, STEP_SAYS_IT.of(step=firing.overtaken_by))
        return
    said = _say(action.template, action.gate, language, "telegram", firing, extra)
    if isinstance(said, Unsaid) and (to != CLIENT or not said.sources):
        firing.trace(Outcome.SILENT, said.reason)
        if to == CLIENT and said.text:
            _tell_untrue(action, said, firing)
        return
    buttons = buttons_of(
        firing.planning.ruleset, said.template if isinstance(said, Said) else action.template, language
    )
    decision = SendMessage(
        to=to,
        text=said.text if isinstance(said, Said) else "",  # not known yet: it waits in the outbox for its sources
        template=action.template,
        language=language,
        gate=action.gate,
        values=plain_values(extra),
        buttons=buttons if to == CLIENT else (*buttons, *_of_staff(firing, language)),
        document=document,
        document_key=made.key if made is not None else "",
        renews=action.renews,
    )
    asking = firing.planning.asking
    firing.want(replace(_timed(decision, key, firing), held=action.approve is not None))
    if action.approve is not None:
        asking.sending(key, action, decision.text, firing)
    if to == CLIENT and action.template in firing.planning.ruleset.texts:
        asking.approval(
            key, action, said.template if isinstance(said, Said) else action.template, decision.text, firing
        )


def _say(
    template: str, gate: str, language: str, markup: str, firing: Firing, extra: Mapping[str, Any]
) -> Said | Unsaid:
    ruleset, facts = firing.planning.ruleset, firing.facts
    return say(ruleset, facts, firing.subject, template, language, gate=gate, markup=markup, extra=extra)


def _tell_untrue(action: Send, unsaid: Unsaid, firing: Firing) -> None:
    """A message that would not be true, with nothing to say instead: the manager decides what the client reads."""
    to = recipient_of("manager", firing)
    language = language_of(to, firing.subject, firing.planning)
    why = told(unsaid.reason, language)
    values: dict[str, Plain] = {"delivery.text": bare(unsaid.text), "delivery.reason": why}
    said = _say("system.untrue", "", language, "telegram", firing, values)
    if isinstance(said, Said):
        decision = SendMessage(to=to, text=said.text, template="system.untrue", language=language, values=values)
        firing.want(Wanted(f"{firing.key(action)}/untrue", decision, firing.subject, firing.cause))


def _event_facts(firing: Firing, language: str) -> dict[str, Any]:
    """What the event carries, as readers of that language read it: a text still knows it when it is said once more."""
    specs = firing.planning.ruleset.fields
    found = {
        key: firing.facts.value(key, firing.subject, event=firing.event)
        for key, spec in specs.items()
        if spec.source == "event"
    }
    return {key: firing.facts.shown(specs[key], value, language) for key, value in found.items() if value is not None}


def _of_answers(firing: Firing) -> dict[str, Any]:
    """What an answer to a form changed in the one before it; nothing where no such answer is spoken of."""
    changed = firing.event.data.get("changed")
    return {"answer.changed": changed or []} if firing.event.kind == "form.answered" else {}


def _timed(decision: SendMessage, key: str, firing: Firing) -> Wanted:
    """When the message may go: staff at once, the client in contact hours, and not while a source may contradict it."""
    planning, rule = firing.planning, firing.rule
    not_before = None
    if decision.to_client:
        calendar = calendar_of_client(firing.subject, firing.facts, planning.ruleset)
        start = calendar.next_contact(planning.now, planning.ruleset.defaults.window)
        not_before = start if start > planning.now else None
    reminds = decision.to_client or firing.step is not None  # colleagues, too, hear of no silence that has ended
    calls_off = rule.id if rule.unless is not None and reminds else ""
    waits_for = not_before or (firing.moment if firing.step is not None else None)
    fresh_past = waits_for if calls_off else None
    return Wanted(key, decision, firing.subject, firing.cause, not_before, calls_off, fresh_past)


@decide.register(SetFields)
def _set(action: SetFields, firing: Firing) -> None:
    outside: dict[str, Value] = {}
    for name, given in action.values.items():
        spec = firing.planning.ruleset.fields[name]
        value = _typed(spec, given, firing)
        if spec.source == "bridge":
            firing.planning.set_fact(firing, name, value)
        else:
            outside[name] = value
    write_down(outside, {}, firing, firing.key(action))


def _typed(spec: FieldSpec, given: Plain, firing: Firing) -> Value:
    if given == "now" and spec.type is FieldType.MOMENT:
        return firing.moment
    if given == "now" and spec.type is FieldType.DATE:
        return firing.planning.calendar.local(firing.moment).date()
    if given is None or spec.type in (FieldType.SET, FieldType.LIST):
        return parse_value(spec, given)
    value = typed_constant(spec, given, firing.planning.zone)
    return parse_value(spec, value) if isinstance(value, str) and spec.type is not FieldType.TEXT else value


@decide.register(Propose)
def _propose(action: Propose, firing: Firing) -> None:
    firing.planning.asking.propose(action, firing)


@decide.register(Assign)
def _assign(action: Assign, firing: Firing) -> None:
    """Somebody else becomes responsible: by name, or whoever it is fair to choose. The trace tells what was weighed."""
    for name, given in action.assign.items():
        person = given if given != FAIR else _chosen(name, firing)
        spec = firing.planning.ruleset.fields[name]
        if not person:
            firing.planning.asking.nobody(name, firing)
        elif spec.source == "bridge":
            firing.planning.set_fact(firing, name, person)
        else:
            write_down({name: person}, {}, firing, firing.key(action))


def _chosen(name: str, firing: Firing) -> str:
    planning = firing.planning
    now = firing.facts.value(name, firing.subject)
    choice = fair_choice(
        [person for person in planning.office.directory.people.values() if _role_of(name) in person.roles],
        holds=now if isinstance(now, str) else "",
        work=_work_of(firing),
        load=planning.office.load(name),
        day=office_calendar(planning.ruleset).local(planning.now).date(),
    )
    if choice.person:
        firing.trace(Outcome.FIRED, CHOSE.of(fact=name, person=choice.person, why=choice.because))
    else:
        firing.trace(Outcome.NO_SUBJECT, CHOSE_NOBODY.of(fact=name, why=choice.because))
    return choice.person


def _role_of(name: str) -> str:
    """The role whose holder a fact names: client.manager and deal.manager the manager, deal.lawyer the lawyer."""
    named = (role for role, facts in HOLDERS.items() if name in facts)
    return next(named, name.rpartition(".")[2])


def _work_of(firing: Firing) -> set[str]:
    """The kinds of work that are asked for: the deal's, or those of all the client's deals."""
    if WORK_FIELD not in firing.planning.ruleset.fields:
        return set()
    below = [one.id for one in firing.planning.subjects if firing.subject in firing.facts.line(one.id)]
    values = [firing.facts.value(WORK_FIELD, subject) for subject in (firing.subject, *below)]
    return {value for value in values if isinstance(value, str)}


decide.register(Fill)(fill)


@decide.register(Create)
def _create(action: Create, firing: Firing) -> None:
    name = action.card.name.render(firing.values(), "plain", firing.planning.zone)
    firing.want(Wanted(firing.key(action), CreateCard(action.card.list, name.strip()), firing.subject, firing.cause))


@decide.register(DealOpen)
def _deal_open(action: DealOpen, firing: Firing) -> None:
    """A contact for the client, then the deal with it: what is there already is told by the receipt."""
    name = " ".join(action.name.render(firing.values(), "plain", firing.planning.zone).split())
    deal = firing.planning.snapshot.subjects[firing.subject]  # the rule is one per deal: rules/checks.py
    firing.want(Wanted(f"{firing.key(action)}/contact", CreateContact(name), deal.parent, firing.cause))
    firing.want(Wanted(firing.key(action), CreateDeal(name), firing.subject, firing.cause))


@decide.register(Move)
def _move(action: Move, firing: Firing) -> None:
    to = firing.event.data.get("from") if action.back else action.to
    if not isinstance(to, str) or not to:
        firing.trace(Outcome.DISABLED, CAME_FROM_NOWHERE)
        return
    stands_in = str(firing.event.data.get("to") or "") if action.back else ""
    firing.want(Wanted(firing.key(action), MoveCard(to, action.back, stands_in), firing.subject, firing.cause))


@decide.register(Comment)
def _comment(action: Comment, firing: Firing) -> None:
    ruleset = firing.planning.ruleset
    if action.text is not None:
        text = action.text.render(firing.values(), "trello", firing.planning.zone).strip()
    else:
        extra = {**_event_facts(firing, ruleset.defaults.language), **firing.extra}
        said = _say(action.template, action.gate, ruleset.defaults.language, "trello", firing, extra)
        if not isinstance(said, Said):
            firing.trace(Outcome.SILENT, said.reason)
            return
        text = said.text
    firing.want(Wanted(firing.key(action), CommentCard(text, action.template), firing.subject, firing.cause))


@decide.register(LabelAdd)
def _label_add(action: LabelAdd, firing: Firing) -> None:
    firing.want(Wanted(firing.key(action), LabelCard(action.label, True), firing.subject, firing.cause))


@decide.register(LabelRemove)
def _label_remove(action: LabelRemove, firing: Firing) -> None:
    on_card = (
        firing.facts.value("card.labels", firing.subject) if "card.labels" in firing.planning.ruleset.fields else ()
    )
    if isinstance(on_card, tuple) and action.label in on_card:
        firing.want(Wanted(firing.key(action), LabelCard(action.label, False), firing.subject, firing.cause))


@decide.register(Call)
def _call(action: Call, firing: Firing) -> None:
    """What is not known is named, and left out: nobody is told what may not be so."""
    told: dict[str, Plain] = {}
    unknown: list[Plain] = []
    for name in action.facts:
        value = firing.facts.value(name, firing.subject, event=firing.event)
        if isinstance(value, NotKnown):
            unknown.append(name)
        else:
            told[name] = plain_value(value)
    data: dict[str, Plain] = {
        "client": firing.planning.snapshot.client,
        "subject": firing.subject,
        "event": firing.event.kind,
        "facts": told,
        **({"not_known": unknown} if unknown else {}),
    }
    decision = CallWebhook(action.call, firing.rule.id, moment_text(firing.moment), data)
    firing.want(Wanted(firing.key(action), decision, firing.subject, firing.cause))


@decide.register(Checklist)
def _checklist(action: Checklist, firing: Firing) -> None:
    new, ruleset = action.checklist, firing.planning.ruleset
    template, language = ruleset.checklists.get(new.template), ruleset.defaults.language
    if template is None:
        firing.trace(Outcome.DISABLED, NO_CHECKLIST.of(template=new.template))
        return
    title = template.name[language]
    if new.title is not None:
        title = new.title.render(firing.values(), "plain", firing.planning.zone)
    barred = firing.facts.value(new.not_, firing.subject) if new.not_ is not None else None
    decision = PutChecklist(
        title=" ".join(title.split()),
        items=template.lines(language),
        template=template.id,
        role=new.for_ or "",
        person=_person(new.for_, firing) if new.for_ is not None else "",
        another=new.not_ is not None,
        not_by=barred if isinstance(barred, str) else "",
    )
    firing.want(Wanted(firing.key(action), decision, firing.subject, firing.cause))


@decide.register(Task)
def _task(action: Task, firing: Firing) -> None:
    title = " ".join(action.task.title.render(firing.values(), "plain", firing.planning.zone).split())
    role = action.task.for_
    person = _person(role, firing)
    due = ""
    if action.task.due is not None:
        calendar = calendar_of_person(person, firing.planning.ruleset, firing.planning.office.directory)
        due = moment_text(calendar.add(firing.planning.now, action.task.due))
    decision = CreateTask(title, role, person, due)
    firing.want(Wanted(firing.key(action), decision, firing.subject, firing.cause))


@decide.register(Document)
def _document(action: Document, firing: Firing) -> None:
    """A new version when the template or its data changed since the last one; else nothing."""
    template = document_kind(action.document.template)
    data = document_data(firing)
    key = firing.planning.office.document_key(template, _lasting(data))
    if key is None:
        firing.trace(Outcome.DISABLED, NO_DOCUMENT_TEMPLATE.of(template=template))
        return
    made = firing.planning.documents.get((firing.subject, template))
    if made is not None and made.key == key:
        return
    version = (made.version if made else 0) + 1
    if not firing.in_shadow:
        firing.planning.documents[(firing.subject, template)] = MadeDocument(version, key)
    language = language_of(CLIENT, firing.subject, firing.planning)
    name = template
    if action.document.name is not None:
        name = " ".join(action.document.name.render(firing.values(language), "plain", firing.planning.zone).split())
    decision = MakeDocument(
        template=template,
        name=f"{name} v{version}",
        language=language,
        key=key,
        version=version,
        data={**_in_words(data, firing, language), "doc": {"lang": language, "version": version}},
        formats=DOCUMENT_FORMATS,
    )
    firing.planning.asking.document(template, decision.name, key, firing)
    # With the version: answers changed there and back again make a third document, not the first one once more.
    firing.want(Wanted(f"document:{firing.subject}:{template}:{version}:{key}", decision, firing.subject, firing.cause))


@decide.register(Attach)
def _attach(action: Attach, firing: Firing) -> None:
    template = document_kind(action.attach.document)
    made = firing.planning.documents.get((firing.subject, template))
    if made is None:
        firing.trace(Outcome.DISABLED, NEVER_MADE.of(document=template))
        return
    for system in action.attach.to:
        for form in DOCUMENT_FORMATS:
            decision = AttachDocument(to=system, template=template, key=made.key, format=form, file_name="")
            key = f"attach:{firing.subject}:{template}:{made.version}:{made.key}:{system}:{form}"
            firing.want(Wanted(key, decision, firing.subject, firing.cause))


def document_data(firing: Firing) -> dict[str, Plain]:
    """What a document may print: the client's and the deal's facts, and the answers that woke the rule."""
    facts: dict[str, dict[str, Plain]] = {"client": {}, "deal": {}}
    for key, spec in firing.planning.ruleset.fields.items():
        head, _, tail = key.partition(".")
        if head not in facts or spec.commercial or spec.type in (FieldType.MONEY, FieldType.MOMENT):
            continue
        value = firing.facts.value(key, firing.subject)
        if value is not None and not isinstance(value, NotKnown):
            facts[head][tail] = plain_value(value)
    data: dict[str, Plain] = dict(facts)
    answers = firing.event.data.get("answers")
    if answers is not None:
        data["brief"] = {
            "title": firing.event.data.get("title", ""),
            "answered_at": firing.event.data.get("answered_at", ""),
            "zone": firing.planning.zone,
            "revision": firing.event.data.get("revision", 1),
            "answers": answers,
        }
    return data


def _in_words(data: Mapping[str, Plain], firing: Firing, language: str) -> dict[str, Plain]:
    """The same with people by name and choices as people read them; `work_type_code` is the choice as rules know it."""
    told: dict[str, Plain] = dict(data)
    for key, spec in firing.planning.ruleset.fields.items():
        head, _, tail = key.partition(".")
        facts = told.get(head)
        if not isinstance(facts, Mapping) or tail not in facts or not (spec.words or spec.type is FieldType.PERSON):
            continue
        shown = firing.facts.shown(spec, firing.facts.value(key, firing.subject), language)
        codes: dict[str, Plain] = {f"{tail}_code": facts[tail]} if spec.words else {}
        told[head] = {**facts, tail: _label(shown), **codes}
    return told


def _label(shown: Any) -> Plain:
    if isinstance(shown, tuple):
        return [_label(item) for item in shown]
    return shown.label if isinstance(shown, Labelled) else str(shown)


def _lasting(data: Mapping[str, Plain]) -> dict[str, Plain]:
    """The part of a document's data that makes a new version when it changes: the answers, not the hour they came."""
    brief = data.get("brief")
    client = data.get("client")
    name = client.get("name") if isinstance(client, Mapping) else None
    answers = brief.get("answers") if isinstance(brief, Mapping) else data
    return {"client": name, "answers": answers}


def document_kind(name: str) -> str:
    """The kind of document that a rule names: contract.docx is made from the template contract."""
    return name.rsplit(".", 1)[0] if name.endswith((".docx", ".typ")) else name


def recipient_of(to: str, firing: Firing) -> str:
    """Who reads what is sent to a role: one person, or the staff chat while nobody holds it."""
    if to in (CLIENT, STAFF_CHAT):
        return to
    person = _person(to, firing)
    return f"person:{person}" if person else STAFF_CHAT


def _person(role: str, firing: Firing) -> str:
    planning = firing.planning
    return holder_of(role, firing.subject, firing.facts, planning.ruleset, planning.office.directory)


def language_of(to: str, subject: str, planning: Planning) -> str:
    """The language in which somebody reads what is said about a subject."""
    default = planning.ruleset.defaults.language
    if to == CLIENT:
        value = (
            planning.facts.value("client.language", subject) if "client.language" in planning.ruleset.fields else None
        )
        return value if isinstance(value, str) else default
    person = planning.office.directory.people.get(to.removeprefix("person:"))
    return person.language if person else default


def _given(with_: Mapping[str, Plain]) -> dict[str, Any]:
    return {key: value for key, value in with_.items() if key not in ("gate", "document")}


def plain_values(values: Mapping[str, object]) -> dict[str, Plain]:
    """What a text was handed, as it is kept."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: object) -> Plain:
    return value if isinstance(value, (str, int, bool, list, dict)) or value is None else str(value)
