"""Texts for people: a small part of Jinja2 over declared names, rendered for Telegram, Trello, e-mail, or plain.

What a text may do is an allow-list of syntax nodes and filters: no calls, no arithmetic, no loop in a loop. Names are
checked when it is read. Only `bold` and `link` make markup; all else, an author's own words too, is escaped.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import jinja2
from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, list_currencies
from jinja2 import nodes, pass_context
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.visitor import NodeTransformer

from bridge.model.errors import ConfigError
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import Finding, Position, did_you_mean
from bridge.model.values import Labelled, Money, NotKnown, aware
from bridge.model.wording import worded
from rules.filters import FILTERS
from rules.flaws import Flaw, Flawed
from rules.markups import MARKUPS, Plain, cleaned, utf16_units

LIMIT_LITERAL = 4096
"""Telegram's limit of a message, in UTF-16 units; a text whose own words exceed it can never be sent."""
LIMIT_SOURCE = 20_000
LIMIT_DEPTH = 30
"""How many tags and filters may stand inside one another: more is no text for people, and would not be compiled."""

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
_COMPARED = "compared with"
"""A filter no text can name: it compares by size what may be empty."""
_MORE = "so many more"
"""A filter no text can name: it says how many entries of a loop were left out of a message that is full."""
_MOST = "_most"
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

        `markup` is telegram (HTML), trello (Markdown), email or plain; moments are told in `zone`. Raises KeyError for
        a name whose value was not handed in. An empty value reads "—". Of a text that is too long for its reader the
        loops are cut, not the words.
        """
        made = self._rendered(values, markup, zone)
        limit = MARKUPS[markup].limit
        if limit is None or len(made) <= limit // 2 or MARKUPS[markup].length(made) <= limit:
            return made
        return self._cut(values, markup, zone, limit)

    def _rendered(self, values: Mapping[str, Any], markup: str, zone: str, most: int | None = None) -> str:
        kind = markup if most is None else f"{markup}, cut"
        if kind not in self._compiled:
            self._compiled[kind] = _compile(self.source, self.language, markup, cut=most is not None)
        try:
            return self._compiled[kind].render({**values, "_zone": zone, _MOST: most}).strip()
        except jinja2.UndefinedError as error:
            raise KeyError(f"a text names a value that was not handed in: {error}") from error

    def _cut(self, values: Mapping[str, Any], markup: str, zone: str, limit: int) -> str:
        """With as many entries of its loops as fit, and how many more there are."""
        low, high = 0, LIMIT_LITERAL
        while low < high:
            middle = (low + high + 1) // 2
            if MARKUPS[markup].length(self._rendered(values, markup, zone, middle)) <= limit:
                low = middle
            else:
                high = middle - 1
        return self._rendered(values, markup, zone, low)


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
    if len(source) > LIMIT_SOURCE:
        raise Flawed(
            [Flaw("too-large", worded("a text of {size} characters", size=len(source)), "make two texts", line=1)]
        )
    try:
        tree = _parser().parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise Flawed([Flaw("text-syntax", error.message or "this is not a text", line=error.lineno)]) from error
    except RecursionError as error:
        raise Flawed([Flaw("too-deep", _TOO_DEEP, line=1)]) from error
    deep = _deepest(tree)
    if deep:
        raise Flawed([Flaw("too-deep", _TOO_DEEP, line=deep)])
    check = _Check(language, fields, free)
    check.walk(tree, {}, out=False)
    literal = sum(utf16_units(data.data) for data in tree.find_all(nodes.TemplateData))
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


_TOO_DEEP = worded("more than {depth} tags or filters inside one another", depth=LIMIT_DEPTH)


def _deepest(tree: nodes.Node) -> int:
    """The line of a node that stands too deep, 0 for none. Does not call itself: the tree is not trusted yet."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > LIMIT_DEPTH:
            return int(node.lineno or 1)
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]
    return 0


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
        if self._is_taken(node.target.name):
            what = worded('a loop named "{name}" would hide what is called so already', name=node.target.name)
            self.flaw(node.lineno, "reserved-name", what, "give the loop a name of its own: {% for row in … %}")
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

    def _is_taken(self, name: str) -> bool:
        """Whether facts begin with that word, or the engine itself means something by it."""
        heads = {key.partition(".")[0] for key in (*self.fields, *self.free, *self.families)}
        return name in heads or name == "loop" or name.startswith("_")

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
        if node.name in _ARGUMENTS and node.args:
            self._argument(node)
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

    def _argument(self, node: nodes.Filter) -> None:
        """The value behind the name of a filter, where only some make sense."""
        fits, advice = _ARGUMENTS[node.name]
        given = node.args[0]
        if not isinstance(given, nodes.Const) or not fits(given.value):
            self.flaw(node.lineno, "bad-value", worded("{name} does not take this value", name=node.name), advice)

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
        each = forms.split("|")
        given = len(each)
        if not all(form.strip() for form in each):
            self.flaw(node.lineno, "plural-forms", worded("one of the forms of {name} is empty", name=node.name))
        elif given not in (len(needed), len(needed) + (self.language in ("uk", "ru"))):
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


_ARGUMENTS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "limit": (lambda given: type(given) is int and given > 0, "write how many: limit(300)"),
    "money": (lambda given: given in list_currencies(), 'write a currency: money("EUR")'),
    "join": (lambda given: isinstance(given, str), 'write what stands between: join(", ")'),
}
"""Which values these filters take, and what to write."""


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
    speech = _Speech(language, MARKUPS[markup])
    own = {_EACH: _items, _COMPARED: _compared, _MORE: speech.more}
    made.filters = {**own, **{name: getattr(speech, name) for name in FILTERS}}
    made.finalize = speech.finalize
    return made


def _compile(source: str, language: str, markup: str, cut: bool = False) -> jinja2.Template:
    writer = _writer(language, markup)
    tree = writer.parse(source)
    escape = MARKUPS[markup].escape
    tree = _Prepared(cut).visit(tree)
    for data in tree.find_all(nodes.TemplateData):
        data.data = escape(data.data)
    return jinja2.Template.from_code(writer, writer.compile(tree), dict(writer.globals))


class _Prepared(NodeTransformer):
    """A checked text as it is compiled: no value breaks it, and with `cut` each loop ends after the first `_most`."""

    def __init__(self, cut: bool) -> None:
        self._is_cut = cut

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        line = node.lineno
        node.iter = nodes.Filter(node.iter, _EACH, [], [], None, None, lineno=line)
        if self._is_cut:
            ends = "\n" if _ends_a_line(node.body) else ""
            index, last, length = (nodes.Getattr(_load("loop"), name, "load", lineno=line) for name in _CUT_BY)
            more = nodes.Filter(length, _MORE, [_load(_MOST), nodes.Const(ends)], [], None, None, lineno=line)
            left_out = nodes.If(last, [nodes.Output([more], lineno=line)], [], [], lineno=line)
            test = nodes.Compare(index, [nodes.Operand("lteq", _load(_MOST))], lineno=line)
            node.body = [nodes.If(test, node.body, [], [left_out], lineno=line)]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:
        self.generic_visit(node)
        left = node.expr
        made: nodes.Expr | None = None
        for operand in node.ops:
            args: list[nodes.Expr] = [nodes.Const(operand.op), operand.expr]
            one = nodes.Filter(left, _COMPARED, args, [], None, None, lineno=node.lineno)
            made = one if made is None else nodes.And(made, one, lineno=node.lineno)
            left = operand.expr
        return made or node.expr


_CUT_BY = ("index", "last", "length")


def _load(name: str) -> nodes.Name:
    return nodes.Name(name, "load")


def _ends_a_line(body: Sequence[nodes.Node]) -> bool:
    """Whether each entry of a loop stands on a line of its own."""
    last = body[-1] if body else None
    if isinstance(last, nodes.Output) and last.nodes:
        end = last.nodes[-1]
        return isinstance(end, nodes.TemplateData) and end.data.endswith("\n")
    return isinstance(last, nodes.If) and _ends_a_line(last.body)


_BY_SIZE: Mapping[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
}


def _compared(value: Any, how: str, other: Any) -> bool:
    """A comparison; what is empty, or of another kind, is neither smaller nor greater, and in nothing."""
    if how in ("eq", "ne"):
        return bool((value == other) == (how == "eq"))
    for one in (value, other):
        if isinstance(one, Undefined):
            str(one)
    try:
        if how in _BY_SIZE:
            return bool(_BY_SIZE[how](value, other))
        return bool((value in other) == (how == "in"))
    except TypeError:
        return how == "notin"


_URL = re.compile(r"(?:https?|tg)://\S+\Z")
_EMPTY = "—"
_CODE_BEFORE = re.compile("[A-Z]{3}(?=[0-9])")
"""A currency's code right before the sum, as in UAH12: CLDR wants a space there, which Babel leaves out."""
_DIGITS = 24
"""A number of more digits is told as it is written: nobody means it, with its fraction Babel would refuse it, and
written out it could fill the memory."""
_WORDS = {
    "uk": {True: "так", False: "ні", None: "ще не прочитано", "more": "… ще {}"},
    "ru": {True: "да", False: "нет", None: "ещё не прочитано", "more": "… ещё {}"},
    "en": {True: "yes", False: "no", None: "not read yet", "more": "… {} more"},
}


class _Speech:
    """The filters of one language and one markup."""

    def __init__(self, language: str, markup: Plain) -> None:
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
                return cleaned(value.label)
            case bool():
                return self.words[value]
            case NotKnown():
                return self.words[None]
            case Money():
                return self._money(value)
            case int() | float() | Decimal():
                amount = _amount(value)
                return str(value) if amount is None else str(format_decimal(amount, locale=self.language))
            case datetime():
                return f"{self.date(context, value)}, {self.time(context, value)}"
            case date():
                return self.date(context, value)
            case list() | tuple():
                return ", ".join(self.said(context, item) for item in value)
            case _:
                return cleaned(str(value)) or _EMPTY

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
        if isinstance(moment, datetime):
            return str(format_time(moment, "HH:mm", locale=self.language))
        return self.said(context, value) if moment is None else _EMPTY

    def _dated(self, context: Context, value: Any, pattern: str) -> str:
        moment = _local(context, value)
        return self.said(context, value) if moment is None else str(format_date(moment, pattern, locale=self.language))

    @pass_context
    def money(self, context: Context, value: Any, currency: str = "UAH") -> str:
        amount = _amount(value)
        if amount is None:
            return self.said(context, value)
        own = (
            value.currency if isinstance(value, Money) else value.get("currency") if isinstance(value, Mapping) else ""
        )
        return self._money(Money(amount, str(own or currency)))

    def _money(self, value: Money) -> str:
        if _amount(value.amount) is None:
            return f"{value.amount} {value.currency}"
        told = str(format_currency(value.amount, value.currency, locale=self.language))
        return _CODE_BEFORE.sub("\\g<0>\u00a0", told)

    @pass_context
    def number(self, context: Context, value: Any) -> str:
        amount = _amount(value)
        return self.said(context, value) if amount is None else str(format_decimal(amount, locale=self.language))

    @pass_context
    def plural(self, context: Context, value: Any, forms: str) -> str:
        amount = _amount(value)
        return self.said(context, value) if amount is None else plural_form(self.language, amount, forms)

    @pass_context
    def num(self, context: Context, value: Any, forms: str) -> str:
        amount = _amount(value)
        if amount is None:
            return self.said(context, value)
        return f"{self.number(context, value)} {plural_form(self.language, amount, forms)}"

    def more(self, whole: int, most: int, ends: str) -> str:
        return self.words["more"].format(whole - most) + ends

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
    try:
        if isinstance(value, str) and value:
            value = date.fromisoformat(value) if len(value) == len("2026-01-05") else datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return aware(value).astimezone(ZoneInfo(str(context.resolve("_zone"))))
    except ValueError:
        return None  # words where a moment was promised: they are told as they are
    return value if isinstance(value, date) else None


def _amount(value: Any) -> Decimal | None:
    """A number, or that of a sum, typed or written; None for what is empty or none."""
    if isinstance(value, Undefined):
        str(value)
    given = value.amount if isinstance(value, Money) else value.get("amount") if isinstance(value, Mapping) else value
    if isinstance(given, bool) or not isinstance(given, (int, float, Decimal, str)):
        return None
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < _DIGITS else None
