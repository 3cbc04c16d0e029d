"""Texts for people: a small part of Jinja2 over declared names, rendered for Telegram, Trello, e-mail, or plain.

What a text may do is an allow-list of syntax nodes and filters: no calls, no arithmetic, no loop in a loop. Names are
checked when it is read. Only `bold` and `link` make markup; all else, an author's own words too, is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes

from bridge.model.fields import FieldSpec
from bridge.model.values import utf16_units
from bridge.model.wording import worded
from rules.flaws import Flaw, Flawed
from rules.markups import MARKUPS
from rules.text_compiler import MOST, compiled, parser
from rules.text_syntax import Check

LIMIT_LITERAL = 16_384
"""What people are sent at once, in UTF-16 units: four messages of Telegram. Own words that exceed it are never sent."""
LIMIT_SOURCE = 20_000
LIMIT_DEPTH = 30
"""How many tags and filters may stand inside one another: more is no text for people, and would not be compiled."""
_SLIPS = (
    (re.compile(r"unexpected '(?P<mark>.+)'$"), "unexpected {mark}"),
    (re.compile(r"unexpected char '(?P<mark>.+)' at"), "unexpected {mark}"),
    (re.compile(r"expected token '(?P<wanted>.+)', got '(?P<given>.+)'$"), "{given} stands where {wanted} should"),
    (re.compile(r"Encountered unknown tag '(?P<tag>\w+)'"), "there is no tag {tag}"),
    (re.compile(r"[Uu]nexpected end of template"), "a tag that opens here is never closed"),
)
"""What the parser says, and the same in words that have counterparts in every language."""


@dataclass(frozen=True)
class Template:
    """A checked text in one language. `names` are the facts and other names it uses."""

    source: str
    language: str
    names: frozenset[str]
    _compiled: dict[str, jinja2.Template] = field(default_factory=dict, repr=False, compare=False)

    def render(self, values: Mapping[str, Any], markup: str = "telegram", zone: str = "UTC") -> str:
        """The text for these values, nested by the dots of their names, typed or in their written form.

        `markup` is telegram (HTML), trello (Markdown) or plain; moments are told in `zone`. Raises KeyError for
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
            self._compiled[kind] = compiled(self.source, self.language, markup, cut=most is not None)
        try:
            return self._compiled[kind].render({**values, "_zone": zone, MOST: most}).strip()
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


def _slip(message: str) -> str:
    """What the parser of texts complains of, in words for any language; its own where none are known."""
    for pattern, words in _SLIPS:
        found = pattern.match(message)
        if found is not None:
            return worded(words, **found.groupdict())
    return message or "this is not a text"


def read_text(source: str, language: str, fields: Mapping[str, FieldSpec], free: Collection[str] = ()) -> Template:
    """The checked text. Raises Flawed with all mistakes, each with its line (from 1) in the text.

    `free` are names beside the facts; "inbox.*" allows all that begin so.
    """
    if len(source) > LIMIT_SOURCE:
        raise Flawed(
            [Flaw("too-large", worded("a text of {size} characters", size=len(source)), "make two texts", line=1)]
        )
    tree, literal = parsed(source)
    check = Check(source, language, fields, free)
    check.walk(tree, {}, out=False)
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


@lru_cache(maxsize=1000)
def parsed(source: str) -> tuple[nodes.Template, int]:
    """The tree of a text, and how many characters its words alone have. Raises Flawed."""
    try:
        tree = parser().parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise Flawed([Flaw("text-syntax", _slip(error.message or ""), line=error.lineno)]) from error
    except RecursionError as error:
        raise Flawed([Flaw("too-deep", _TOO_DEEP, line=1)]) from error
    deep = _deepest(tree)
    if deep:
        raise Flawed([Flaw("too-deep", _TOO_DEEP, line=deep)])
    return tree, sum(utf16_units(data.data) for data in tree.find_all(nodes.TemplateData))


_TOO_DEEP = worded("more than {depth} tags or filters inside one another", depth=LIMIT_DEPTH)


def _deepest(tree: nodes.Node) -> int:
    """The line of a node that stands too deep, 0 for none. Does not call itself: the tree is not trusted yet."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > LIMIT_DEPTH:
            return node.lineno or 1  # the parser gives what stands around {% autoescape %} no line
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]
    return 0
