"""Answers to what staff ask the bridge in Telegram: to whoever asked, in their language, once for each question.

Answers go to the staff group where they were asked there, else to the person alone: a client's chat reads none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from bridge.engine.answering import last_heard_of, why
from bridge.engine.context import Context
from bridge.engine.desk.commands import Command, named, word_of
from bridge.engine.desk.day import day_of
from bridge.engine.desk.finding import FEW, find, names
from bridge.engine.desk.helping import help_lines
from bridge.engine.desk.hours import asks_which, before_the_name, note_time
from bridge.engine.desk.judging import came_late
from bridge.engine.desk.looks import Look, put_off_line, stopped_line
from bridge.engine.desk.placing import (
    FOR,
    PICK,
    REST,
    bind_by_hand,
    cards_called,
    choices,
    places,
    unbind_card,
    who_bound,
)
from bridge.engine.desk.replying import Replier, is_own_chat
from bridge.engine.desk.snoozing import Said as Word
from bridge.engine.desk.snoozing import end, keep, snooze_of, tell
from bridge.engine.desk.talks import CHANNELS, TALKED, Talk, channel_of, note
from bridge.engine.snapshots import snapshot_of
from bridge.model.decisions import SendMessage
from bridge.model.events import Event
from bridge.model.findings import did_you_mean
from bridge.model.snoozes import Snooze
from bridge.model.values import Plain
from bridge.model.wording import worded
from bridge.store.intake import Intake
from bridge.store.keys import LINK
from bridge.store.stops import Scope
from bridge.words import said
from rules.facts import Facts
from rules.snoozing import SNOOZE
from rules.talking import TALKED_BY

if TYPE_CHECKING:
    from bridge.engine.telling import Teller

STOP_NOW, GO_NOW, NOT_NOW = "desk-stop", "desk-go", "desk-no"
UNSNOOZE = "desk-unsnooze"
_ALL_WORDS = frozenset({"all", "усе", "все", "всё", "всі"})
_NAME_AT_LEAST = 4
"""So many letters of a name a word alone must have: "ok" is a part of many."""
_RULE_WORDS = frozenset({"rule", "правило"})


class Desk:
    """Answers one event inside the intake transaction that brought it."""

    def __init__(self, intake: Intake, context: Context, teller: Teller, event: Event) -> None:
        self._intake = intake
        self._context = context
        self._teller = teller
        self._event = event
        self._replier = Replier(intake, context, event)
        self._person, self._language = self._replier.person, self._replier.language
        self._say, self._reply = self._replier.say, self._replier.reply

    # -- commands -----------------------------------------------------------------------------------------------

    def answer(self) -> None:
        """What the command asks for; one that is for others is refused."""
        command = named(str(self._event.data["desk"]))
        if not command.is_for(self._person):
            self._reply([self._refusal(command)])
        elif command.names_client:
            clients = [str(one) for one in _listed(self._event.data.get("clients"))]
            self._of_client(command, clients, str(self._event.data.get("rest", "")))
        else:
            {
                "help": lambda: self._reply(help_lines(self._person, self._context.ruleset, self._language)),
                "stop": lambda: self._ask_to_stop(stop=True),
                "go": lambda: self._ask_to_stop(stop=False),
                "day": lambda: self._reply(day_of(self._intake, self._context, self._person, self._language)),
                "unknown": self._unknown,
                "inbox": self._inbox,
                "bind": self._bind_numbered,
                "unbind": self._unbind,
            }[command.name]()

    def hear(self) -> None:
        """Words without a slash in somebody's own chat with the bot: whose name it is is looked up, else what to do."""
        text = str(self._event.data.get("text") or "").strip()
        if not text or not is_own_chat(self._context, self._event):
            return
        found = find(self._intake, self._context, text)
        if found.clients and not found.rest and len(text) >= _NAME_AT_LEAST:
            self._of_client(named("status"), found.clients, "")
        else:
            self._reply([self._say(worded("Clients do not read what you write here. What you can ask: /help"))])

    def _refusal(self, command: Command) -> str:
        titles = self._context.ruleset.roles
        known = [titles[role].get(self._language, role) for role in command.roles if role in titles]
        roles = ", ".join(known or command.roles)
        word = word_of(self._event) or command.word_in(self._language).removeprefix("/")
        return self._say(worded("/{word} is for: {roles}.", word=word, roles=roles))

    def _of_client(self, command: Command, clients: Sequence[str], rest: str) -> None:
        if len(clients) == 1:
            self._about(command.name, clients[0], rest)
        elif clients:
            self._ask_which(command.name, clients, rest)
        else:
            self._nobody(command)

    def _about(self, command: str, client: str, rest: str) -> None:
        """What a command says of one client."""
        about: Mapping[str, Callable[[str, str], None]] = {
            "client": lambda client, _rest: self._reply(self._look(client).card(), client=client),
            "status": lambda client, _rest: self._reply(self._look(client).status(), client=client),
            "why": self._why,
            "talked": self._talked,
            "time": self._time,
            "snooze": self._snooze,
            "unsnooze": self._unsnooze,
        }
        about[command](client, rest)

    def _nobody(self, command: Command) -> None:
        asked = str(self._event.data.get("text", "")).strip()
        asked = before_the_name(asked)[1] if command.name == "time" else asked
        self._reply([self._unknown_name(asked) if asked else self._usage(command)])

    def _usage(self, command: Command) -> str:
        return self._say(worded("Write: /{word} {about}", word=word_of(self._event), about=command.about))

    def _unknown_name(self, asked: str) -> str:
        near = did_you_mean(asked, names(self._intake, self._context).values())
        advice = near or worded("no client is known yet")
        return self._say(worded('nobody is called "{who}"; {advice}', who=asked, advice=advice))

    def _ask_which(self, command: str, clients: Sequence[str], rest: str) -> None:
        known = names(self._intake, self._context)
        few = clients[:FEW]
        buttons = [(f"{PICK}{place}", known.get(client, client)) for place, client in enumerate(few)]
        values: dict[str, Plain] = {f"{PICK}{place}": client for place, client in enumerate(few)}
        lines = [self._say(worded("Which one?"))]
        if len(clients) > FEW:
            more = worded("And {count} more: write more of the name.", count=len(clients) - FEW)
            lines.append(self._say(more))
        self._reply(lines, buttons=buttons, values={**values, FOR: command, REST: rest})

    # -- the answers --------------------------------------------------------------------------------------------

    def _look(self, client: str) -> Look:
        context, state = self._context, self._intake.client_state(client)
        directory = context.office.directory
        facts = Facts(snapshot_of(state, context), context.ruleset, directory, self._intake.now)
        contacts = self._intake.things(client, "contact")
        keys = sorted({value for one in contacts for what, value in self._intake.known_keys(one) if what != LINK})
        messages, stops = self._intake.messages_to(client), self._intake.stops.all()
        heard = self._intake.last_heard(client, (TALKED,))
        return Look(state, facts, context.ruleset, directory, self._language, messages, stops, keys, heard)

    def _why(self, client: str, rest: str) -> None:
        if not rest.strip() and (rules := last_heard_of(self._intake, self._context, client)):
            buttons = [(f"{PICK}{place}", rule.name) for place, rule in enumerate(rules)]
            values: dict[str, Plain] = {f"{PICK}{place}": client for place in range(len(rules))}
            which = {f"{PICK}{place}.rest": rule.id for place, rule in enumerate(rules)}
            question = self._say(worded("{name}: about which rule?", name=self._look(client).name()))
            self._reply([question], client=client, buttons=buttons, values={**values, **which, FOR: "why"})
            return
        deals = self._intake.children(client, "deal")
        subject = deals[0] if len(deals) == 1 else client
        command = f"/{word_of(self._event)}" if self._event.kind != "button" else "/why"
        lines = why(self._intake, self._context, client, subject, rest, self._language, command)
        self._reply([f"<b>{escape(self._look(client).name())}</b>", *map(escape, lines)], client=client)

    def _talked(self, client: str, rest: str) -> None:
        channel, line = channel_of(rest)
        name = self._look(client).name()
        if not channel:
            buttons = [(f"{PICK}{place}", said(title, self._language)) for place, title in enumerate(CHANNELS.values())]
            values: dict[str, Plain] = {f"{PICK}{place}": client for place in range(len(CHANNELS))}
            ways = {f"{PICK}{place}.rest": f"{key} {line}" for place, key in enumerate(CHANNELS)}
            question = self._say(worded("{name}: where did you talk?", name=name))
            self._reply([question], client=client, buttons=buttons, values={**values, **ways, FOR: "talked"})
            return
        talk = Talk(client, channel, line, self._event.actor.name or self._event.actor.id, self._event.id)
        if note(self._intake, self._context, talk, self._event):
            words = worded("Noted: {name}, {way}. It stands on the card.", name=name, way=CHANNELS[channel])
        else:
            words = worded("Noted: {name}, {way}. There is no card to show it on.", name=name, way=CHANNELS[channel])
        self._reply([self._say(words)], client=client)

    def _time(self, about: str, rest: str) -> None:
        """Notes time for a client, or for the one of the client's deals that a press has named."""
        client = self._intake.client_of(about)
        deals = asks_which(self._intake, self._context, about, rest)[:FEW]
        if not deals:
            self._reply([self._say(note_time(self._intake, self._context, self._event, about, rest))], client=client)
            return
        look = self._look(client)
        buttons = [(f"{PICK}{place}", look.deal_name(deal)) for place, deal in enumerate(deals)]
        values: dict[str, Plain] = {f"{PICK}{place}": deal for place, deal in enumerate(deals)}
        question = self._say(worded("{name}: on which deal?", name=look.name()))
        self._reply([question], client=client, buttons=buttons, values={**values, FOR: "time", REST: rest})

    def _talked_by_button(self, channel: str) -> bool:
        """[Talked: Viber] under a reminder to staff: the message itself shows who talked where. False: noted before."""
        client = self._intake.client_of(self._event.subject) if self._event.subject else ""
        if not client or channel not in CHANNELS:
            return False
        talk = Talk(client, channel, "", self._event.actor.name or self._event.actor.id, self._reminder())
        return note(self._intake, self._context, talk, self._event) is not None

    # -- putting off ----------------------------------------------------------------------------------------------

    def _snooze(self, client: str, rest: str) -> None:
        word = self._word(client, self._event.id)
        try:
            snooze = snooze_of(rest, self._context.ruleset, word, self._intake)
        except ValueError as error:
            self._reply([self._say(error.args[0])], client=client)
            return
        self._put_off(word, snooze)

    def _put_off(self, word: Word, snooze: Snooze) -> bool:
        """Whether it is put off by this word; not where the same was said before."""
        if not keep(self._intake, self._context, word, snooze):
            return False
        client = word.client
        name = self._look(client).name()
        person = f"person:{self._person.key}" if self._person is not None else self._replier.to
        tell(self._intake, self._context, word, snooze, person, self._language, name)
        line = self._say(put_off_line(snooze, self._context.ruleset.zone))
        undo = [(UNSNOOZE, said(worded("Undo"), self._language))]
        self._reply([f"<b>{escape(name)}</b>", line], client=client, buttons=undo, values={"desk.client": client})
        return True

    def _put_off_by_button(self, length: str) -> bool:
        """[1 working day] under a reminder to staff: about its client. False: somebody has put it off before."""
        client = self._intake.client_of(self._event.subject) if self._event.subject else ""
        if not client:
            return False
        word = self._word(client, self._reminder())
        return self._put_off(word, snooze_of(length, self._context.ruleset, word, self._intake))

    def _reminder(self) -> str:
        """The key of what is said once under a reminder, whoever presses."""
        return f"reminder:{self._event.data.get('delivery')}"

    def _unsnooze(self, client: str, _rest: str = "") -> None:
        name = self._look(client).name()
        snooze = end(self._intake, self._context, self._word(client, self._event.id))
        if snooze is None:
            self._reply([self._say(worded("{name}: no reminders were put off.", name=name))], client=client)
            return
        self._reply([self._say(worded("{name}: reminders go on", name=name))], client=client)

    def _word(self, client: str, key: str) -> Word:
        actor = self._event.actor
        return Word(client, actor, actor.name or actor.id, f"{key}:reminders")

    # -- what waits for a person --------------------------------------------------------------------------------

    def _unknown(self) -> None:
        rows = self._intake.doubtful()
        for row in rows[:FEW]:
            self._teller.doubtful(row, self._event.id, self._replier.to)
        if not rows:
            self._reply([self._say(worded("Of every message it is known what became of it."))])
        elif len(rows) > FEW:
            self._reply([self._say(worded("And {count} more, once these are settled.", count=len(rows) - FEW))])

    def _inbox(self) -> None:
        items = self._intake.desk()
        for item in items[:FEW]:
            self._teller.lies_there(item, self._event.id, self._replier.to)
        if not items:
            self._reply([self._say(worded("the inbox is empty"))])
        elif len(items) > FEW:
            self._reply([self._say(worded("And {count} more, once these are settled.", count=len(items) - FEW))])

    def _bind_numbered(self) -> None:
        """`/bind 3 Ромашка`: what lies in the inbox under that number is that client's."""
        number, _, who = str(self._event.data.get("text", "")).strip().lstrip("№#").partition(" ")
        item = next((one for one in self._intake.desk() if number == str(one.n)), None)
        found = find(self._intake, self._context, who)
        if not number.isdecimal() or not who.strip():
            self._reply([self._usage(named("bind"))])
        elif item is None:
            self._reply([self._say(worded("Nothing in the inbox has the number {number}; see /inbox.", number=number))])
        elif not found.clients or found.rest:
            self._reply([self._unknown_name(who.strip())])
        elif len(found.clients) > 1:
            self._ask_which("bind", found.clients, item.about)
        else:
            self._bind(found.clients[0], item.about)

    def _bind(self, picked: str, about: str) -> bool | None:
        """Whether it is bound by this word; None where that was told already."""
        item, name = self._intake.on_desk(about), self._look(self._intake.client_of(picked)).name()
        if not named("bind").is_for(self._person):
            self._reply([self._refusal(named("bind"))])
            return None
        if item is None or item.settled_at is not None:
            who = who_bound(self._intake, item) if item is not None else ""
            first = worded("It is settled already, by {who}.", who=who)
            self._reply([self._say(first if who else worded("It is settled already."))])
            return None
        where = places(self._intake, item, picked)
        if len(where) != 1:
            self._ask_which_deal(name, where, about)
            return None
        bind_by_hand(self._intake, item, where[0], self._event.actor, self._event.id)
        came_late(self._teller, self._intake, self._context, about)
        self._reply([self._say(worded("№ {number} belongs to {name} now.", number=item.n, name=name))])
        return True

    def _ask_which_deal(self, name: str, deals: Sequence[str], about: str) -> None:
        if not deals:
            self._reply([self._say(worded("{name} has no deal yet to which it could belong.", name=name))])
            return
        look = self._look(self._intake.client_of(deals[0]))
        asked = choices({deal: look.deal_name(deal) for deal in deals[:FEW]}, "bind", about)
        self._reply([self._say(worded("{name}: which deal?", name=name))], buttons=asked.buttons, values=asked.values)

    def _unbind(self) -> None:
        """`/unbind CARD`: takes a card out of the deal that it was joined to by mistake."""
        meant = str(self._event.data.get("text", "")).strip()
        spec = self._context.ruleset.fields.get("card.list")
        system = spec.source_name.partition(".")[0] if spec is not None else ""
        cards = cards_called(self._intake, system, meant) if meant else []
        if not meant:
            self._reply([self._usage(named("unbind"))])
        elif len(cards) != 1:
            several = worded('{count} cards are called "{card}": give the address of one', count=len(cards), card=meant)
            none = worded('no card has the address or the name "{card}"', card=meant)
            self._reply([self._say(several if cards else none)])
        else:
            by = self._event.actor.name or self._event.actor.id
            number = unbind_card(self._intake, [form.id for form in self._context.forms.values()], cards[0], by)
            words = "The card stands by itself now, with a deal of its own. To bind it: /bind {number} NAME"
            self._reply([self._say(worded(words, number=number))])

    # -- stopping -----------------------------------------------------------------------------------------------

    def _ask_to_stop(self, *, stop: bool) -> None:
        asked = str(self._event.data.get("text", "")).strip()
        if not asked:
            self._stopped_now()
            return
        first, _, rest = asked.partition(" ")
        if asked.casefold() in _ALL_WORDS:
            self._sure(stop, Scope.ALL, "", "")
        elif first.casefold() in _RULE_WORDS:
            self._sure_of_rule(stop, rest.strip())
        else:
            self._sure_of_client(stop, asked)

    def _sure_of_rule(self, stop: bool, named: str) -> None:
        rule = self._context.ruleset.called(named)
        if rule is None:
            advice = did_you_mean(named, [one.id for one in self._context.ruleset.rules])
            self._reply([self._say(worded('unknown rule "{rule}"; {advice}', rule=named, advice=advice))])
        else:
            self._sure(stop, Scope.RULE, rule.id, rule.name)

    def _sure_of_client(self, stop: bool, named: str) -> None:
        found = find(self._intake, self._context, named)
        if len(found.clients) == 1 and not found.rest:
            self._sure(stop, Scope.CLIENT, found.clients[0], self._look(found.clients[0]).name())
        elif found.clients and not found.rest:
            self._ask_which(_stopping(stop).name, found.clients, "")
        else:
            self._nobody(_stopping(stop))

    def _sure(self, stop: bool, scope: Scope, about: str, name: str) -> None:
        """Asks whether it is meant: a stop holds back what clients wait for."""
        if not stop and (scope, about) not in {(one.scope, one.about) for one in self._intake.stops.all()}:
            self._reply([self._say(worded("That is not held back."))])
            return
        hold = {
            Scope.ALL: worded("Hold everything back? Nothing goes out, all of it waits."),
            Scope.CLIENT: worded("Hold {name} back? What has not begun is called off.", name=name),
            Scope.RULE: worded("Hold the rule “{name}” back? What has not begun is called off.", name=name),
        }
        let = {
            Scope.ALL: worded("Let everything go on? What waits goes out now."),
            Scope.CLIENT: worded("Let {name} go on?", name=name),
            Scope.RULE: worded("Let the rule “{name}” go on?", name=name),
        }
        yes = (STOP_NOW, worded("Yes, hold it back")) if stop else (GO_NOW, worded("Yes, go on"))
        buttons = [(yes[0], said(yes[1], self._language)), (NOT_NOW, said(worded("No"), self._language))]
        values: dict[str, Plain] = {"desk.scope": scope.value, "desk.about": about, "desk.name": name}
        client = about if scope is Scope.CLIENT else ""
        self._reply([self._say((hold if stop else let)[scope])], client=client, buttons=buttons, values=values)

    def _stopped_now(self) -> None:
        stops = self._intake.stops.all()
        zone, rules = self._context.ruleset.zone, {rule.id: rule.name for rule in self._context.ruleset.rules}
        lines = [
            stopped_line(
                one,
                self._look(one.about).name() if one.scope is Scope.CLIENT else rules.get(one.about, one.about),
                zone,
                self._language,
            )
            for one in stops
        ]
        self._reply(lines or [self._say(worded("Nothing is held back."))])

    # -- buttons ------------------------------------------------------------------------------------------------

    def pressed(self, notice: SendMessage) -> bool | None:
        """A button of the desk's own. False: somebody settled it before; None: what came of it was told."""
        button, values = str(self._event.data.get("button")), notice.values
        self._replier.asked_in = notice.to
        if button.startswith(PICK):
            command, client = str(values[FOR]), self._intake.real(str(values[button]))
            rest = str(values.get(f"{button}.rest", values.get(REST, "")))
            if command == "bind":
                return self._bind(client, rest)
            if command in ("stop", "go"):
                self._sure_if_allowed(command, client)
            else:
                self._about(command, client, rest)
            return True
        if button == UNSNOOZE:
            self._unsnooze(self._intake.real(str(values["desk.client"])))
            return True
        if button.startswith(SNOOZE):
            return self._put_off_by_button(button.removeprefix(SNOOZE))
        if button.startswith(TALKED_BY):
            return self._talked_by_button(button.removeprefix(TALKED_BY))
        if button == NOT_NOW:
            self._reply([self._say(worded("All right, nothing changes."))])
            return True
        return self._held_or_let_go(button == STOP_NOW, values)

    def _sure_if_allowed(self, command: str, client: str) -> None:
        meant = named(command)
        if meant.is_for(self._person):
            self._sure(command == "stop", Scope.CLIENT, client, self._look(client).name())
        else:
            self._reply([self._refusal(meant)])

    def _held_or_let_go(self, stop: bool, values: Mapping[str, Plain]) -> bool:
        command = _stopping(stop)
        if not command.is_for(self._person):
            self._reply([self._refusal(command)])
            return True
        scope, name = Scope(str(values["desk.scope"])), str(values["desk.name"])
        about = self._intake.real(str(values["desk.about"])) if scope is Scope.CLIENT else str(values["desk.about"])
        by = self._event.actor.name or self._event.actor.id
        stops = self._intake.stops
        if not (stops.stop(scope, about, now=self._intake.now, by=by) if stop else stops.go(scope, about)):
            return False
        lines = [stopped_line(one, name, self._context.ruleset.zone, self._language) for one in stops.all()[-1:]]
        if not stop:
            lines = [self._say(worded("It goes on: {what}", what=name or worded("everything")))]
        self._reply(lines, client=about if scope is Scope.CLIENT else "")
        return True


def _stopping(stop: bool) -> Command:
    return named("stop" if stop else "go")


def _listed(plain: Plain | None) -> Sequence[Plain]:
    return plain if isinstance(plain, (list, tuple)) else ()


def is_of_desk(button: str) -> bool:
    """Whether a button is the desk's own."""
    return button.startswith((PICK, SNOOZE, TALKED_BY)) or button in (STOP_NOW, GO_NOW, NOT_NOW, UNSNOOZE)
