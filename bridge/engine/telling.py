"""What the bridge itself tells people: doubts, dead deliveries, blind sources, answers nobody can place.

Texts stand in messages/system.yaml. Each telling has a key of its own, so it is told once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from bridge.engine.accesses import BUTTONS as VAULT_BUTTONS
from bridge.engine.accesses import place_of, settled
from bridge.engine.accounts import account_in, system_of
from bridge.engine.alarms import Alarm
from bridge.engine.answering import answer_why, asks_why
from bridge.engine.arriving import BUTTONS as ABOUT_VISITORS
from bridge.engine.context import Context
from bridge.engine.creating import go_on
from bridge.engine.desk.desk import Desk, is_of_desk
from bridge.engine.desk.finding import Called
from bridge.engine.desk.helping import ask_back, is_staff_starting, welcome
from bridge.engine.desk.judging import Judging, is_of_judging
from bridge.engine.desk.placing import NO_CHOICES, Choices, choices, suggested
from bridge.engine.flooding import BUTTONS
from bridge.engine.greeting import COMINGS, Greeter, heir
from bridge.engine.inviting import good_code
from bridge.engine.marking import DOUBTS, pressed
from bridge.engine.outbox import Troubled, arrived
from bridge.engine.pairing import BIND, LEAVE_APART, PAIR, Pair, Pairing
from bridge.engine.reaching import address_of, mailbox, takes_letters
from bridge.engine.routing import connector_of, lane_of, put_out
from bridge.engine.snapshots import snapshot_of
from bridge.engine.wishes import LANGUAGES
from bridge.model.decision_words import in_words
from bridge.model.decisions import STAFF_CHAT, Capability, CopyFile, Decision, SendMessage, WriteFields
from bridge.model.deliveries import State
from bridge.model.events import ActorKind, Cause, Event
from bridge.model.files import FILES
from bridge.model.floods import Flood, Whose
from bridge.model.merging import BLANKS, SYNC
from bridge.model.planning import Snapshot, Timer, Wanted
from bridge.model.questions import NOTE_FIRST
from bridge.model.reason_words import told
from bridge.model.reasons import ARRIVED_SAYS, NO_CHAT, SENT_AGAIN, Kind, Reason
from bridge.model.values import Plain, moment_text
from bridge.model.vault import Access
from bridge.model.wording import Worded, worded
from bridge.store.alarms import AlarmRow
from bridge.store.intake import Intake
from bridge.store.rows import ClientState, InboxItem, Row, Wait, parse_ref
from bridge.words import said
from rules.actions.people import Send, Task
from rules.facts import Facts
from rules.lengths import parse_length
from rules.ruleset import Rule
from rules.speaking import Said, buttons_of, say
from rules.telling import Teller as Sentences

ADMIN = "admin"
_TAG = re.compile(r"<[^>]+>")
_SYSTEM = "system"
TROUBLES = tuple(
    f"{_SYSTEM}.{word}"
    for word in ("undelivered_staff", "unknown_restored", "unknown_delivery", "no_channel", "dead_delivery")
)
"""What tells of a delivery that was given up or is unknown."""
_GONE = "really-gone"
_LONG_AGO = timedelta(hours=24)
"""So long after a question about a doubtful message its answer may be another one."""
OWN_WORK = {SYNC: worded("fields kept in step"), BLANKS: worded("values taken away"), FILES: worded("copies of files")}
"""What is called so where rules have their names: the bridge's own work, which no rule wants."""
_FLOODS = {SYNC: f"{_SYSTEM}.flood_sync", BLANKS: f"{_SYSTEM}.flood_blanks", FILES: f"{_SYSTEM}.flood_files"}
"""How it is asked about when it is too much; else as of any rule."""


class Teller:
    """Puts the bridge's own messages into the outbox, inside the transaction that makes them necessary."""

    def __init__(self, intake: Intake, context: Context) -> None:
        self._intake = intake
        self._context = context
        self._greeter = Greeter(intake, context, self)
        self._called = Called(intake, context)

    # -- happenings ---------------------------------------------------------------------------------------------

    def react(self, event: Event) -> None:
        """What one event makes the bridge say by itself, whatever the rules are."""
        match event.kind:
            case "start.again" if self._intake.about_to_write(event.subject):
                return  # pressed twice: what greets them is on its way
            case "start.unknown" if is_staff_starting(event, self._context):
                welcome(self._intake, self._context, event)
            case kind if kind.startswith("start.") or kind in COMINGS:
                self._greeter.came(event)
            case "answer.refused":
                self.visitor("client.not_deciding", event)
            case "message":
                self._greeter.wrote(event)
            case "undelivered":
                self._came_back(event)
            case "chat.blocked" if event.subject:
                names = {"message.mail": self._letter_box(event.subject), **self._who_left(event)}
                self.staff("system.chat_blocked", _chat_day(event), self.manager(event.subject), event.subject, names)
            case "chat.open" if event.subject and self._greeter.is_back(event):
                self.staff("system.chat_back", _chat_day(event), self.manager(event.subject), event.subject, {})
            case "card.deleted" | "card.left" | "task.deleted" | "contact.deleted" if event.subject:
                if "merged" not in event.data:
                    self._gone(event)
            case "board.renamed" | "list.renamed" | "label.renamed" | "field.renamed" | "option.renamed":
                self._renamed(event)
            case "command.unclear":
                ask_back(self._intake, self._context, event)
            case "desk.asked":
                Desk(self._intake, self._context, self, event).answer()
            case "button":
                self._decided(event)
            case "staff.message":
                if not Judging(self, self._intake, self._context, event).wrote():
                    Desk(self._intake, self._context, self, event).hear()
            case "command" if asks_why(event):
                answer_why(self._intake, self._context, event)
            case _:
                return

    def _who_left(self, event: Event) -> dict[str, str]:
        """Who is out of reach, where a client has several, and who reads instead; "" for nobody."""
        theirs = self._intake.correspondents(self._intake.client_of(event.subject))
        gone = next((one.name for one in theirs if one.chat.id == event.data.get("chat")), "")
        return {"message.by": gone if len(theirs) > 1 else "", "message.next": heir(self._intake, event.subject)}

    def _letter_box(self, subject: str) -> str:
        """The address to which a client's messages go while no chat reaches them; "" where letters do not."""
        if Capability.LETTERS not in self._context.in_charge:
            return ""
        contacts = self._intake.things(self._intake.client_of(subject), "contact")
        address = address_of(self._intake.stored(contacts).values())
        box = mailbox(self._context.in_charge[Capability.LETTERS], address)
        return address if takes_letters(self._intake.stored([box]).values(), address) else ""

    def _gone(self, event: Event) -> None:
        """Somebody took a thing away: nothing is taken away elsewhere because of that, and nothing is written to it."""
        kind = event.kind.partition(".")[0]
        names = {
            "source.name": self._source(event.source),
            "source.kind": kind,
            "source.left": event.kind == "card.left",
            "source.task": self._address(event.subject, "task"),
            "message.by": _by(event),
        }
        if not self._client_name(event.subject):  # only a card says whose it was
            names["client.name"] = self._card_name(event.subject)
        for to in self._responsible(event.subject):
            self.staff("system.gone", event.id, to, event.subject, names)

    def _renamed(self, event: Event) -> None:
        """Something that the rules name was given another name, or its old one again: it is the same thing to them."""
        names = {
            "source.name": self._source(event.source),
            "source.kind": event.kind.partition(".")[0],
            "source.called": event.data.get("name", ""),
            "source.now": event.data.get("now", ""),
            "source.board": event.data.get("board", ""),
            "message.by": _by(event),
        }
        self.staff("system.renamed", event.id, self._who_looks_after(), "", names)

    def unmatched(self, about: str, summary: Mapping[str, Any]) -> None:
        """An answer that says no client: the РМ binds it."""
        tell = self._role(self._context.ruleset.defaults.tell)
        names = self._unmatched(about, summary)
        self.staff("system.inbox_unmatched", about, tell, "", names, choices=self._suggested(about, summary, names))

    def _suggested(self, about: str, summary: Mapping[str, Any], names: Mapping[str, Any]) -> Choices:
        """Who may be meant, each to be picked by one press."""
        found = suggested(self._intake, self._called, summary, str(names["inbox.name"]))
        return choices(found, "bind", about)

    def _unmatched(self, about: str, summary: Mapping[str, Any]) -> dict[str, Any]:
        form = self._context.forms.get(str(summary.get("form", "")))
        language = self._context.ruleset.defaults.language
        answers = summary.get("answers")
        return {
            "inbox.form": form.titles.get(language, form.id) if form else str(summary.get("form", "")),
            "inbox.name": next(iter(answers.values()), "") if isinstance(answers, Mapping) else "",
            "inbox.phone": next(iter(summary.get("phones", [])), ""),
            "inbox.code": summary.get("token", ""),
            "inbox.maybe": ", ".join(self._client_name(client) or client for client in summary.get("maybe", [])),
            "inbox.id": self._intake.inbox_number(about),
        }

    def lies_there(self, item: InboxItem, key: str, to: str) -> None:
        """Tells somebody who asks of what lies on people's desk; where a press settles it, with the buttons."""
        key = f"{item.about}:{key}"
        if item.kind == PAIR:
            ref, maybe = parse_ref(item.about), tuple(map(str, item.summary.get("maybe", ())))
            pair = Pair(ref, str(item.summary.get("by", "")), maybe=maybe)
            names = self._pair_names(pair)
            several = self._suggested(item.about, item.summary, names) if len(maybe) > 1 else Choices()
            self.staff(self._pair_text(pair), key, to, "", names, choices=several)
        else:
            names = self._unmatched(item.about, item.summary)
            picked = self._suggested(item.about, item.summary, names)
            self.staff("system.inbox_unmatched", key, to, "", names, choices=picked)

    def paired(self, pair: Pair) -> None:
        """A card or an answer became a client's by an equal phone or e-mail, or may be one's: people look."""
        tell = (self._role(self._context.ruleset.defaults.tell),)
        for to in self._responsible(pair.original) if pair.original else tell:
            self.staff(
                self._pair_text(pair), f"{pair.ref}:{','.join(pair.maybe)}", to, pair.subject, self._pair_names(pair)
            )

    def _pair_text(self, pair: Pair) -> str:
        if pair.subject:
            return "system.paired"
        several = len(pair.maybe) > 1 and "system.inbox_pairs" in self._context.ruleset.texts
        return "system.inbox_pairs" if several else "system.inbox_pair"

    def _pair_names(self, pair: Pair) -> dict[str, Any]:
        kept = self._intake.stored([pair.ref]).get(pair.ref)
        fields = kept.fields if kept else {}
        form = self._context.forms.get(str(fields.get("form", "")))
        return {
            "inbox.name": form.titles.get(self._context.ruleset.defaults.language, form.id) if form else fields["name"],
            "inbox.by": pair.by,
            "inbox.maybe": ", ".join(self._client_name(client) or client for client in pair.maybe),
            "inbox.id": self._intake.inbox_number(str(pair.ref)),
            "inbox.about": str(pair.ref),
            "inbox.client": pair.maybe[0] if len(pair.maybe) == 1 else "",
        }

    def _decided(self, event: Event) -> None:
        """[send again], [it arrived] under a message about a doubtful delivery, [try again] under one about a dead one;

        [do it], [leave out] of a late step;

        [really gone] under that of a source that shows nothing any more; [this client's], [apart] of a card.
        """
        notice = self._intake.delivery(str(event.data.get("delivery", "")))
        if notice is None or not isinstance(notice.decision, SendMessage):
            return
        button = event.data.get("button")
        by = event.actor.name or event.actor.id
        missed = str(notice.decision.values.get("timer.key", ""))
        counts: bool | None = None
        if is_of_desk(str(button)):
            counts = Desk(self._intake, self._context, self, event).pressed(notice.decision)
        elif is_of_judging(str(button)):
            counts = Judging(self, self._intake, self._context, event).pressed(notice)
        elif button in ABOUT_VISITORS:
            counts = self._greeter.answered(notice.decision, str(button), by)
        elif button in BUTTONS:
            counts = self._flood_answered(notice.decision, str(button), by)
        elif missed and button in ("go", "skip"):
            counts = self._intake.answer_missed(missed, go=button == "go", by=by)
        elif button in (BIND, LEAVE_APART):
            counts = self._pair_answered(notice.decision, button == BIND, by)
        elif button == _GONE:
            counts = self._intake.accept_empty(str(notice.decision.values.get("alarm.source", "")))
        elif button in VAULT_BUTTONS:
            counts = self._access_settled(notice.decision, event)
        elif button in ("again", "retry", "arrived"):
            counts = self._doubt_settled(notice, event, by)
        if counts and button not in VAULT_BUTTONS:  # an access that works today may not tomorrow
            put_out(self._intake, self._context, pressed(notice, event), notice.client)
        elif counts is False:
            about = {"message.text": _shown(notice.decision), "question.by": ""}
            to = notice.decision.to
            self.staff("system.decided_already", event.id, to, notice.subject, about, wait=NOTE_FIRST)

    def _doubt_settled(self, notice: Row, event: Event, by: str) -> bool | None:
        """Whether the word on a doubtful or dead delivery counts: the first does. None where it is asked about anew.

        What was asked long ago is asked once more before it goes again, with its age: it may not fit any more.
        """
        asked = notice.decision
        if not isinstance(asked, SendMessage):
            return None
        row = self._intake.delivery(str(asked.values.get("delivery.id", "")))
        if row is None or row.state not in (State.UNKNOWN, State.DEAD):
            return False
        if event.data.get("button") == "arrived":
            born = arrived(row, self._intake.now)
            return self._intake.decide(row.id, State.CONFIRMED, reason=ARRIVED_SAYS.of(who=by), born=born) is not None
        if row.state is State.UNKNOWN and self._intake.now - notice.created_at >= _LONG_AGO:
            self.doubtful(row, event.id, asked.to)
            return None
        return self._intake.decide(row.id, State.WAITING, reason=SENT_AGAIN.of(who=by)) is not None

    # -- accesses -----------------------------------------------------------------------------------------------

    def access_received(self, access: Access) -> None:
        """An access came: whoever will work with it tries it, and says by a button whether it works."""
        vault, language = self._context.vault, self._language(to := self._who_tries(access.subject))
        names = {
            "vault.id": access.id,
            "vault.received": self._intake.now,
            "vault.title": vault.title(access.name, language) if vault is not None else access.name,
            "vault.client": self._intake.client_of(access.subject),
        }
        self.staff("system.access_received", f"{access.id}:{moment_text(self._intake.now)}", to, access.subject, names)

    def _who_tries(self, subject: str) -> str:
        """The specialist of the deal's card, else whoever is a specialist first."""
        own = self._fact("card.specialist", subject)
        return f"person:{own}" if own else self._role("specialist")

    def _access_settled(self, notice: SendMessage, event: Event) -> bool:
        """Whether a person's word on an access counts: that it works, once; that it does not, also later."""
        access = self._intake.accesses.access(str(notice.values.get("vault.id", "")))
        if access is None or access.received_at is None:
            return False
        if moment_text(access.received_at) != notice.values.get("vault.received"):
            return False  # it came anew since: there is a newer message about it
        return settled(self._intake, access, VAULT_BUTTONS[str(event.data.get("button"))], event.actor, event.id)

    def _pair_answered(self, notice: SendMessage, is_theirs: bool, by: str) -> bool:
        """Whether a person's word on whose a card is counts: the first one does, while it may be that client's."""
        about, client = (str(notice.values.get(f"inbox.{name}", "")) for name in ("about", "client"))
        if is_theirs and not client:
            return False  # of several clients a button cannot say which
        whose = Pairing(self._intake).answer_of_a_person(about, client if is_theirs else "", by)
        if whose:
            go_on(self._intake, whose)
        return bool(whose)

    # -- too much at once ---------------------------------------------------------------------------------------

    def flooded(self, row: Row, flood: Flood) -> None:
        """Holds what is too much at once, of which this is the first or one more; the first time a person is asked."""
        if not self._intake.floods.trip(flood):
            return
        rule = next((rule for rule in self._context.ruleset.rules if rule.id == row.cause.rule), None)
        names = {
            "flood.whose": flood.whose.value,
            "flood.about": flood.about,
            "flood.since": flood.since,
            "flood.name": (rule.name if rule else "") or OWN_WORK.get(row.cause.rule, row.cause.rule),
            "flood.count": int(flood.limit.partition(" ")[0]),
            "flood.minutes": int(flood.limit.rpartition(" ")[2].removesuffix("m")),
            "flood.text": self._change(row) or _shown(row.decision),
        }
        template = "system.flood_rule" if flood.whose is Whose.RULE else "system.flood_client"
        own = _FLOODS.get(flood.about, "")
        template = own if own in self._context.ruleset.texts else template
        key = f"{flood.whose.value}:{flood.about}:{moment_text(flood.since)}"
        self.staff(template, key, self._who_looks_after(), row.subject, names)

    def _change(self, row: Row) -> str:
        """What a write that keeps a fact in step changes, as people read it; "" for anything else."""
        spec = self._context.ruleset.fields.get(row.cause.step)
        if spec is None or row.cause.rule not in OWN_WORK or not isinstance(row.decision, WriteFields):
            return ""
        [(name, value)] = row.decision.values.items()
        old, new = (_plain_words(one) for one in (row.decision.base.get(name), value))
        return f"{spec.titles.get(self._context.ruleset.defaults.language, spec.key)}: {old} → {new}"

    def _flood_answered(self, notice: SendMessage, button: str, by: str) -> bool:
        """Whether a person's word on a flood is the first one."""
        whose, about = Whose(str(notice.values["flood.whose"])), str(notice.values["flood.about"])
        flood = self._intake.floods.open(whose, self._intake.real(about) if whose is Whose.CLIENT else about)
        if flood is None or moment_text(flood.since) != notice.values["flood.since"]:
            return False
        return self._intake.answer_flood(flood, BUTTONS[button], by) is not None

    # -- deliveries and waits -------------------------------------------------------------------------------------

    def troubled(self, trouble: Troubled) -> None:
        """A delivery that is dead, doubtful or done in part. Trouble with one to staff goes to the staff chat, once."""
        row = trouble.row
        names = self._delivery_names(row, trouble.reason)
        decision = row.decision
        tell = self._role(self._context.ruleset.defaults.tell)
        if isinstance(decision, SendMessage) and not decision.to_client:
            if decision.to != STAFF_CHAT and row.cause.rule != f"{_SYSTEM}.undelivered_staff":
                self.staff("system.undelivered_staff", row.id, STAFF_CHAT, row.subject, names)
            return
        if trouble.state is State.CANCELLED:
            if isinstance(decision, SendMessage):  # of the rest there is nothing that anybody waits for
                word = "outdated" if trouble.outdated else "untrue" if trouble.untrue else "called_off"
                self.staff(f"{_SYSTEM}.{word}", row.id, self.manager(row.subject), row.subject, names)
        elif trouble.state is State.UNKNOWN:
            self.staff(_doubt_of(row), f"{row.id}:{row.fence}", tell, row.subject, names)
        elif trouble.state is State.CONFIRMED:
            self.staff("system.written_in_part", row.id, self.manager(row.subject), row.subject, names)
        elif isinstance(decision, SendMessage) and trouble.reason == NO_CHAT:
            good_code(self._intake, self._intake.client_of(row.subject), self._context)  # the text tells the newest
            self.staff("system.no_channel", row.id, tell, row.subject, names)
        elif trouble.mailbox:
            about = {**names, "message.mail": trouble.mailbox}
            self.staff("system.no_mailbox", f"{row.id}:{row.fence}", self.manager(row.subject), row.subject, about)
        else:
            self.staff("system.dead_delivery", f"{row.id}:{row.fence}", tell, row.subject, names)

    def _came_back(self, event: Event) -> None:
        """A letter that its server had taken was given back: it is told as if it had been refused at once."""
        along = event.data.get("with")
        for name in (event.data.get("delivery"), *(along if isinstance(along, list) else ())):
            row = self._intake.delivery(str(name))
            if row is not None:
                self.troubled(Troubled(row, State.DEAD, row.reason, mailbox=str(event.data.get("box", ""))))

    def doubtful(self, row: Row, key: str, to: str) -> None:
        """Tells somebody who asks of a delivery that may have arrived, with the buttons that settle it."""
        names = self._delivery_names(row, row.reason)
        self.staff(_doubt_of(row), f"{row.id}:{row.fence}:{key}", to, row.subject, names)

    def missed(self, timer: Timer) -> None:
        """A step that came late, and whose rule wants a person's word before it is taken."""
        rule = next((rule for rule in self._context.ruleset.rules if rule.id == timer.rule), None)
        names = {
            "timer.key": timer.key,
            "timer.rule": rule.name if rule else timer.rule,
            "timer.whom": self._whom(rule, timer.step),
            "timer.due": timer.due,
        }
        key = f"{timer.key}:{moment_text(timer.due)}"
        self.staff("system.missed_step", key, self._role(self._context.ruleset.defaults.tell), timer.subject, names)

    def _whom(self, rule: Rule | None, step: str) -> str:
        """Whom a step would write or give work to, by their roles: so that people can tell its steps apart."""
        ruleset = self._context.ruleset
        actions = next((one.then for one in rule.steps if one.id == step), ()) if rule else ()
        roles = [action.each or action.to for action in actions if isinstance(action, Send)]
        roles += [action.task.for_ for action in actions if isinstance(action, Task)]
        titles = (ruleset.roles.get(role, {}).get(ruleset.defaults.language, role) for role in roles)
        return ", ".join(dict.fromkeys(titles)) or step

    def unheard(self, connector: str, since: datetime) -> None:
        """A service forgets what nobody fetched in time, and the bridge came too late for a part of it."""
        names = {"source.name": self._source(connector), "source.seen_up_to": since}
        tell = self._role(self._context.ruleset.defaults.tell)
        self.staff("system.unheard", f"{connector}:{moment_text(since)}", tell, "", names)

    def file_kept(self, row: Row, share_with: str) -> None:
        """What a client uploaded is not open to the bridge: a link hangs in its place. Once for each answer."""
        copied = row.decision
        if not isinstance(copied, CopyFile):
            return
        names = {"file.name": copied.name, "file.page": copied.page, "file.share_with": share_with}
        self.staff(
            "system.file_kept", copied.holder, self._role(self._context.ruleset.defaults.tell), row.subject, names
        )

    def blind(self, wait: Wait, seen_up_to: datetime | None) -> None:
        """Something has waited for too long for a source to be read. Nothing, when the source itself was told of."""
        rows = [row for row in self._intake.alarms.rows() if row.holds and row.known]
        told = {name for row in rows for name in (row.about, (row.details or {}).get("form"))}
        guard = any(rule.id == wait.rule and rule.guard for rule in self._context.ruleset.rules)
        if not guard and all(source in told or source.partition(".")[0] in told for source in wait.sources):
            return
        sources = dict.fromkeys(self._source(source) for source in wait.sources)
        names = {"source.name": ", ".join(sources), "source.seen_up_to": seen_up_to or wait.past}
        template = "system.gate_waits" if guard else "system.blind"
        # One telling for each guarded card; one for a blind source, however many wait for it.
        stands = moment_text(seen_up_to) if seen_up_to else "never"
        key = f"{wait.what}:{moment_text(wait.since)}" if guard else f"{','.join(wait.sources)}:{stands}"
        self.staff(template, key, self._role(self._context.ruleset.defaults.tell), wait.subject, names)

    # -- alarms -------------------------------------------------------------------------------------------------

    def alarm(self, alarm: Alarm, since: datetime) -> None:
        """Something is wrong with the bridge itself: what, since when, and what helps."""
        names = self._alarm_names(alarm.kind, alarm.about, alarm.details) | {"alarm.since": since}
        self._admin(f"system.alarm.{alarm.kind}", f"{alarm.about}:{moment_text(self._intake.now)}", names)

    def mended(self, row: AlarmRow) -> None:
        """What people were told about is well again."""
        names = self._alarm_names(row.kind, row.about, row.details)
        names |= {"alarm.since": row.since, "alarm.told_at": row.told_at or row.since}
        self._admin("system.alarm.mended", f"{row.kind}:{row.about}:{moment_text(self._intake.now)}", names)

    def _alarm_names(self, kind: str, about: str, details: Mapping[str, Plain]) -> dict[str, Any]:
        name = self._source(str(details.get("form") or about)) if "connector" in details else ""
        if "rule" in details:
            name = next((rule.name for rule in self._context.ruleset.rules if rule.id == about), about)
        elif "client" in details:
            name = self._client_name(about) or about
        words = ("error", "setting", "page", "command", "source", "minutes", "megabytes", "rhythm", "column", "nearest")
        given = {f"alarm.{word}": details.get(word, "") for word in words}
        given["alarm.command"] = str(given["alarm.command"]).replace("bridge", self._context.command, 1)
        if rhythm := str(details.get("rhythm", "")):
            given["alarm.rhythm"] = self._rhythm(rhythm, self._language(self._who_looks_after()))
        return {**given, "alarm.kind": kind, "alarm.name": name, "alarm.about": about}

    def _rhythm(self, length: str, language: str) -> str:
        """How often `5wd` is, in words behind "once in"."""
        return Sentences(self._context.ruleset, language, self._context.office.directory).rhythm(parse_length(length))

    def _admin(self, template: str, key: str, names: Mapping[str, Any]) -> None:
        self.staff(template, key, self._who_looks_after(), "", names)

    def _who_looks_after(self) -> str:
        """Whoever looks after the bridge: the admin where there is one, else those who hear of trouble anyway."""
        admin = self._context.office.directory.holder(ADMIN)
        return f"person:{admin.key}" if admin else self._role(self._context.ruleset.defaults.tell)

    def _delivery_names(self, row: Row, reason: Reason) -> dict[str, Any]:
        decision = row.decision
        to = ""
        if isinstance(decision, SendMessage):
            person = self._context.office.directory.name(decision.to.removeprefix("person:"))
            to = self._client_name(row.subject) if decision.to_client else person
        return {
            "delivery.id": row.id,
            "delivery.to": to or row.connector,
            "delivery.by": system_of(row.connector),
            "delivery.text": _shown(decision),
            "delivery.reason": reason,
            "delivery.sent_at": row.first_tried_at or self._intake.now,
            "delivery.days": (self._intake.now - (row.first_tried_at or self._intake.now)).days,
            "delivery.attempts": row.attempts,
        }

    # -- saying -------------------------------------------------------------------------------------------------

    def staff(
        self,
        template: str,
        key: str,
        to: str,
        subject: str,
        names: Mapping[str, Any],
        *,
        wait: timedelta = timedelta(0),
        choices: Choices = NO_CHOICES,
    ) -> None:
        self._say(template, key, to, self._language(to), subject, names, chat="", wait=wait, choices=choices)

    def _language(self, to: str) -> str:
        person = self._context.office.directory.people.get(to.removeprefix("person:"))
        return person.language if person else self._context.ruleset.defaults.language

    def visitor(self, template: str, event: Event, key: str = "") -> None:
        """An answer into the chat that wrote, whoever it is, in the language of their Telegram; once for each key."""
        chat = str(event.data.get("chat", ""))
        if chat:
            spoken = str(event.data.get("language", "")).partition("-")[0]
            spoken = spoken if spoken in LANGUAGES.values() else self._context.ruleset.defaults.language
            self._say(template, key or event.id, "client", spoken, "", {}, chat=chat)

    def access_link(self, subject: str) -> str:
        """Where a client hands accesses over; "" while none is asked for, or the agency takes none."""
        return place_of(snapshot_of(self._intake.client_state(self._intake.client_of(subject)), self._context))

    def answer(self, template: str, event: Event, names: Mapping[str, Any] | None = None) -> None:
        """An answer into a chat that is the client's, in the language of whoever reads it."""
        chat = str(event.data.get("chat", ""))
        if chat:
            spoken = self._spoken_in(event.subject, chat)
            self._say(template, event.id, "client", spoken, event.subject, names or {}, chat=chat)

    def _spoken_in(self, subject: str, chat: str) -> str:
        theirs = self._intake.correspondents(self._intake.client_of(subject))
        own = next((one.language for one in theirs if one.is_in(chat)), "")
        return own or self.language_of(subject) or self._context.ruleset.defaults.language

    def language_of(self, subject: str) -> str:
        """The client's own language; "" while nobody knows it."""
        return self._fact("client.language", subject)

    def _say(
        self,
        template: str,
        key: str,
        to: str,
        language: str,
        subject: str,
        names: Mapping[str, Any],
        *,
        chat: str,
        wait: timedelta = timedelta(0),
        choices: Choices = NO_CHOICES,
    ) -> None:
        ruleset = self._context.ruleset
        if template not in ruleset.texts:
            return
        given = {name: self._in_words(value, language) for name, value in names.items()}
        given["bridge.command"] = self._context.command
        made = say(ruleset, self._facts(subject), subject, template, language, extra=given)
        if not isinstance(made, Said):
            return
        decision = SendMessage(
            to=to,
            text=made.text,
            template=template,
            language=language,
            chat=chat,
            values={**{name: _plain(value) for name, value in given.items()}, **choices.values},
            buttons=(*buttons_of(ruleset, made.template, language), *choices.buttons),
        )
        not_before = self._intake.now + wait if wait else None
        wanted = Wanted(f"{template}:{key}:{to}{chat}", decision, subject, Cause(template, "", key), not_before)
        client = self._intake.client_of(subject) if subject else ""
        lane = f"chat:{chat}" if chat else lane_of(wanted, client)
        self._intake.want(wanted, client=client, connector=connector_of(wanted, self._context), lane=lane)

    def _in_words(self, value: Any, language: str) -> Any:
        """A sentence or a reason in the reader's language; anything else as it is."""
        if isinstance(value, Reason):
            names = {Kind.SOURCES: self._source, Kind.CLIENT: lambda client: self._client_name(client) or client}
            return told(value, language, names)
        return said(value, language) if isinstance(value, Worded) else value

    def _facts(self, subject: str) -> Facts:
        client = self._intake.client_of(subject) if subject else ""
        state = self._intake.client_state(client) if client else ClientState("", 0, ())
        snapshot: Snapshot = snapshot_of(state, self._context)
        return Facts(snapshot, self._context.ruleset, self._context.office.directory, self._intake.now)

    def _client_name(self, subject: str) -> str:
        return self._fact("client.name", subject)

    def _card_name(self, subject: str) -> str:
        cards = self._intake.stored(self._intake.things(subject, "card")).values()
        return next((str(card.fields.get("name") or "") for card in cards), "")

    def _address(self, subject: str, kind: str) -> str:
        """Where people see a thing of a deal that is still there; "" for none."""
        kept = self._intake.stored(self._intake.things(subject, kind)).values()
        return next((one.url for one in kept if not one.deleted), "")

    def _responsible(self, subject: str) -> tuple[str, ...]:
        """Those who answer for the client and for the deal, and whoever hears of trouble; each once."""
        people = [self._fact(field, subject) for field in ("client.manager", "deal.manager")]
        tell = self._role(self._context.ruleset.defaults.tell)
        return tuple(dict.fromkeys([*(f"person:{one}" for one in people if one), tell]))

    def manager(self, subject: str) -> str:
        manager = self._fact("client.manager", subject)
        return f"person:{manager}" if manager else self._role("manager")

    def _fact(self, field: str, subject: str) -> str:
        """The fact as a text; "" when it is empty, not known, or not declared in this agency."""
        if not subject or field not in self._context.ruleset.fields:
            return ""
        value = self._facts(subject).value(field, subject)
        return value if isinstance(value, str) else ""

    def _source(self, source: str) -> str:
        """What people call a source: the system, and which form of it."""
        part, account = source.partition(".")[2], account_in(source)
        form = self._context.forms.get(part)
        name = system_of(source).replace("_", " ").title()
        if account:
            return f"{name} ({account})"
        return f"{name} «{form.titles.get(self._context.ruleset.defaults.language, part)}»" if form else name

    def _role(self, role: str) -> str:
        ruleset = self._context.ruleset
        today = ruleset.calendars[ruleset.defaults.calendar].local(self._intake.now).date()
        holder = self._context.office.directory.holder(role, today)
        return f"person:{holder.key}" if holder else STAFF_CHAT


def _doubt_of(row: Row) -> str:
    """The question about a message of which nobody knows whether it arrived.

    One restored from a copy has a question of its own: the copy cannot know what was done after it was made.
    """
    restored = row.doubt and row.first_tried_at is None
    told, after_a_copy = DOUBTS
    return after_a_copy if restored else told


def _chat_day(event: Event) -> str:
    """A chat that is shut is told once a day, however often: by the service itself, and by what it refuses."""
    return f"{event.data.get('chat')}:{event.at:%Y-%m-%d}"


def _by(event: Event) -> str:
    """Who did it, as people know them; "" where the system tells no more than an id, or nothing."""
    return event.actor.name or (event.actor.id if event.actor.kind is ActorKind.PERSON else "")


def _shown(decision: Decision) -> str:
    """A decision in a few words, for those who have to look after it."""
    return unescape(_TAG.sub("", decision.part.text)) if isinstance(decision, SendMessage) else in_words(decision)


def _plain_words(value: Plain) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value) or "—"
    return "—" if value in (None, "") else str(value)


def _plain(value: Any) -> Plain:
    if isinstance(value, datetime):
        return moment_text(value)
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)
