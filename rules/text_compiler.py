"""A checked text as a program of Jinja: no value breaks it, and it can be cut to what its reader takes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.runtime import LoopContext, Undefined
from jinja2.visitor import NodeTransformer

from bridge.model.quoting import OPENING
from rules.filtering import Speech, items
from rules.filters import FILTERS
from rules.markups import MARKUPS
from rules.text_syntax import LOOP

_EACH = "each of them"
"""A filter no text can name: it lets a loop over an empty or unread value run no times."""
_COMPARED = "compared with"
"""A filter no text can name: it compares by size what may be empty."""
_WITHIN = "within quotation marks"
"""A filter no text can name: what stands within the marks of a text has the inner ones."""
_MORE = "so many more"
"""A filter no text can name: it says how many entries of a loop were left out of a message that is full."""
MOST = "_most"
"""The value by which a text that is cut is told how many entries of each loop it shows."""


class _Environment(jinja2.Environment):
    """Attributes are keys of plain maps and nothing else: no method and no object is within reach of a text."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in LOOP:
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
def parser() -> jinja2.Environment:
    """What reads the source of a text into a tree, as the program will be read."""
    return _environment()


@lru_cache(maxsize=32)
def _writer(language: str, markup: str) -> _Environment:
    made = _environment()
    speech = Speech(language, MARKUPS[markup])
    own = {_EACH: items, _COMPARED: _compared, _MORE: speech.more, _WITHIN: speech.within}
    made.filters = {**own, **{name: getattr(speech, name) for name in FILTERS}}
    made.finalize = speech.finalize
    return made


def compiled(source: str, language: str, markup: str, cut: bool) -> jinja2.Template:
    """The program of a checked text for one reader; with `cut` it shows so many entries of each loop as MOST says."""
    writer = _writer(language, markup)
    tree = writer.parse(source)
    escape = MARKUPS[markup].escape
    tree = _Prepared(cut).visit(tree)
    for data in tree.find_all(nodes.TemplateData):
        data.data = escape(data.data)
    return jinja2.Template.from_code(writer, writer.compile(tree), dict(writer.globals))


class _Prepared(NodeTransformer):
    """A checked text as it is compiled: no value breaks it, and with `cut` each loop ends after the first `_most`.

    A value between quotation marks of the text has the inner ones: «Правило „Бриф“».
    """

    def __init__(self, cut: bool) -> None:
        self._is_cut = cut
        self._opened = ""

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        self.generic_visit(node)
        for place, part in enumerate(node.nodes):
            if isinstance(part, nodes.TemplateData):
                for mark in _MARKS.findall(part.data):
                    self._opened = mark if mark in OPENING else ""
            elif self._opened:
                args: list[nodes.Expr] = [nodes.Const(self._opened)]
                node.nodes[place] = nodes.Filter(part, _WITHIN, args, [], None, None, lineno=part.lineno)
        return node

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        line = node.lineno
        node.iter = nodes.Filter(node.iter, _EACH, [], [], None, None, lineno=line)
        if self._is_cut:
            ends = "\n" if _ends_a_line(node.body) else ""
            index, last, length = (nodes.Getattr(_load("loop"), name, "load", lineno=line) for name in _CUT_BY)
            more = nodes.Filter(length, _MORE, [_load(MOST), nodes.Const(ends)], [], None, None, lineno=line)
            left_out = nodes.If(last, [nodes.Output([more], lineno=line)], [], [], lineno=line)
            test = nodes.Compare(index, [nodes.Operand("lteq", _load(MOST))], lineno=line)
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


_MARKS = re.compile("[«»“”]")
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
