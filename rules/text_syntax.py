"""What a text may do: an allow-list of syntax nodes and filters over declared names. Nothing here renders."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from babel.numbers import list_currencies
from jinja2 import nodes

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from rules.filters import FILTERS
from rules.flaws import Flaw
from rules.plurals import forms_of

RECORDS: Mapping[str, tuple[str, ...]] = {"gate.missing": ("say", "owed_by", "who")}
"""Lists of records, and what each record has."""

LOOP = ("first", "last", "index", "length")
"""What a text may ask of `loop`."""
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
_TAG = re.compile(r"{%[-+]?\s*autoescape\b")
_MANY = frozenset({FieldType.SET, FieldType.LIST})

_Local: TypeAlias = Mapping[str, "tuple[str, ...] | None"]
"""Names that a loop made, with the attributes they have; None for any."""


class Check:
    """Walks a text once, collecting names and mistakes."""

    def __init__(self, source: str, language: str, fields: Mapping[str, FieldSpec], free: Collection[str]) -> None:
        self.language, self.fields = language, fields
        self.lines = source.splitlines()
        self.free = {name for name in free if not name.endswith(".*")}
        self.families = tuple(name[:-1] for name in free if name.endswith(".*"))
        self.names: set[str] = set()
        self.flaws: list[Flaw] = []

    def flaw(self, line: int, code: str, what: str, advice: str = "") -> None:
        """Notes a mistake in that line of the text."""
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
            case nodes.Scope() | nodes.ScopedEvalContextModifier():
                self._autoescape(node)
            case _ if not isinstance(node, _NODES):
                self.flaw(
                    node.lineno,
                    "not-allowed",
                    worded("{what} is not allowed in messages", what=type(node).__name__.lower()),
                )
            case _:
                for child in node.iter_child_nodes():
                    self.walk(child, local, isinstance(node, nodes.Output), looping)

    def _autoescape(self, node: nodes.Node) -> None:
        """A tag whose own node the parser gives no line."""
        modifier = node.find(nodes.ScopedEvalContextModifier) or node
        line = modifier.lineno or 1
        tag = _TAG.search(self.lines[line - 1]) if line <= len(self.lines) else None
        what = worded("{what} is not allowed in messages", what="{% autoescape %}")
        advice = worded("remove it: what a text puts in is escaped by itself")
        column = tag.start() + 1 if tag else 1
        self.flaws.append(Flaw("not-allowed", what, advice, line=line, column=column))

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
        inside = {**local, node.target.name: () if spec is not None else RECORDS.get(name), "loop": LOOP}
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
        needed = forms_of(self.language)
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
