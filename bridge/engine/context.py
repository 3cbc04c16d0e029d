"""What the engine knows of the agency beside the rules: staff, forms, links, and how new things are greeted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from bridge.engine.accounts import Accounts
from bridge.engine.alarms import Watch
from bridge.model.answers import fact_of
from bridge.model.canonical import Customs
from bridge.model.decisions import Capability
from bridge.model.files import Mirror, UploadName
from bridge.model.vault import Vault
from bridge.store.retention import Keep
from rules.plan import Office
from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class FormLink:
    """A form that clients answer: its title by language, and the personal link for a respondent's code.

    `answers` says which fact a question fills, `judged_by` is the role that accepts answers one by one, "" for none.
    `uploads` says, by question, what the files are called that clients upload to it. `prefill` are the questions that a
    link can fill in, each with the fact that it is about ("" for none); `fill` puts answers, by question, into a link.
    """

    id: str
    titles: Mapping[str, str]
    link: Callable[[str], str]
    uploads: Mapping[str, UploadName] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    judged_by: str = ""
    prefill: Mapping[str, str] = field(default_factory=dict)
    fill: Callable[[str, Mapping[str, str]], str] = lambda link, _answers: link


Links: TypeAlias = Mapping[str, tuple[str, Callable[[str], str]]]


@dataclass(frozen=True, slots=True)
class Context:
    """One workspace as the engine sees it.

    `in_charge` says which connector carries out what. `chat_link` makes the one-time /start link for a code, "" while
    the bot's name is not known; `make_ready` asks for it, before clients are planned; `links_last` is how long one is
    good. `quiet_before`: things older than
    this at a first reading are history and wake no rule. `region` is the country of phones that name none. `accounts`
    says who holds what where a system has several. `mirrors` are the files that are copied from one to another.
    `command` is what a command line begins with here, as people can copy it. `staff_chat` is the id of the group that
    staff write in, "" where there is none.
    `vault` says how accesses are taken, None where they are not.
    """

    ruleset: RuleSet
    office: Office
    in_charge: Mapping[Capability, str]
    forms: Mapping[str, FormLink] = field(default_factory=dict)
    chat_link: Callable[[str], str] = lambda _token: ""
    make_ready: Callable[[], None] = lambda: None
    links_last: timedelta = timedelta(days=30)
    quiet_before: timedelta = timedelta(days=1)
    lease: timedelta = timedelta(minutes=2)
    give_up_after: int = 12
    outage: timedelta = timedelta(days=2)
    """So long a delivery is tried, however often, while nothing at all goes well with its system."""
    keep: Keep = field(default_factory=Keep)
    watch: Watch = field(default_factory=Watch)
    region: str = "UA"
    accounts: Accounts = field(default_factory=Accounts)
    mirrors: tuple[Mirror, ...] = ()
    command: str = "bridge"
    vault: Vault | None = None
    staff_chat: str = ""
    notes_time: bool = False
    """Whether the task system takes time that staff note."""

    @property
    def customs(self) -> Customs:
        """How values are written where the agency is."""
        return Customs(self.ruleset.zone, self.region)

    @property
    def links(self) -> Links:
        """The facts that are a link for one subject's code, by field: the code's purpose, and how the link is made."""
        made: dict[str, tuple[str, Callable[[str], str]]] = {"client.chat_link": ("start", self.chat_link)}
        made.update({fact_of(form.id, "link"): (form.id, form.link) for form in self.forms.values()})
        return {field: link for field, link in made.items() if field in self.ruleset.fields}
