"""The shapes of bridge.yaml, fields.yaml and messages/buttons.yaml; form_shapes and people_shapes have the others.

Keys and meanings are told to admins in docs/reference/configuration.md. Rule files have their own reader, rules.load.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bridge.model.files import LARGEST, Mirror
from bridge.model.vault import parse_public_key
from bridge.model.wording import worded
from bridge.store.retention import Keep
from bridge.wiring.shape_values import Count, Id, Ids, Language, Names, Positive, Some, Titles, Words, Zone
from rules.flaws import Flaw, Flawed, Params, written
from rules.lengths import Length
from rules.names import length_of


def _account(name: str) -> str:
    if re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", name) is None or len(name) > _LONGEST_ACCOUNT or name in _TAKEN:
        what = worded('"{name}" cannot be the name of an account', name=name)
        how = "use up to 12 small Latin letters and digits, such as second or kyiv_2; main is the first account"
        raise Flawed([Flaw("bad-name", what, how)])
    return name


_LONGEST_ACCOUNT = 12
_TAKEN = frozenset({"main", "past"})
"""What the first account is called in ids, and where the past of one is kept."""
AccountName: TypeAlias = Annotated[str, AfterValidator(_account)]


class TrelloAccountConfig(Params):
    """A further Trello account: its boards, and what differs there from the first one. `fields` adds to its fields."""

    boards: Some
    fields: Names = Field(default_factory=dict)
    own_member: str | None = None
    keep_facts: Literal["fields", "block", "checklist"] | None = None
    large_board: Count | None = None
    rolling_seconds: Count | None = None
    largest_file: Count | None = None


class TrelloConfig(Params):
    """Which boards are read, and how their custom fields are called in rules (`trello.card.<name>`).

    `own_member` is the member whose token it is, where that cannot be asked. `keep_facts` is where `fields` stand: in
    custom fields, in a block of the description or in a checklist. A board of more than `large_board` cards is read by
    pages, one round in `rolling_seconds`. A file of more than `largest_file` MB is linked instead of sent.
    """

    boards: Some
    fields: Names = Field(default_factory=dict)
    own_member: str | None = None
    keep_facts: Literal["fields", "block", "checklist"] = "fields"
    large_board: Count = 1000
    rolling_seconds: Count = 300
    largest_file: Count = 250
    accounts: dict[AccountName, TrelloAccountConfig] = Field(default_factory=dict)

    def of(self, account: str) -> TrelloConfig:
        """What holds for one account; "" is the first."""
        if not account:
            return self
        own = self.accounts[account]
        return self.model_copy(update=_own(own) | {"fields": {**self.fields, **own.fields}, "accounts": {}})


class DataTagConfig(Params):
    """What a task shows of the entries of a data tag: the sum of a field, its last value, or how many there are.

    Only entries count whose fields hold what `only` says.
    """

    tag: Id
    field: Id | None = None
    take: Literal["sum", "last", "count"] = "sum"
    only: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _of_a_field(self) -> Self:
        if self.field is None and self.take != "count":
            what = worded("it is not said of which field the {take} is", take=self.take)
            raise Flawed([Flaw("missing-key", what, worded("write field: and its name, or take: count"))])
        return self


class TimeConfig(Params):
    """Where time that staff note in Telegram goes: a data tag and its fields, as they are called in Planfix.

    `kinds` says what talk and work are called there. `kind`, `day` and `person` may be left out.
    """

    tag: Id
    spent: Id
    kind: Id | None = None
    kinds: dict[Literal["talk", "work"], str] = Field(default_factory=dict)
    day: Id | None = None
    person: Id | None = None


class PlanfixAccountConfig(Params):
    """A further Planfix account: what differs there from the first one. `fields`, `data_tags` and `buttons` add to
    those of it."""

    deal_templates: Ids | None = None
    fields: Names = Field(default_factory=dict)
    data_tags: dict[str, DataTagConfig] = Field(default_factory=dict)
    buttons: Names = Field(default_factory=dict)
    card_field: Id | None = None
    zone: Zone | None = None
    task_template: Id | None = None
    overlap_minutes: Count | None = None
    companies: bool | None = None
    comments: bool | None = None
    silent: bool | None = None


class PlanfixConfig(Params):
    """Which tasks are deals, and which custom field stands behind each mapping name.

    `zone` is the time zone of the employee whose token it is: list filters count in it. `buttons` are checkboxes that
    work as buttons, `data_tags` values of tasks that are counted from entries. `task_template` is used for tasks the
    bridge makes. `overlap_minutes` is read again each time. `companies` reads companies as clients too, `comments` what
    people say of deals, `time` is where staff note theirs; `silent` keeps the bridge's changes out of people's
    notifications.
    """

    deal_templates: Ids
    fields: Names = Field(default_factory=dict)
    data_tags: dict[str, DataTagConfig] = Field(default_factory=dict)
    time: TimeConfig | None = None
    buttons: Names = Field(default_factory=dict)
    card_field: Id | None = None
    zone: Zone | None = None
    task_template: Id | None = None
    overlap_minutes: Count = 3
    companies: bool = False
    comments: bool = False
    silent: bool = False
    accounts: dict[AccountName, PlanfixAccountConfig] = Field(default_factory=dict)

    def of(self, account: str) -> PlanfixConfig:
        """What holds for one account; "" is the first."""
        if not account:
            return self
        own = self.accounts[account]
        added = {
            "fields": {**self.fields, **own.fields},
            "data_tags": {**self.data_tags, **own.data_tags},
            "buttons": {**self.buttons, **own.buttons},
            "accounts": {},
        }
        return self.model_copy(update=_own(own) | added)


def _own(account: Params) -> dict[str, Any]:
    """What an account says for itself."""
    return {name: value for name in account.model_fields_set if (value := getattr(account, name)) is not None}


class TelegramConfig(Params):
    """The staff group, by the id of its chat; `long_poll` is how many seconds one request waits for news.

    A link by which somebody at a client comes to the bot is good for `link_days` days.
    """

    staff_chat: Id
    link_days: Annotated[int, Field(ge=1, le=3650)] = 30
    long_poll: Annotated[int, Field(ge=0, le=50)] = 0


class EmailConfig(Params):
    """Letters to clients whom no chat reaches: whom they are from, their subject, and where a reply goes.

    `{agency}` in a subject becomes the name. Replies go to the sender where `reply_to` says nothing. What clients write
    in letters is kept where `keep_words` says so, otherwise only that they wrote.
    """

    name: str
    subject: Titles | None = None
    reply_to: str | None = None
    keep_words: bool = False


class SmsConfig(Params):
    """The gateway of an operator: what is posted, as it describes it, and how its answer tells that all is well."""

    url: str
    json_: Annotated[dict[str, Any], Field(alias="json", default_factory=dict)]
    form: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    sender: str = ""
    taken: dict[str, str] = Field(default_factory=dict)
    id: str = ""
    segments: Annotated[int, Field(ge=1, le=10)] = 3

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if bool(self.json_) is bool(self.form):
            what = worded("it is not said, or said twice, what is posted")
            raise Flawed([Flaw("bad-value", what, "write what is posted under json or under form")])
        return self


class WebhookEntry(Params):
    """An address that rules call by its name. What signs the calls is BRIDGE_WEBHOOKS__<NAME>."""

    url: str


class Polls(Params):
    """Seconds between two readings of each system."""

    trello: Positive = 20
    planfix: Positive = 60
    google_forms: Positive = 30
    telegram: Positive = 2
    email: Positive = 60


class Limit(Params):
    """So many calls in so many seconds, as the vendor allows: the bridge itself keeps 15 % under it."""

    calls: Count
    seconds: Positive


class DocumentsConfig(Params):
    """The folder of document templates inside the config folder."""

    folder: str = "templates"


def _rhythm(value: object) -> Length:
    length = length_of(value)
    if length.count <= 0 or length.at is not None:
        raise Flawed(
            [Flaw("bad-length", worded("{length} does not fit here", length=length), "write 30m, 1d, 2wd or 8wh")]
        )
    return length


def _elapsed(value: object) -> timedelta:
    length = _rhythm(value)
    if length.working:
        raise Flawed(
            [Flaw("bad-length", worded("{length} does not fit here", length=length), "write elapsed time: 30m, 2h, 1d")]
        )
    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    return length.count * unit[length.unit]


def _size(value: object) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,5}) ?(MB|GB)", value) if isinstance(value, str) else None
    if found is None:
        raise Flawed([Flaw("bad-value", worded("{given} is no size", given=written(value)), "write 500MB or 2GB")])
    return int(found[1]) * {"MB": 1_000_000, "GB": 1_000_000_000}[found[2]]


def _size_of_file(value: object) -> int:
    size = _size(value)
    if size > LARGEST:
        advice = "write a size up to 250MB, the most that Trello takes"
        raise Flawed([Flaw("bad-value", worded("{given} is more than a file may have", given=value), advice)])
    return size


HoldsFiles: TypeAlias = Literal["trello.card", "planfix.task", "planfix.contact"]


class FileRow(Params):
    """Files that stand on one kind of things are hung on another, each once. See docs/how-to/mirror-files.md.

    `only` are patterns of names; without them every file goes. `commercial` are patterns of names that no card gets:
    where files go to cards they have to be said. One of more than `largest` is linked.
    """

    from_: Annotated[HoldsFiles, Field(alias="from")]
    to: HoldsFiles
    only: Some | None = None
    commercial: Words | None = None
    largest: Annotated[int, BeforeValidator(_size_of_file)] = LARGEST

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.from_.partition(".")[0] == self.to.partition(".")[0]:
            what = worded("files of {place} cannot go to {to}: both are in one system", place=self.from_, to=self.to)
            raise Flawed([Flaw("bad-value", what, "name a place of the other system", ("to",))])
        if self.to == "trello.card" and self.commercial is None:
            what = worded("nothing says which files must not go to a card")
            how = "write their names, such as commercial: ['*invoice*'], or commercial: [] if there are none"
            raise Flawed([Flaw("missing-key", what, how)])
        return self

    def mirror(self) -> Mirror:
        """The same for the engine."""
        return Mirror(self.from_, self.to, self.only or (), self.commercial or (), self.largest)


Rhythm: TypeAlias = Annotated[Length, BeforeValidator(_rhythm)]


class Rhythms(Params):
    """A length of time for each system; one that is left out keeps the usual one."""

    trello: Rhythm | None = None
    planfix: Rhythm | None = None
    google_forms: Rhythm | None = None
    telegram: Rhythm | None = None

    def given(self) -> dict[str, Length]:
        """Those that are written there."""
        return {name: length for name in type(self).model_fields if (length := getattr(self, name)) is not None}


class WatchConfig(Params):
    """When the bridge says that something is wrong with itself.

    `sources`: how long a system may stay unread. `news`: how long it may bring nothing new. `disk`: the room there must
    be for the database. `queue`: how long a delivery may be overdue.
    """

    sources: Rhythms = Rhythms()
    news: Rhythms = Rhythms()
    disk: Annotated[int, BeforeValidator(_size)] = 500_000_000
    queue: Annotated[timedelta, BeforeValidator(_elapsed)] = timedelta(minutes=30)


def _kept(value: object) -> timedelta | None:
    if value == "forever":
        return None
    kept = _elapsed(value)
    if kept < timedelta(days=30):
        what = worded("{given} is too short: services tell the same things again for weeks", given=written(value))
        raise Flawed([Flaw("bad-value", what, "write 30d or more, or forever")])
    return kept


Kept: TypeAlias = Annotated[timedelta | None, BeforeValidator(_kept)]
_USUAL = Keep()


class KeepConfig(Params):
    """How long each kind of thing is kept after it ended: 30d or more, or forever. See bridge.store.retention."""

    traces: Kept = _USUAL.traces
    timers: Kept = _USUAL.timers
    inbox: Kept = _USUAL.inbox
    messages: Kept = _USUAL.messages
    deliveries: Kept = _USUAL.deliveries
    events: Kept = _USUAL.events
    lineage: Kept = _USUAL.lineage
    documents: Kept = _USUAL.documents
    journal: Kept = _USUAL.journal

    def keep(self) -> Keep:
        """The same for the store."""
        return Keep(**{name: getattr(self, name) for name in type(self).model_fields})


def _public_key(text: str) -> str:
    try:
        parse_public_key(text)
    except ValueError:
        what = worded("this is no public key of a vault")
        raise Flawed([Flaw("bad-key", what, "paste the line that `bridge vault init` printed")]) from None
    return text


def _access_name(name: str) -> str:
    if re.fullmatch("[a-z][a-z0-9_]{0,38}", name) is None:
        what = worded('"{name}" cannot be the name of an access', name=name)
        raise Flawed([Flaw("bad-name", what, "use small Latin letters, digits and _, such as google_ads")])
    return name


AccessName: TypeAlias = Annotated[str, AfterValidator(_access_name)]


_WEBHOOK = re.compile("[a-z][a-z0-9_]{0,30}")


def _webhook_key(value: str) -> str:
    """A name that fits into the name of a setting, too."""
    if not _WEBHOOK.fullmatch(value):
        what = worded('"{name}" cannot be the name of a webhook', name=value)
        raise Flawed([Flaw("bad-name", what, "use small Latin letters, digits and _, such as accounting")])
    return value


WebhookKey: TypeAlias = Annotated[str, AfterValidator(_webhook_key)]


class AccessEntry(Params):
    """An access that clients are asked for; `of` which deals: facts of the deal, with the values that need it."""

    title: Titles
    of: dict[str, Some] = Field(default_factory=dict)


class VaultConfig(Params):
    """Accesses that clients hand over on a one-time page. `public_key` is what `bridge vault init` printed.

    `agency` is the name over the page. `link` is how long a link opens, `keep` how long what came is kept.
    """

    public_key: Annotated[str, AfterValidator(_public_key)]
    accesses: Annotated[dict[AccessName, AccessEntry], Field(min_length=1)]
    agency: str = ""
    link: Annotated[timedelta, BeforeValidator(_elapsed)] = timedelta(days=7)
    keep: Annotated[timedelta, BeforeValidator(_elapsed)] = timedelta(days=180)


class DeliveriesConfig(Params):
    """After so many failed attempts a delivery is given up and kept; how many seconds one worker may hold it.

    `outage` is how long it is tried all the same while nothing at all goes well with its system.
    """

    attempts: Count = 12
    outage: Annotated[timedelta, BeforeValidator(_elapsed)] = timedelta(days=2)
    lease: Positive = 120


class BridgeFile(Params):
    """bridge.yaml: what this agency uses.

    `paces` are limits by lane ("trello.token") where this account's differ from what the connectors know.
    """

    version: Literal[1] = 1
    workspace: str
    language: Language = "uk"
    zone: Zone = "Europe/Kyiv"
    phone_region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "UA"
    trello: TrelloConfig | None = None
    planfix: PlanfixConfig | None = None
    telegram: TelegramConfig | None = None
    email: EmailConfig | None = None
    sms: SmsConfig | None = None
    webhooks: dict[WebhookKey, WebhookEntry] = Field(default_factory=dict)
    vault: VaultConfig | None = None
    polls: Polls = Polls()
    paces: dict[str, Limit] = Field(default_factory=dict)
    documents: DocumentsConfig = DocumentsConfig()
    files: Annotated[tuple[FileRow, ...], Field(strict=False)] = ()
    deliveries: DeliveriesConfig = DeliveriesConfig()
    keep: KeepConfig = KeepConfig()
    watch: WatchConfig = WatchConfig()


class FieldEntry(Params):
    """One fact of fields.yaml. `also`, `sync` and `as` are of facts that several places hold; `silent` keeps what the
    bridge writes of it out of people's notifications in Planfix."""

    type: Literal["text", "choice", "flag", "number", "money", "moment", "date", "person", "length", "set", "list"]
    title: Titles
    from_: Annotated[str, Field(alias="from")]
    write_to: Words = ()
    also: Words = ()
    sync: Literal["none", "to", "both"] = "none"
    as_: Annotated[dict[str, dict[str, str]], Field(alias="as", default_factory=dict)]
    of: Words | None = None
    default: bool | int | float | str | list[str] | None = None
    commercial: bool = False
    by: Literal["people"] | None = None
    silent: bool = False
    words: dict[str, Titles] = Field(default_factory=dict)


class FieldsFile(Params):
    """fields.yaml: every fact that rules, gates, texts and documents may name."""

    version: Literal[1] = 1
    fields: dict[str, FieldEntry]


class ButtonsFile(Params):
    """messages/buttons.yaml: the words on buttons."""

    version: Literal[1] = 1
    buttons: dict[str, Titles]
