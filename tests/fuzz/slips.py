"""How what was right becomes wrong: bytes, lines, words and whole branches, cut, doubled, moved and put elsewhere."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

PIECES = (
    *(
        "{",
        "}",
        "[",
        "]",
        ":",
        ": ",
        " ",
        "  ",
        "- ",
        "\n",
        "\n\n",
        '"',
        "'",
        "|",
        "|\n",
        ">",
        "&a ",
        "*a",
        "!x ",
        "#",
        " #",
    ),
    *(
        "%",
        "@",
        "`",
        "?",
        "? ",
        ",",
        "...",
        "---\n",
        "<<: ",
        "{}",
        "[]",
        "~",
        "null",
        "true",
        "on",
        "no",
        "\\",
        "\\u0000",
    ),
    *("{{", "}}", "{%", "%}", "{#", "#}", "|", "|bold", "|num('a|b|c')", "|limit(3)", "|default('x')", "|join(', ')"),
    *(
        "{% for x in gate.missing %}",
        "{% endfor %}",
        "{% if client.name %}",
        "{% else %}",
        "{% endif %}",
        " in ",
        " is ",
    ),
    *(
        "{{ client.name }}",
        "{{ x.say }}",
        "{{ loop.index }}",
        "{{ 'a' * 9 }}",
        "{{ 9 ** 9 }}",
        "{{ a[0] }}",
        "{{ f() }}",
    ),
    *(
        "0",
        "-1",
        "12",
        "1.5",
        "1e9",
        "99999999999999999999",
        "NaN",
        "inf",
        "2026-11-23",
        "2026-13-45",
        "22:30",
        "24:60",
    ),
    *(
        "2wd",
        "-1wd",
        "0wh",
        "99999wd",
        "3d",
        "1w at 25:00",
        "2wd at 10:00",
        "90m",
        "every 1wd",
        "3 per day",
        "09:00-18:00",
    ),
    *(
        "now",
        "back",
        "each",
        "gate.",
        "gate.start",
        "client.",
        "event.text",
        "step.days",
        "card.list",
        "*",
        "**",
        "/бриф",
    ),
    *(
        "\t",
        "\r",
        "\0",
        "\u00a0",
        "\u200b",
        "\ufeff",
        "\u2028",
        "\u0085",
        "\u202e",
        "\x7f",
        "\ud7ff",
        "🙂",
        "і",
        "ё",
        "Ґ",
        "ﬀ",
    ),
    *("a" * 300, "ж" * 2000, "[" * 30, "{{" * 50, "(" * 100, "- " * 30, "*" * 100),
)
"""What is put where it does not belong."""
ODD_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2.5,
        10**14,
        -(10**14),
        10**30,
        1e300,
        -0.0,
        "",
        " ",
        [],
        {},
        [None],
        {"": None},
        [[]],
    ),
    *(
        "text",
        "true",
        "12",
        "2wd",
        "2wd at 99:99",
        "99999wd",
        "-99999wh",
        "2026-02-30",
        "now",
        "*",
        "{{ x }}",
        "{input.a}",
        "x" * 5000,
    ),
    *(
        [1, "a", None],
        {"a": {"b": {"c": []}}},
        {"all": []},
        {"not": {}},
        {"filled": "x"},
        {"is": []},
        {"between": [1]},
        {"like": 5},
    ),
)
"""What stands where something else is expected."""


def in_bytes(dice: random.Random, blob: bytes, others: Sequence[bytes]) -> bytes:
    """A file with a few of its bytes changed, cut, doubled or put in."""
    made = bytearray(blob)
    for _ in range(dice.randint(1, 8)):
        place, length = dice.randint(0, len(made)), dice.choice([1, 1, 1, 2, 4, 16, 200])
        match dice.randrange(6):
            case 0:
                made[place : place + length] = b""
            case 1:
                made[place:place] = dice.randbytes(length)
            case 2:
                made[place:place] = dice.choice(PIECES).encode(errors="surrogatepass")
            case 3:
                made[place:place] = made[place : place + length] * dice.randint(1, 3)
            case 4:
                other = dice.choice(others)
                begun = dice.randint(0, len(other))
                made[place : place + length] = other[begun : begun + length]
            case _ if place < len(made):
                made[place] ^= 1 << dice.randrange(8)
    return bytes(made)


def in_lines(dice: random.Random, text: str, others: Sequence[str]) -> str:
    """A file with a few of its lines dropped, doubled, moved, indented otherwise, cut, or taken from another."""
    lines = text.split("\n")
    for _ in range(dice.randint(1, 5)):
        place = dice.randrange(len(lines)) if lines else 0
        length = dice.choice([1, 1, 1, 2, 5, 20])
        block = lines[place : place + length]
        match dice.randrange(7):
            case 0:
                lines[place : place + length] = []
            case 1:
                lines[place:place] = block
            case 2:
                lines[place : place + length] = []
                lines[(to := dice.randint(0, len(lines))) : to] = block
            case 3:
                lines[place : place + length] = [f"{' ' * dice.randint(1, 4)}{line}" for line in block]
            case 4:
                lines[place : place + length] = [line[dice.randint(1, 3) :] for line in block]
            case 5:
                other = dice.choice(others).split("\n")
                begun = dice.randrange(len(other))
                lines[place:place] = other[begun : begun + length]
            case _:
                lines[place : place + 1] = [in_words(dice, line) for line in block[:1]]
    return "\n".join(lines)


def in_words(dice: random.Random, text: str) -> str:
    """A text with pieces cut out, doubled, and others put in."""
    for _ in range(dice.randint(1, 4)):
        place, length = dice.randint(0, len(text)), dice.choice([0, 0, 1, 2, 8, 40])
        match dice.randrange(4):
            case 0:
                text = text[:place] + text[place + length :]
            case 1:
                text = text[:place] + text[place : place + length] * 2 + text[place + length :]
            case _:
                text = text[:place] + dice.choice(PIECES) + text[place + length :]
    return text


def in_branches(dice: random.Random, tree: Any, others: Sequence[Any]) -> Any:
    """A tree with a few of its branches dropped, doubled, moved, renamed, wrapped, or changed for others."""
    made = copy.deepcopy(tree)
    for _ in range(dice.randint(1, 4)):
        places = list(_places(made))
        if not places:
            return dice.choice(ODD_VALUES)
        inside, key = dice.choice(places)
        match dice.randrange(8):
            case 0:
                del inside[key]
            case 1:
                inside[key] = dice.choice(ODD_VALUES)
            case 2:
                inside[key] = copy.deepcopy(_any(dice, dice.choice(others)))
            case 3:
                inside[key] = copy.deepcopy(_any(dice, made))
            case 4:
                inside[key] = dice.choice(
                    [[inside[key]], {"all": inside[key]}, [inside[key]] * 2, {str(key): inside[key]}]
                )
            case 5 if isinstance(inside, dict):
                inside[dice.choice([in_words(dice, key), _a_key(dice, others)])] = inside.pop(key)
            case 6 if isinstance(inside, dict):
                inside[_a_key(dice, others)] = copy.deepcopy(_any(dice, dice.choice(others)))
            case _ if isinstance(inside[key], str):
                inside[key] = in_words(dice, inside[key])
    return made


def as_yaml(tree: Any) -> str:
    """A tree as a file: JSON, an entry of a section on each line, so that findings and differences have lines."""
    if not isinstance(tree, dict):
        return _json(tree)
    return "".join(f"{_json(key)}: {_section(value)}\n" for key, value in tree.items())


def _section(tree: Any) -> str:
    if isinstance(tree, dict) and tree:
        return "{\n" + ",\n".join(f"  {_json(key)}: {_json(value)}" for key, value in tree.items()) + "\n  }"
    if isinstance(tree, list) and tree:
        return "[\n" + ",\n".join(f"  {_json(item)}" for item in tree) + "\n  ]"
    return _json(tree)


def _json(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, default=str, allow_nan=True)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every branch: what holds it, and under which key."""
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in entries:
        yield tree, key
        yield from _places(value)


def _any(dice: random.Random, tree: Any) -> Any:
    places = list(_places(tree))
    if not places:
        return tree
    inside, key = dice.choice(places)
    return inside[key]


def _a_key(dice: random.Random, others: Sequence[Any]) -> str:
    keys = [str(key) for inside, key in _places(dice.choice(others)) if isinstance(inside, dict)]
    return dice.choice(keys) if keys else "x"
