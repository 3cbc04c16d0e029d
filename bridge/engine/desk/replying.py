"""How staff are answered: to the staff group where they asked there, else to the person alone; once for a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from bridge.engine.context import Context
from bridge.engine.routing import put_out
from bridge.model.decisions import STAFF_CHAT, SendMessage
from bridge.model.events import Cause, Event
from bridge.model.people import Person
from bridge.model.planning import Wanted
from bridge.model.values import Plain
from bridge.store.intake import Intake
from bridge.words import said


def answered_in(context: Context, event: Event) -> str:
    """Where staff read the answer: in their group if that is where they asked, else each of them alone."""
    in_group = str(event.data.get("chat", "")) == context.staff_chat != ""
    known = event.actor.id in context.office.directory.people
    return STAFF_CHAT if in_group or not known else f"person:{event.actor.id}"


def is_own_chat(context: Context, event: Event) -> bool:
    """Whether somebody of the staff writes where nobody but the bot reads it; not where they stand in for a client."""
    person = context.office.directory.people.get(event.actor.id)
    return person is not None and not event.subject and str(event.data.get("chat", "")) in person.ids.values()


@dataclass(slots=True)
class Replier:
    """Answers one event of somebody of the staff. `asked_in` is where the question stood that a button answers."""

    intake: Intake
    context: Context
    event: Event
    asked_in: str = ""
    person: Person | None = field(init=False)
    language: str = field(init=False)

    def __post_init__(self) -> None:
        self.person = self.context.office.directory.people.get(self.event.actor.id)
        self.language = self.person.language if self.person else self.context.ruleset.defaults.language

    @property
    def to(self) -> str:
        """Where the answer goes."""
        return STAFF_CHAT if self.asked_in == STAFF_CHAT else answered_in(self.context, self.event)

    def say(self, sentence: str) -> str:
        """A sentence in the language of who asked, ready for a message."""
        return escape(said(sentence, self.language))

    def reply(
        self,
        lines: Iterable[str],
        *,
        client: str = "",
        buttons: Sequence[tuple[str, str]] = (),
        values: Mapping[str, Plain] | None = None,
    ) -> None:
        """Puts the answer into the outbox."""
        decision = SendMessage(
            to=self.to,
            text="\n".join(lines),
            language=self.language,
            values=values or {},
            buttons=tuple(buttons),
        )
        wanted = Wanted(f"desk:{self.event.id}", decision, client, Cause("", "", self.event.id))
        put_out(self.intake, self.context, wanted, client)
