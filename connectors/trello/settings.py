"""What the bridge is told of its boards: which, what their fields and lists mean, and who is who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SYSTEM = "trello"


@dataclass(frozen=True, slots=True)
class TrelloMapping:
    """What is what in this Trello.

    `boards` are names or ids. `fields` gives a custom field's name or id by mapping name. `people` gives the key in
    people.yaml by member id or user name. `account` stays the same wherever a card goes. A board with more cards than
    `large_board` is read by its actions, with all its cards every `rolling_seconds`. `task_link` is the address of a
    task of the connected Planfix, such as `https://acme.planfix.com/task/{id}`: it is written into cards the bridge
    makes and recognised in descriptions and attachments; without one, the address of any Planfix task is recognised.
    `further_tasks` are such addresses of further Planfix accounts, by their names.
    `zone` is where a day without a time is meant. `keep_facts` says where `fields` stand: in custom fields
    (`fields`), or as lines of these titles in a `block` of the description or in a `checklist`. `lists` are what
    facts and rules call lists: the list that bore such a name keeps it, whatever people call it later. So are `labels`
    and `options` of custom fields.
    """

    boards: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=lambda: {"site": "Сайт"})
    people: Mapping[str, str] = field(default_factory=dict)
    own_member: str | None = None
    large_board: int = 1000
    rolling_seconds: int = 300
    account: str = "main"
    region: str = "UA"
    zone: str = "UTC"
    keep_facts: str = "fields"
    task_link: str = ""
    planfix_account: str = "main"
    further_tasks: Mapping[str, str] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    largest_file: int = 250
    """In MB, as the workspace's plan has it; a larger one is not sent."""
    files: bool = False
    """Whether records tell what hangs on cards."""

    def calls(self, kind: str, name: str) -> bool:
        """Whether facts or rules call a list, a label or an option so."""
        if kind == "list":
            return any(name in (wanted, wanted.rpartition(" / ")[2]) for wanted in self.lists)
        return name in {"label": self.labels, "option": self.options}[kind]

    def person(self, member: str, username: str = "") -> str | None:
        """The key of a member in people.yaml."""
        return self.people.get(member) or self.people.get(username)
