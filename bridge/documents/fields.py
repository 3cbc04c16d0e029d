"""Which fields a template needs, read from its syntax tree, and which of them some data lacks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

Dotted = tuple[str, ...]
Scope = dict[str, Dotted | None]

EACH = "[]"

# Given by `render` itself, so no data has to bring them.
_PROVIDED: frozenset[Dotted] = frozenset({("doc", "lang"), ("doc", "title"), ("doc", "date")})

_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Include: "`include`",
    nodes.Import: "`import`",
    nodes.FromImport: "`from … import`",
    nodes.Extends: "`extends`",
    nodes.Block: "`block`",
    nodes.Macro: "`macro`",
    nodes.CallBlock: "`call`",
    nodes.Call: "a call with round brackets, other than a filter after `|`,",
}


@dataclass
class Needs:
    """The names that one template text prints or repeats over, each with the first line it stands on.

    A name that stands behind `| default(…)`, in a condition, or inside a block whose condition tests it, may be
    missing and is not listed. A name of a repeated row reads `brief.answers[].question`.
    """

    fields: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: nodes.Template) -> Needs:
        """Read the tree of one template; raises TemplateSyntaxError for a tag outside our language."""
        for refused in tree.find_all(tuple(_REFUSED)):
            raise TemplateSyntaxError(f"{_REFUSED[type(refused)]} is not part of the template language", refused.lineno)
        found = cls()
        found._read_all(tree.body, {}, frozenset())
        return found

    def _read(self, node: nodes.Node, scope: Scope, tested: frozenset[Dotted]) -> None:
        match node:
            case nodes.For():
                self._read_loop(node, scope, tested)
            case nodes.If():
                self._read_choice(node, scope, tested)
            case nodes.CondExpr():
                self._read(node.expr1, scope, tested | set(_paths_in(node.test, scope)))
                if node.expr2 is not None:
                    self._read(node.expr2, scope, tested)
            case nodes.And() | nodes.Or():
                inner = tested | set(_paths_in(node.left, scope))
                self._read(node.right, scope, inner if isinstance(node, nodes.And) else tested)
            case nodes.Assign(target=nodes.Name(name=name)):
                self._read(node.node, scope, tested)
                scope[name] = _path(node.node, scope)
            case nodes.Filter(name="default" | "d"):
                computed = [node.node] if node.node is not None and _path(node.node, scope) is None else []
                self._read_all([*computed, *node.args], scope, tested)
            case nodes.Test(name="defined" | "undefined" | "none"):
                pass
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                self._note(node, scope, tested)
            case _:
                self._read_all(node.iter_child_nodes(), scope, tested)

    def _read_all(self, found: Iterable[nodes.Node], scope: Scope, tested: frozenset[Dotted]) -> None:
        for node in found:
            self._read(node, scope, tested)

    def _read_loop(self, loop: nodes.For, scope: Scope, tested: frozenset[Dotted]) -> None:
        self._read(loop.iter, scope, tested)
        source = _path(_unfiltered(loop.iter), scope)
        inner: Scope = {**scope, "loop": None}
        for name in loop.target.find_all(nodes.Name):
            inner[name.name] = None
        if isinstance(loop.target, nodes.Name) and source is not None:
            inner[loop.target.name] = (*source[:-1], source[-1] + EACH)
        self._read_all(loop.body, inner, tested)
        self._read_all(loop.else_, scope, tested)

    def _read_choice(self, choice: nodes.If, scope: Scope, tested: frozenset[Dotted]) -> None:
        self._read_all(choice.body, scope, tested | set(_paths_in(choice.test, scope)))
        self._read_all(choice.elif_, scope, tested)
        self._read_all(choice.else_, scope, tested)

    def _note(self, node: nodes.Node, scope: Scope, tested: frozenset[Dotted]) -> None:
        path = _path(node, scope)
        if path is None:
            self._read_all(
                (child for child in node.iter_child_nodes() if not isinstance(child, nodes.Name)), scope, tested
            )
        elif path[0] == "labels" and len(path) > 1:
            self.labels.setdefault(path[1], node.lineno)
        elif path not in tested and path not in _PROVIDED:
            self.fields.setdefault(".".join(path), node.lineno)


def _path(node: nodes.Node, scope: Scope) -> Dotted | None:
    """The dotted name that an expression reads, seen from the data; none for anything computed."""
    match node:
        case nodes.Name():
            return scope.get(node.name, (node.name,))
        case nodes.Getattr():
            base, key = _path(node.node, scope), node.attr
        case nodes.Getitem(arg=nodes.Const(value=str(key))):
            base = _path(node.node, scope)
        case _:
            return None
    return None if base is None else (*base, key)


def _unfiltered(node: nodes.Node) -> nodes.Node:
    while isinstance(node, nodes.Filter) and node.node is not None:
        node = node.node
    return node


def _paths_in(test: nodes.Node, scope: Scope) -> Iterator[Dotted]:
    path = _path(test, scope)
    if path is not None:
        yield path
        return
    for child in test.iter_child_nodes():
        yield from _paths_in(child, scope)


def missing_in(data: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Which of the needed names are absent or empty in the data, sorted; rows are counted from 1.

    Empty is none, a blank text, an empty list or mapping; a zero and a false are answers.
    """
    absent: set[str] = set()
    for name in names:
        absent.update(_absences(data, name.split("."), ()))
    return sorted(
        name for name in absent if not any(name.startswith((f"{other}.", f"{other}{EACH}")) for other in absent)
    )


def _absences(value: Any, keys: list[str], above: Dotted) -> Iterator[str]:
    if not keys:
        if _is_empty(value):
            yield ".".join(above)
        return
    key, rest = keys[0].removesuffix(EACH), keys[1:]
    inner = value.get(key) if isinstance(value, Mapping) else None
    if _is_empty(inner):
        if not keys[0].endswith(EACH):
            yield ".".join((*above, key, *rest))
    elif keys[0].endswith(EACH) and isinstance(inner, list):
        for number, item in enumerate(inner, start=1):
            yield from _absences(item, rest, (*above, f"{key}[{number}]"))
    else:
        yield from _absences(inner, rest, (*above, key))


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def nearest_name(name: str, data: Mapping[str, Any]) -> str | None:
    """The name in the data that looks most like this one, for "did you mean"; none if nothing is close."""
    close = difflib.get_close_matches(name, sorted(_names(data, ())), n=1, cutoff=0.8)
    return close[0] if close and close[0] != name else None


def _names(value: Any, above: Dotted) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield ".".join((*above, str(key)))
            yield from _names(inner, (*above, str(key)))
    elif isinstance(value, list) and above:
        for item in value:
            yield from _names(item, (*above[:-1], above[-1] + EACH))
