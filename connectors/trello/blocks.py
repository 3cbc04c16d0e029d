"""Facts in the words of a card, where the plan of a workspace has no custom fields. Pure.

Each is a line `Title: value`, in a block of the description that people may write in, or in a checklist of its own. A
flag is a sign in the block and a tick in the checklist, so that no word is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bridge.model.checklists import same_title
from bridge.model.values import Plain
from connectors.trello.foreign import CheckItem, Checklist
from connectors.trello.texts import without_mark, without_task_line

TITLE = "Дані мосту"
"""Of the checklist, and in the first line of the block."""
_HEAD, _END = f"— {TITLE} —", "— кінець даних —"
_BLOCK = re.compile(
    rf"^[ \t]*{_HEAD}[ \t]*$(.*?)(?:^[ \t]*{_END}[ \t]*$|(?=^[ \t]*‹міст)|\Z)", re.MULTILINE | re.DOTALL
)
_FLAGS = {"☑": True, "☐": False}
_LINE_END = "⏎"
"""Stands for the end of a line within a value."""


def printed(value: Plain) -> str:
    """A value as it stands in a line. Raises ValueError for what does not fit into one."""
    if isinstance(value, bool):
        return next(sign for sign, flag in _FLAGS.items() if flag is value)
    if isinstance(value, Mapping):
        return str(value["amount"])
    if isinstance(value, (list, tuple)):
        raise ValueError(f"a line holds one value, not {len(value)}")
    return "" if value is None else _LINE_END.join(line.strip() for line in str(value).strip().splitlines())


def parsed(text: str) -> Plain:
    """The value of a line: a text, a flag, or None."""
    text = text.strip()
    return _FLAGS[text] if text in _FLAGS else text.replace(_LINE_END, "\n") or None


def same_line(ours: Plain, theirs: Plain) -> bool:
    """Whether two values are one, as far as a line can tell. A flag that nobody set is not set. Raises ValueError."""
    one, other = (printed(value) for value in (ours, theirs))
    return one == other or {one, other} <= {"", printed(False)}


def described(text: str) -> str:
    """What people see as a card's description: without all that the bridge keeps there for itself."""
    return without_block(without_mark(without_task_line(text)))


def without_block(text: str) -> str:
    """The text as people wrote it around the block."""
    found = _BLOCK.search(text)
    if found is None:
        return text
    return "\n\n".join(part for part in (text[: found.start()].strip(), text[found.end() :].strip()) if part)


def in_block(text: str, titles: Mapping[str, str]) -> dict[str, Plain]:
    """What the block of a description says of these facts; None of those that have no line."""
    found = _BLOCK.search(text)
    lines = [_parts(line) for line in (found[1].splitlines() if found else ())]
    said = {title: value for title, value in lines if title}
    return {key: parsed(said.get(same_title(title), "")) for key, title in titles.items()}


def block(text: str, titles: Mapping[str, str], values: Mapping[str, Plain]) -> str:
    """The block of a description with these facts written in, "" when nothing stands in it.

    Lines that say nothing of them stay as people wrote them. Raises ValueError.
    """
    found = _BLOCK.search(text)
    due = {same_title(titles[key]): (titles[key], printed(value)) for key, value in values.items()}
    lines = []
    for line in found[1].strip().splitlines() if found else ():
        title, _value = _parts(line)
        if title in due:
            name, value = due.pop(title)
            lines += [f"{name}: {value}"] if value else []
        else:
            lines.append(line.rstrip())
    lines += [f"{name}: {value}" for name, value in due.values() if value]
    return "\n".join([_HEAD, *lines, _END]) if lines else ""


def in_lists(lists: Iterable[Checklist], titles: Mapping[str, str]) -> dict[str, Plain]:
    """What the checklist of facts says of these; None of those that have no line, or one without value and tick."""
    said = {title: (item, value) for item in items_of(lists) for title, value in [_parts(item.name)] if title}
    found: dict[str, Plain] = {}
    for key, title in titles.items():
        item, value = said.get(same_title(title), (None, ""))
        ticked = item is not None and ":" not in item.name and item.state == "complete"
        found[key] = True if ticked else parsed(value)
    return found


def items_of(lists: Iterable[Checklist]) -> tuple[CheckItem, ...]:
    """The lines of the checklist of facts; () when there is none."""
    return next((one.checkItems for one in lists if is_facts(one.name)), ())


def is_facts(title: str) -> bool:
    """Whether a checklist is the one of the facts."""
    return same_title(title) == TITLE


def line_of(title: str, value: Plain) -> tuple[str, bool]:
    """The name of a fact's line in the checklist, and whether it is ticked. Raises ValueError."""
    return (title, value) if isinstance(value, bool) else (f"{title}: {printed(value)}", False)


def from_line(value: Plain) -> Plain:
    """A value as its line in the checklist tells it."""
    return (value or None) if isinstance(value, bool) else parsed(printed(value))


def item_of(items: Iterable[CheckItem], title: str) -> CheckItem | None:
    """The line of a fact."""
    return next((item for item in items if _parts(item.name)[0] == same_title(title)), None)


def _parts(line: str) -> tuple[str, str]:
    title, _colon, value = line.partition(":")
    return same_title(title), value.strip()
