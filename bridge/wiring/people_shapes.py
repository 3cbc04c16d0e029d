"""The shape of people.yaml: the staff, their roles, how each system knows them, and when they are away."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from bridge.model.wording import worded
from bridge.wiring.shape_values import Id, Language, Some
from rules.calendar_entries import parse_dates
from rules.flaws import Flaw, Flawed, Params, written


class AccountIds(Params):
    """How the systems of one account know a person, where it is not as everywhere: a Planfix account has numbers of
    its own."""

    trello: Id | None = None
    planfix: Annotated[str, Field(pattern=r"^user:\d+$")] | None = None


class PersonIds(AccountIds):
    """How each system knows a person: Trello user name or member id, Planfix "user:5", Telegram numeric id.

    `accounts` are ids in further accounts, by their names in bridge.yaml.
    """

    telegram: Annotated[Id, Field(pattern=r"^\d+$")] | None = None
    accounts: dict[str, AccountIds] = Field(default_factory=dict)

    def given(self) -> dict[str, str]:
        """The ids by connector: those of a further account under `planfix:second`."""
        systems = ("trello", "planfix", "telegram")
        found = {system: id for system in systems if (id := getattr(self, system)) is not None}
        for account, own in self.accounts.items():
            ids = {"trello": own.trello, "planfix": own.planfix}
            found.update({f"{system}:{account}": id for system, id in ids.items() if id is not None})
        return found


def _date(value: object) -> date:
    try:
        days = parse_dates(str(value))
    except ValueError as error:
        raise Flawed([Flaw("bad-day", str(error))]) from error
    if len(days) != 1:
        raise Flawed(
            [
                Flaw(
                    "bad-day",
                    worded("{given} is more than one day", given=written(value)),
                    "write its first day and its last",
                )
            ]
        )
    return days[0]


Day: TypeAlias = Annotated[date, BeforeValidator(_date)]


class AbsenceEntry(Params):
    """Leave: its first and its last day, and who stands in."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day
    substitute: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise Flawed(
                [Flaw("bad-day", worded("the leave ends on {to}, before it begins", to=self.to), path=("to",))]
            )
        return self


class PersonEntry(Params):
    """One member of staff. `calendar` is the one their own time counts in, where it is not the office's.

    `works` are the kinds of work they know, as deals name them; without any they know all.
    """

    name: str
    roles: Some
    language: Language | None = None
    ids: PersonIds = PersonIds()
    calendar: str | None = None
    absences: Annotated[tuple[AbsenceEntry, ...], Field(strict=False)] = ()
    works: Annotated[tuple[str, ...], Field(strict=False)] = ()


class PeopleFile(Params):
    """people.yaml: the staff, in the order in which holders of a role are asked."""

    version: Literal[1] = 1
    people: dict[str, PersonEntry]
