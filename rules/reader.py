"""YAML with places: a subset of 1.2 in which nothing is guessed.

PyYAML's C parser gives events and nodes, this file makes values of them: only true, false, null, 12 and 1.5 are not
text; `on`, `no`, 22:30, 0123 and +380… stay as written. Every key and value keeps its line and column. No anchors,
tags, merge keys or several documents; size, depth and nodes are counted before anything recursive runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias

import yaml

from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Position, character_name
from bridge.model.wording import worded

LIMIT_BYTES = 512 * 1024
LIMIT_DEPTH = 24
LIMIT_NODES = 60_000

Path: TypeAlias = tuple[str | int, ...]

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]
    """The C parser without YAML 1.1's guesses: it costs a quarter of the time to make them, and none is wanted."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}


_INT = re.compile(r"-?(0|[1-9][0-9]{0,14})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_SPACES = "\u00a0\u2007\u202f\u3000"
_UNSEEN = "\u00ad\u200b\u2060\ufeff"
_ODD_INDENT = re.compile(rf" *([\t{_SPACES}{_UNSEEN}])")
_ODD_KEY = re.compile(rf"[{_SPACES}{_UNSEEN}]")
_ODD_EDGE = re.compile(rf"(?:(?<=:)|(?<=^-)|^)[{_SPACES}{_UNSEEN}]|[{_SPACES}{_UNSEEN}]$")
"""Where a space that is none parts nothing: after a colon or a dash, or at the edge of a text without quotes."""
_ODD_AFTER = re.compile(rf" *(?:- +)*(?:[^\s'\":#]+:|-)([{_SPACES}{_UNSEEN}])")
_ABOVE = 3
"""So many lines up from where reading stopped the cause is looked for."""
_NEVER = re.compile("[\x85\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Line ends that only some programs see, and marks that show letters in another order than they stand."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read. `data` is made of dicts, lists, texts, whole numbers, floats, flags and None.

    `slips` are findings that left the rest readable: then `data` is what the file most likely means, good for going
    on with a check and for nothing else.
    """

    file: str
    data: Any
    _keys: dict[Path, Position]
    _values: dict[Path, Position]
    _blocks: dict[Path, Position]
    slips: tuple[Finding, ...] = ()

    def position(self, path: Sequence[str | int], key: bool = False) -> Position:
        """The place of the value at `path`, or of its key.

        Steps that are no key and no index there are passed over, so the path of a pydantic error may be given as it is:
        a key that is missing falls on the map that lacks it.
        """
        found = self._walk(path)
        return self._keys.get(found, self._values[found]) if key else self._values[found]

    def inside(self, path: Sequence[str | int], line: int, column: int = 1) -> Position:
        """The place in that line (from 1) of the text at `path`. Only block texts (`|`) have lines of their own."""
        start = self._blocks.get(self._walk(path))
        if start is None:
            return self.position(path)
        return Position(self.file, start.line + line - 1, start.column + column - 1)

    def _walk(self, path: Sequence[str | int]) -> Path:
        current = self.data
        found: Path = ()
        for step in path:
            if isinstance(current, dict):
                inside = step in current
            else:
                inside = isinstance(current, list) and isinstance(step, int) and 0 <= step < len(current)
            if inside:
                current, found = current[step], (*found, step)
        return found


def read(file: str, blob: bytes) -> Document:
    """The document in `blob`. Raises ConfigError with its slips, or with the place where reading stopped."""
    document = read_on(file, blob)
    if document.slips:
        raise ConfigError(document.slips)
    return document


@lru_cache(maxsize=100)
def read_on(file: str, blob: bytes) -> Document:
    """The document in `blob`, with the slips that leave the rest readable. Raises ConfigError where reading stops.

    What was read is kept: when one file of a folder changes, the others are not read again.
    """
    if len(blob) > LIMIT_BYTES:
        raise _stop(
            Position(file),
            "too-large",
            worded("the file is larger than {size} kB", size=LIMIT_BYTES // 1024),
            "split it",
        )
    text = _decoded(file, blob).replace("\r\n", "\n").replace("\r", "\n")
    _check_characters(file, text)
    try:
        _check_events(file, text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax(file, text, error) from error
    except yaml.reader.ReaderError as error:
        raise _stop(_at(file, text, error.position), "bad-character", _bad_character(error), "remove it") from error
    builder = _Builder(file, text)
    data = builder.build(node, ()) if node is not None else {}
    if node is None:
        builder.values[()] = Position(file)
    if builder.stopped:
        raise ConfigError(builder.findings)
    return Document(file, data, builder.keys, builder.values, builder.blocks, tuple(builder.findings))


def _stop(where: Position, code: str, what: str, advice: str = "") -> ConfigError:
    return ConfigError([Finding(where, code, what, advice)])


def _place(file: str, mark: Any) -> Position:
    return Position(file, mark.line + 1, mark.column + 1)


def _at(file: str, text: str, index: int) -> Position:
    return Position(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _decoded(file: str, blob: bytes) -> str:
    if blob[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _stop(Position(file), "not-utf8", "the file is UTF-16", "save the file as UTF-8")
    try:
        return blob.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = blob.count(b"\n", 0, error.start) + 1
        before = blob[blob.rfind(b"\n", 0, error.start) + 1 : error.start]
        where = Position(file, line, len(before.decode("utf-8", "replace")) + 1)
        raise _stop(where, "not-utf8", "not UTF-8", "save the file as UTF-8 (not Windows-1251)") from error


def _check_characters(file: str, text: str) -> None:
    findings = [
        Finding(_at(file, text, found.start()), "bad-character", _named(found[0]), "remove it")
        for found in _NEVER.finditer(text)
    ]
    for number, line in enumerate(text.split("\n"), 1):
        odd = _ODD_INDENT.match(line)
        if odd and line.strip():
            where = Position(file, number, odd.start(1) + 1)
            what = worded("the indentation has {name}", name=character_name(odd[1]))
            findings.append(Finding(where, "bad-indent", what, "use ordinary spaces"))
    if findings:
        raise ConfigError(findings)


def _named(character: str) -> str:
    return worded("character {name} is not allowed here", name=character_name(character))


def _check_events(file: str, text: str) -> None:
    """Refuses what would be dangerous or surprising, on the flat stream of events."""
    depth = documents = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=_Loader), 1):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        fine = depth <= LIMIT_DEPTH and nodes <= LIMIT_NODES and documents <= 1 and tag in (None, "!")
        if not fine or anchor or isinstance(event, yaml.AliasEvent):
            raise _refused(_place(file, event.start_mark), depth, nodes, documents, tag)


def _refused(where: Position, depth: int, nodes: int, documents: int, tag: str | None) -> ConfigError:
    """Why an event is not read. Its place is looked up only now: there are 60,000 events, and one is refused."""
    if depth > LIMIT_DEPTH:
        return _stop(where, "too-deep", worded("nested deeper than {limit}", limit=LIMIT_DEPTH))
    if nodes > LIMIT_NODES:
        return _stop(where, "too-large", worded("more than {limit} nodes", limit=LIMIT_NODES), "split the file")
    if documents > 1:
        return _stop(where, "two-documents", "a second document begins here", "remove the line ---")
    if tag not in (None, "!"):
        advice = "put text that begins with ! in quotes"
        return _stop(where, "tag", worded("tag {tag} is not used here", tag=tag), advice)
    advice = "name a gate, a template or a blueprint; put text that begins with & or * in quotes"
    return _stop(where, "anchor", "anchors (&) and aliases (*) are not used here", advice)


def _syntax(file: str, text: str, error: yaml.MarkedYAMLError) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    where = Position(file) if mark is None else _place(file, mark)
    odd = _odd_space(file, text, where.line)
    if odd is not None:
        return ConfigError([odd])
    problem = error.problem or "this is not YAML"
    if "end of stream" in problem and "quoted scalar" in (error.context or "") and error.context_mark is not None:
        what, advice = "the quote that opens here is never closed", "close it, or remove it"
        return _stop(_place(file, error.context_mark), "yaml-syntax", what, advice)
    if (begun := _quote_left_open(text, where.line)) is not None:
        return _stop(
            _place(file, begun), "yaml-syntax", "the quote that opens here is never closed", "close it, or remove it"
        )
    opened = 0 if error.context_mark is None else error.context_mark.line + 1
    return _stop(where, "yaml-syntax", problem, _hint(text, where, problem, opened))


def _quote_left_open(text: str, line: int) -> Any:
    """Where a quote opens on an earlier line that closes on the one where reading stopped: it took the next one's."""
    begun = None
    try:
        for token in yaml.scan(text, Loader=_Loader):
            quoted = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if quoted and token.start_mark.line + 1 < line == token.end_mark.line + 1:
                begun = token.start_mark
    except yaml.MarkedYAMLError:
        pass
    return begun


def _odd_space(file: str, text: str, line: int) -> Finding | None:
    """A space that is none, behind the colon or the dash of the line where reading stopped or of one just above."""
    lines = text.split("\n")
    for number in range(min(line, len(lines)), max(line - _ABOVE, 0), -1):
        odd = _ODD_AFTER.match(lines[number - 1])
        if odd is not None:
            what = worded("{name} stands where a space should", name=character_name(odd[1]))
            advice = "use ordinary spaces, or put the text in quotes"
            return Finding(Position(file, number, odd.start(1) + 1), "bad-space", what, advice)
    return None


def _hint(text: str, where: Position, problem: str, opened: int) -> str:
    line, above = _line(text, where.line), _line(text, opened)
    for begun in (line.strip()[:1], above.strip()[:1]):
        if begun in ("–", "—", "−", "•"):
            return worded("a list item begins with an ordinary hyphen -, not with {mark}", mark=begun)
    if "mapping values are not allowed" in problem:
        if ":" in line[: where.column - 1]:
            return worded('text that has ": " inside must be in quotes: {line}', line=line.strip()[:50])
        return "this line stands too deep, or the one above lacks its colon"
    odd = line[where.column - 1 : where.column]
    if "cannot start any token" in problem and odd:
        if odd == "\t":
            return "use ordinary spaces, not TAB"
        return worded("text that begins with {mark} must be in quotes", mark=odd)
    if "did not find expected ',' or" in problem:
        return worded("the bracket that opens at line {opened} is not closed", opened=opened)
    if "block sequence entries are not allowed" in problem:
        return "a list begins on a line of its own"
    if "unknown escape" in problem:
        return "inside \"double\" quotes a backslash is doubled; or use 'single' quotes"
    if "did not find expected key" in problem and re.search(r"(?:^|[:-]) +\{\{", line):
        return "text that begins with {{ must be in quotes"
    if "did not find expected" in problem and not line[: where.column - 1].strip():
        return "begin this line where those that belong to the same rule begin"
    if "could not find expected ':'" in problem:
        return "write key: value"
    return ""


def _line(text: str, number: int) -> str:
    """A line by its number, counted from 1; a parser that misses something points behind the last one."""
    lines = text.split("\n")
    return lines[number - 1] if 1 <= number <= len(lines) else ""


def _bad_character(error: yaml.reader.ReaderError) -> str:
    character = error.character
    code = ord(character) if isinstance(character, str) else int(character)
    return worded("character U+{code:04X} is not allowed in YAML", code=code)


class _Builder:
    """Makes values of nodes and notes their places."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines = file, text.split("\n")
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {}
        self.blocks: dict[Path, Position] = {}
        self.findings: list[Finding] = []
        self.stopped = False
        """Whether a slip leaves nobody knowing what the rest means."""

    def build(self, node: Any, path: Path) -> Any:
        self.values[path] = _place(self.file, node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path, {})
        if isinstance(node, yaml.SequenceNode):
            return self._list(node, path, [])
        if node.style == "|":
            self.blocks[path] = self._block(node)
        # A plain text has the style "" from the C parser and None from the pure one.
        if node.style:
            return node.value
        if odd := _ODD_EDGE.search(node.value):
            place = Position(self.file, self.values[path].line, self.values[path].column + odd.start())
            advice = "use ordinary spaces, or put the text in quotes"
            self.findings.append(
                Finding(
                    place,
                    "bad-space",
                    worded("{name} stands where a space should", name=character_name(odd[0])),
                    advice,
                )
            )
        text = node.value.strip(_SPACES + _UNSEEN)
        self.stopped |= bool(_ODD_EDGE.search(text))  # a colon or a dash that parts nothing: who knows what was meant
        return _plain(text)

    def _list(self, node: yaml.SequenceNode, path: Path, made: list[Any]) -> list[Any]:
        made += [self.build(item, (*path, place)) for place, item in enumerate(node.value, len(made))]
        return made

    def _map(self, node: yaml.MappingNode, path: Path, made: dict[str, Any]) -> dict[str, Any]:
        for key_node, value_node in node.value:
            where = _place(self.file, key_node.start_mark)
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                braces = self.lines[where.line - 1][where.column - 2 : where.column] == "{{"
                advice = "text that begins with {{ must be in quotes" if braces else ""
                self.findings.append(Finding(where, "bad-key", "a key must be plain text", advice))
                self.stopped = True
                continue
            if not key_node.style and (odd := _ODD_KEY.search(key)):
                place = Position(self.file, where.line, where.column + odd.start())
                self.findings.append(
                    Finding(
                        place,
                        "bad-space",
                        worded("the key has {name}", name=character_name(odd[0])),
                        "use ordinary spaces",
                    )
                )
                key = _ODD_KEY.sub("", key)
            if key == "<<":
                self.findings.append(Finding(where, "anchor", "the merge key << is not used here", "use a blueprint"))
                self.stopped = True
            elif key in made:
                first = worded("first written at line {line}", line=self.keys[*path, key].line)
                self.findings.append(Finding(where, "duplicate-key", worded('key "{key}" is repeated', key=key), first))
                if not path:
                    made[key] = self._more(value_node, (key,), made[key])
            else:
                self.keys[(*path, key)] = where
                made[key] = self.build(value_node, (*path, key))
        return made

    def _more(self, node: Any, path: Path, made: Any) -> Any:
        """A section that is written a second time, taken for more of the first: its names are not unknown elsewhere."""
        if made is None:
            return self.build(node, path)
        if isinstance(node, yaml.MappingNode) and isinstance(made, dict):
            return self._map(node, path, made)
        if isinstance(node, yaml.SequenceNode) and isinstance(made, list):
            return self._list(node, path, made)
        return made

    def _block(self, node: yaml.ScalarNode) -> Position:
        first = node.start_mark.line + 1
        column = next((len(line) - len(line.lstrip(" ")) for line in self.lines[first:] if line.strip()), 0)
        return Position(self.file, first + 1, column + 1)


def _plain(text: str) -> Any:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
