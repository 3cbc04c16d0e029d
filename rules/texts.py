"""Texts for people: a small part of Jinja2 over declared names, rendered for Telegram, for Trello, or plain.

What a text may do is an allow-list of syntax nodes and filters: no calls, no arithmetic, no loop in a loop. Names are
checked when it is read. Only `bold` and `link` make markup; all else, an author's own words too, is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import jinja2
from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from jinja2 import nodes, pass_context
from jinja2.runtime import Context, LoopContext, Undefined

from bridge.model.errors import ConfigError
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import Finding, Position, did_you_mean
from bridge.model.values import Labelled, Money, NotKnown, aware
from bridge.model.wording import worded
from rules.filters import FILTERS
from rules.flaws import Flaw, Flawed

LIMIT_LITERAL = 4096
"""Telegram's limit of a message; a text whose own words exceed it can never be sent."""

FORMS: Mapping[str, tuple[str, ...]] = {
    "uk": ("one", "few", "many"),
    "ru": ("one", "few", "many"),
    "ro": ("one", "few", "other"),
    "en": ("one", "other"),
}
"""The plural forms that a text in each language gives; uk and ru may add a fourth, for fractions."""

RECORDS: Mapping[str, tuple[str, ...]] = {"gate.missing": ("say", "owed_by", "who")}
"""Lists of records, and what each record has."""

_EACH = "each of them"
"""A filter no text can name: it lets a loop over an empty or unread value run no times."""
_LOOP = ("first", "last", "index", "length")
_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.For,
    nodes.List,
    nodes.Tuple,
    nodes.CondExpr,
)


_MANY = frozenset({FieldType.SET, FieldType.LIST})


@dataclass(frozen=True)
class Template:
    """A checked text in one language. `names` are the facts and other names it uses."""

    source: str
    language: str
    names: frozenset[str]
    _compiled: dict[str, jinja2.Template] = field(default_factory=dict, repr=False, compare=False)

    def render(self, values: Mapping[str, Any], markup: str = "telegram", zone: str = "UTC") -> str:
        """The text for these values, nested by the dots of their names, typed or in their written form.

        `markup` is telegram (HTML), trello (Markdown) or plain; moments are told in `zone`. Raises KeyError for a name
        whose value was not handed in. An empty value reads "—".
        """
        if markup not in self._compiled:
            self._compiled[markup] = _compile(self.source, self.language, markup)
        try:
            return self._compiled[markup].render({**values, "_zone": zone}).strip()
        except jinja2.UndefinedError as error:
            raise KeyError(f"a text names a value that was not handed in: {error}") from error


def needs_of(template: Template) -> frozenset[str]:
    """The names whose values the text needs."""
    return template.names


def compile_text(
    source: str,
    language: str,
    fields: Mapping[str, FieldSpec],
    free: Collection[str] = (),
    where: Callable[[int], Position] = lambda line: Position("", line),
) -> Template:
    """The checked text. Raises ConfigError with all findings; `where` tells the place of a line (from 1) of it."""
    try:
        return read_text(source, language, fields, free)
    except Flawed as error:
        raise ConfigError(
            [Finding(where(flaw.line), flaw.code, flaw.what, flaw.advice) for flaw in error.flaws]
        ) from error


def read_text(source: str, language: str, fields: Mapping[str, FieldSpec], free: Collection[str] = ()) -> Template:
    """As `compile_text`, with mistakes whose place is still relative. Raises Flawed.

    `free` are names beside the facts; "inbox.*" allows all that begin so.
    """
    try:
        tree = _parser().parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise Flawed([Flaw("text-syntax", error.message or "this is not a text", line=error.lineno)]) from error
    check = _Check(language, fields, free)
    check.walk(tree, {}, out=False)
    literal = sum(len(data.data) for data in tree.find_all(nodes.TemplateData))
    if literal > LIMIT_LITERAL:
        check.flaw(
            1,
            "too-large",
            worded(
                "the words alone have {literal} characters, a message {limit}",
                literal=literal,
                limit=LIMIT_LITERAL,
            ),
            "make two texts",
        )
    if check.flaws:
        raise Flawed(check.flaws)
    return Template(source, language, frozenset(check.names))


_Local: TypeAlias = Mapping[str, "tuple[str, ...] | None"]
"""Names that a loop made, with the attributes they have; None for any."""


class _Check:
    """Walks a text once, collecting names and mistakes."""

    def __init__(self, language: str, fields: Mapping[str, FieldSpec], free: Collection[str]) -> None:
        self.language, self.fields = language, fields
        self.free = {name for name in free if not name.endswith(".*")}
        self.families = tuple(name[:-1] for name in free if name.endswith(".*"))
        self.names: set[str] = set()
        self.flaws: list[Flaw] = []

    def flaw(self, line: int, code: str, what: str, advice: str = "") -> None:
        self.flaws.append(Flaw(code, what, advice, line=line))

    def walk(self, node: nodes.Node, local: _Local, out: bool, looping: bool = False) -> None:
        """`out` tells that what the node gives is printed as it is: only there markup may be made."""
        match node:
            case nodes.For():
                self._loop(node, local, looping)
            case nodes.Getattr() | nodes.Name():
                self._name(node, local)
            case nodes.Filter():
                self._filter(node, local, out, looping)
            case nodes.CondExpr():
                if node.expr2 is None:
                    self.flaw(node.lineno, "text-syntax", "an if inside {{ }} needs its else")
                    return
                self.walk(node.test, local, False, looping)
                self.walk(node.expr1, local, out, looping)
                self.walk(node.expr2, local, out, looping)
            case nodes.Compare():
                self._compare(node, local, looping)
            case _ if not isinstance(node, _NODES):
                self.flaw(
                    node.lineno,
                    "not-allowed",
                    worded("{what} is not allowed in messages", what=type(node).__name__.lower()),
                )
            case _:
                for child in node.iter_child_nodes():
                    self.walk(child, local, isinstance(node, nodes.Output), looping)

    def _loop(self, node: nodes.For, local: _Local, looping: bool) -> None:
        if looping:
            self.flaw(node.lineno, "not-allowed", "a loop inside a loop is not allowed in messages")
            return
        if not isinstance(node.target, nodes.Name) or node.recursive:
            self.flaw(node.lineno, "not-allowed", "a loop has one name: {% for row in … %}")
            return
        self.walk(node.iter, local, False)
        source = node.iter
        while isinstance(source, nodes.Filter) and source.node is not None:
            source = source.node
        name = _chain(source) or ""
        spec = self.fields.get(name)
        if spec is not None and spec.type not in _MANY:
            self.flaw(node.lineno, "wrong-type", worded("{name} is a {type}, not a list", name=name, type=spec.type))
        inside = {**local, node.target.name: () if spec is not None else RECORDS.get(name), "loop": _LOOP}
        for part in (*([node.test] if node.test is not None else ()), *node.body):
            self.walk(part, inside, False, looping=True)
        for part in node.else_:
            self.walk(part, local, False, looping=True)

    def _name(self, node: nodes.Node, local: _Local) -> None:
        name = _chain(node)
        if name is None:
            self.flaw(node.lineno, "not-allowed", "only names such as client.name are allowed here")
            return
        head, _, tail = name.partition(".")
        if head in local:
            allowed = local[head]
            if tail and allowed is not None and tail not in allowed:
                self.flaw(
                    node.lineno,
                    "unknown-field",
                    worded('"{head}" has no "{tail}"', head=head, tail=tail),
                    did_you_mean(tail, allowed),
                )
            return
        if name not in self.fields and name not in self.free and not name.startswith(self.families or ("\0",)):
            known = [*self.fields, *self.free, *local]
            self.flaw(
                node.lineno, "unknown-field", worded('unknown field "{name}"', name=name), did_you_mean(name, known)
            )
            return
        self.names.add(name)

    def _filter(self, node: nodes.Filter, local: _Local, out: bool, looping: bool) -> None:
        known = FILTERS.get(node.name)
        if known is None:
            self.flaw(
                node.lineno,
                "unknown-filter",
                worded('unknown filter "{name}"', name=node.name),
                did_you_mean(node.name, FILTERS),
            )
            return
        low, high = known.arguments
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not low <= len(node.args) <= high:
            self.flaw(
                node.lineno,
                "not-allowed",
                worded(
                    "{name} takes {wanted}, got {count}",
                    name=node.name,
                    wanted=_counted(low, high),
                    count=len(node.args),
                ),
            )
        if node.name in ("bold", "link") and not out:
            self.flaw(
                node.lineno,
                "not-allowed",
                worded("{name} must come last", name=node.name),
                "write {{ client.name|upper|bold }}",
            )
        if node.name in ("num", "plural"):
            self._forms(node)
        if node.node is None:
            self.flaw(node.lineno, "not-allowed", "a block of text cannot be filtered in messages")
            return
        spec = self.fields.get(_chain(node.node) or "")
        if spec is not None and known.fits and spec.type not in known.fits:
            fitting = sorted(name for name, other in FILTERS.items() if spec.type in other.fits)
            advice = worded("for it there is {names}", names=fitting) if fitting else ""
            self.flaw(
                node.lineno,
                "unfit-filter",
                worded("{name} does not fit {key} ({type})", name=node.name, key=spec.key, type=spec.type),
                advice,
            )
        for child in (node.node, *node.args):
            self.walk(child, local, False, looping)

    def _forms(self, node: nodes.Filter) -> None:
        forms = node.args[0].value if node.args and isinstance(node.args[0], nodes.Const) else None
        needed = _forms_of(self.language)
        if not isinstance(forms, str):
            self.flaw(
                node.lineno,
                "plural-forms",
                worded('{name} needs its forms in quotes: "{forms}"', name=node.name, forms="|".join(needed)),
            )
            return
        given = len(forms.split("|"))
        if given not in (len(needed), len(needed) + (self.language in ("uk", "ru"))):
            what = worded(
                '{name} in "{language}" needs {count} forms ({forms}), got {given}',
                name=node.name,
                language=self.language,
                count=len(needed),
                forms=needed,
                given=given,
            )
            self.flaw(node.lineno, "plural-forms", what)

    def _compare(self, node: nodes.Compare, local: _Local, looping: bool) -> None:
        spec = self.fields.get(_chain(node.expr) or "")
        for operand in node.ops:
            if spec is not None and operand.op not in ("eq", "ne", "in", "notin") and spec.type is not FieldType.NUMBER:
                what = worded("{key} ({type}) is not compared by size in messages", key=spec.key, type=spec.type)
                self.flaw(node.lineno, "not-allowed", what, "compare it in the rule")
        for child in node.iter_child_nodes():
            self.walk(child, local, False, looping)


def _counted(low: int, high: int) -> str:
    pattern = "nothing" if high == 0 else "{low} value" if low == high else "{low} or {high} values"
    return worded(pattern, low=low, high=high)


def _chain(node: nodes.Node) -> str | None:
    """The dotted name that a node says, None for anything else."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return ".".join([node.name, *reversed(parts)]) if isinstance(node, nodes.Name) else None


def _forms_of(language: str) -> tuple[str, ...]:
    if language in FORMS:
        return FORMS[language]
    return (*sorted(Locale.parse(language).plural_form.tags), "other")


def plural_form(language: str, count: Any, forms: str) -> str:
    """The form of a word for a count, of "день|дні|днів": as many forms as FORMS has for the language."""
    each = [form.strip() for form in forms.split("|")]
    names = _forms_of(language)
    category = str(Locale.parse(language).plural_form(Decimal(str(count))))
    if category in names:
        return each[names.index(category)]
    # A fraction in uk and ru: the fourth form, or the one that comes nearest.
    return each[len(names)] if len(each) > len(names) else each[names.index("few")]


class _Ready(str):
    """Text that already is markup."""

    __slots__ = ()


class _Environment(jinja2.Environment):
    """Attributes are keys of plain maps and nothing else: no method and no object is within reach of a text."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.getattr(obj, str(argument))


def _environment() -> _Environment:
    made = _Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, cache_size=0)
    made.globals.clear()
    made.tests.clear()
    return made


@lru_cache(maxsize=1)
def _parser() -> _Environment:
    return _environment()


@lru_cache(maxsize=32)
def _writer(language: str, markup: str) -> _Environment:
    made = _environment()
    speech = _Speech(language, _MARKUPS[markup]())
    made.filters = {_EACH: _items, **{name: getattr(speech, name) for name in FILTERS}}
    made.finalize = speech.finalize
    return made


def _compile(source: str, language: str, markup: str) -> jinja2.Template:
    writer = _writer(language, markup)
    tree = writer.parse(source)
    escape = _MARKUPS[markup]().escape
    for data in tree.find_all(nodes.TemplateData):
        data.data = escape(data.data)
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _EACH, [], [], None, None, lineno=loop.lineno)
    return jinja2.Template.from_code(writer, writer.compile(tree), dict(writer.globals))


class _Plain:
    """Nothing is special."""

    def escape(self, text: str) -> str:
        return text

    def bold(self, text: str) -> str:
        return text

    def link(self, url: str, title: str) -> str:
        return f"{title}: {url}"


class _Telegram(_Plain):
    """Telegram's HTML. Quotes matter inside tags only. https://core.telegram.org/bots/api#html-style"""

    def escape(self, text: str) -> str:
        return html.escape(text, quote=False)

    def bold(self, text: str) -> str:
        return f"<b>{self.escape(text)}</b>"

    def link(self, url: str, title: str) -> str:
        return f'<a href="{html.escape(url)}">{self.escape(title)}</a>'


_SPECIAL = re.compile(r"[\\*_`\[\]#<>~|]")
_WHOLE_URL = re.compile(r"https?://[^\s<>()\[\]@*`]+\Z")
_ENDS_A_LINK = re.compile(r"[()<>\"'\\]")
_NO_WIDTH = "\u200b"


class _Trello(_Plain):
    """Trello's Markdown. A letter of no width after @ keeps a client's name from notifying a member."""

    def escape(self, text: str) -> str:
        if _WHOLE_URL.match(text):
            return text
        return _SPECIAL.sub(r"\\\g<0>", text).replace("@", f"@{_NO_WIDTH}")

    def bold(self, text: str) -> str:
        return f"**{self.escape(text.strip())}**"

    def link(self, url: str, title: str) -> str:
        bare = _ENDS_A_LINK.sub(lambda found: f"%{ord(found[0]):02X}", url)
        return f"[{self.escape(title)}]({bare})"


_MARKUPS: Mapping[str, type[_Plain]] = {"plain": _Plain, "telegram": _Telegram, "trello": _Trello}
_URL = re.compile(r"(?:https?|tg)://\S+\Z")
_EMPTY = "—"
_WORDS = {
    "uk": {True: "так", False: "ні", None: "ще не прочитано", "more": "… ще {}"},
    "ru": {True: "да", False: "нет", None: "ещё не прочитано", "more": "… ещё {}"},
    "en": {True: "yes", False: "no", None: "not read yet", "more": "… {} more"},
}


class _Speech:
    """The filters of one language and one markup."""

    def __init__(self, language: str, markup: _Plain) -> None:
        self.language, self.markup = language, markup
        self.words: Mapping[Any, str] = _WORDS.get(language, _WORDS["en"])

    @pass_context
    def finalize(self, context: Context, value: Any) -> str:
        return value if isinstance(value, _Ready) else self.markup.escape(self.said(context, value))

    def said(self, context: Context, value: Any) -> str:
        """A value without a filter, in the text's language."""
        match value:
            case Undefined():
                return str(value)
            case None | "" | () | []:
                return _EMPTY
            case Labelled():
                return value.label
            case bool():
                return self.words[value]
            case NotKnown():
                return self.words[None]
            case Money():
                return self._money(value)
            case int() | float() | Decimal():
                return str(format_decimal(value, locale=self.language))
            case datetime():
                return f"{self.date(context, value)}, {self.time(context, value)}"
            case date():
                return self.date(context, value)
            case list() | tuple():
                return ", ".join(self.said(context, item) for item in value)
            case _:
                return str(value)

    @pass_context
    def bold(self, context: Context, value: Any) -> _Ready:
        return _Ready(self.markup.bold(self.said(context, value)))

    @pass_context
    def link(self, context: Context, url: Any, title: Any) -> _Ready:
        words = self.said(context, title)
        if not isinstance(url, str) or not _URL.match(url):
            str(url)
            return _Ready(self.markup.escape(words))
        return _Ready(self.markup.link(url, words))

    @pass_context
    def date(self, context: Context, value: Any) -> str:
        return self._dated(context, value, "d MMMM y")

    @pass_context
    def day(self, context: Context, value: Any) -> str:
        return self._dated(context, value, "EEEE, d MMMM")

    @pass_context
    def time(self, context: Context, value: Any) -> str:
        moment = _local(context, value)
        if moment is None:
            return _EMPTY
        return str(format_time(moment, "HH:mm", locale=self.language)) if isinstance(moment, datetime) else _EMPTY

    def _dated(self, context: Context, value: Any, pattern: str) -> str:
        moment = _local(context, value)
        return _EMPTY if moment is None else str(format_date(moment, pattern, locale=self.language))

    @pass_context
    def money(self, context: Context, value: Any, currency: str = "UAH") -> str:
        match value:
            case None | "" | NotKnown() | Undefined():
                return self.said(context, value)
            case Money():
                return self._money(value)
            case Mapping():
                return self._money(Money(Decimal(str(value["amount"])), str(value["currency"])))
            case _:
                return self._money(Money(Decimal(str(value)), currency))

    def _money(self, value: Money) -> str:
        return str(format_currency(value.amount, value.currency, locale=self.language))

    @pass_context
    def number(self, context: Context, value: Any) -> str:
        amount = value.amount if isinstance(value, Money) else value
        if amount is None or isinstance(amount, (NotKnown, Undefined)):
            return self.said(context, value)
        return str(format_decimal(Decimal(str(amount)), locale=self.language))

    def plural(self, value: Any, forms: str) -> str:
        return plural_form(self.language, value, forms)

    @pass_context
    def num(self, context: Context, value: Any, forms: str) -> str:
        if value is None or isinstance(value, (NotKnown, Undefined)):
            return self.said(context, value)
        return f"{self.number(context, value)} {self.plural(value, forms)}"

    def default(self, value: Any, other: Any) -> Any:
        return other if isinstance(value, (Undefined, NotKnown)) or value in (None, "", (), []) else value

    @pass_context
    def join(self, context: Context, value: Any, between: str = ", ") -> str:
        return between.join(self.said(context, item) for item in _items(value)) or _EMPTY

    def count(self, value: Any) -> int:
        return len(_items(value))

    def first(self, value: Any) -> Any:
        return next(iter(_items(value)), None)

    def sort(self, value: Any) -> list[Any]:
        return sorted(_items(value), key=lambda item: str(item).casefold())

    @pass_context
    def limit(self, context: Context, value: Any, most: int) -> Any:
        """A text cut with …, or a list cut with how many more there are."""
        if not isinstance(value, (list, tuple)):
            text = self.said(context, value)
            return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "…"
        if len(value) <= most:
            return value
        rest = (
            [] if any(isinstance(item, Mapping) for item in value) else [self.words["more"].format(len(value) - most)]
        )
        return [*value[:most], *rest]

    @pass_context
    def upper(self, context: Context, value: Any) -> str:
        return self.said(context, value).upper()

    @pass_context
    def lower(self, context: Context, value: Any) -> str:
        return self.said(context, value).lower()

    @pass_context
    def title(self, context: Context, value: Any) -> str:
        return self.said(context, value).title()


def _items(value: Any) -> Sequence[Any]:
    if value is None or isinstance(value, NotKnown):
        return ()
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]


def _local(context: Context, value: Any) -> datetime | date | None:
    """A moment or a date, typed or written, on the reader's wall clock."""
    if isinstance(value, Undefined):
        str(value)
    if isinstance(value, str) and value:
        value = date.fromisoformat(value) if len(value) == len("2026-01-05") else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return aware(value).astimezone(ZoneInfo(str(context.resolve("_zone"))))
    return value if isinstance(value, date) else None
