"""The frame around all commands, in the language of whoever types: their help, and what is typed wrongly."""

from __future__ import annotations

import inspect
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from bridge.cli.errors import USAGE
from bridge.cli.output import complain
from bridge.cli.room import reader
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from bridge.wiring.workspaces import choose
from bridge.words import said

Function = TypeVar("Function", bound=Callable[..., Any])

_WIDEST = 100
"""Help is at most so wide."""
_WORKSPACE = "--workspace"
_NO_COMMAND = re.compile(r"No such command '(?P<name>.*?)'")
_TOO_MANY = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((?P<words>.*)\)")
_NOT_ONE_OF = re.compile(r"'(.*?)'(?:,|\.| is not one of|$)")


class Commands(typer.Typer):
    """A group of commands whose help is told in the reader's language."""

    def __init__(self, help: str, name: str | None = None) -> None:
        super().__init__(
            name=name, help=help, cls=_Group, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
        )

    def command(self, *args: Any, **given: Any) -> Callable[[Function], Function]:
        """Adds a command."""
        return super().command(*args, **{"cls": _Command, **given})


class _Command(TyperCommand):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the page of help."""
        formatter.write("\n".join(_page(self, ctx, reader())) + "\n")


class _Group(TyperGroup):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the page of help."""
        formatter.write("\n".join(_page(self, ctx, reader())) + "\n")


def without_workspace(words: Sequence[str]) -> list[str]:
    """The words of a command without `--workspace NAME`, which every command takes; NAME is what it is about."""
    rest: list[str] = []
    given = iter(words)
    for word in given:
        name = next(given, "") if word == _WORKSPACE else word.removeprefix(f"{_WORKSPACE}=")
        if word == _WORKSPACE or name != word:
            choose(name)
        else:
            rest.append(word)
    return rest


def wrong_usage(wrong: typer.TyperException) -> int:
    """Tells what was typed wrongly and what helps; gives the exit code. Nothing typed at all asks for the help."""
    if type(wrong).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(f"{wrong.message}\n")
        return USAGE
    language, ctx = reader(), getattr(wrong, "ctx", None)
    complain(_told(wrong), language)
    if ctx is not None:
        complain(worded("see: {page}", page=f"{ctx.command_path} --help"), language)
    return USAGE


def _told(wrong: Any) -> str:
    # Typer keeps the classes of wrong usage to itself: they are known by their names, some only by what they say.
    param, message = getattr(wrong, "param", None), wrong.format_message()
    match type(wrong).__name__:
        case "MissingParameter" if param is not None:
            return worded("{word} is missing", word=_name(param))
        case "NoSuchOption":
            options = [word for one in wrong.ctx.command.get_params(wrong.ctx) for word in one.opts if word[:1] == "-"]
            advice = did_you_mean(wrong.option_name, options)
            return worded("there is no option {word}; {advice}", word=wrong.option_name, advice=advice)
        case "BadOptionUsage" if "requires" in message:
            return worded("{word} needs a value", word=wrong.option_name)
        case "BadParameter":
            return _unfit(wrong, param)
    if found := _NO_COMMAND.match(message):
        advice = did_you_mean(found["name"], wrong.ctx.command.commands)
        return worded("there is no command {name}; {advice}", name=found["name"], advice=advice)
    if found := _TOO_MANY.match(message):
        return worded("too many words: {words}", words=found["words"])
    return str(message)


def _unfit(wrong: Any, param: Any) -> str:
    """A value that does not fit; what a command itself has found wrong is told already."""
    errors = getattr(wrong.__cause__, "errors", None)
    if param is None or errors is None:
        return str(wrong.message)
    [error, *_] = errors()
    word, given = _name(param), error["input"]
    if error["type"] in ("greater_than_equal", "less_than_equal"):
        [bound] = error["ctx"].values()
        least, most = (
            "{word} is {given}, and may not be under {bound}",
            "{word} is {given}, and may not be over {bound}",
        )
        return worded(least if error["type"] == "greater_than_equal" else most, word=word, given=given, bound=bound)
    if error["type"].startswith("int_"):
        return worded('{word}: "{given}" is not a whole number', word=word, given=given)
    if "is not one of" in error["msg"]:
        known = _NOT_ONE_OF.findall(error["msg"].partition("is not one of")[2])
        return worded('{word}: "{given}" does not fit; {advice}', word=word, given=given, advice=_among(known))
    return worded('{word}: "{given}" does not fit', word=word, given=given)


def _among(names: Sequence[str]) -> str:
    return worded("use one of: {names}", names=list(names))


def _name(param: Any) -> str:
    return str(param.opts[0] if param.param_type_name == "option" else (param.metavar or param.name).upper())


# -- help --------------------------------------------------------------------------------------------------------------


def _page(command: Any, ctx: Any, language: str) -> Iterator[str]:
    params = [param for param in command.get_params(ctx) if not param.hidden]
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option"]
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    names = [_name(param) if param.required else f"[{_name(param)}]" for param in arguments]
    below = getattr(command, "commands", {})
    words = [*names, *([said("COMMAND", language), "…"] if below else []), said("[OPTIONS]", language)]
    yield said(worded("Usage: {how}", how=" ".join([ctx.command_path, *words])), language)
    yield ""
    yield from textwrap.wrap(_help(command.help, language), width)
    yield from _part("Words:", [(_name(one), _of_param(one, language)) for one in arguments], width, language)
    yield from _part("Options:", [(_shown(one), _of_param(one, language)) for one in options], width, language)
    yield from _part("Commands:", [(name, _help(one.help, language)) for name, one in below.items()], width, language)


def _part(title: str, rows: Sequence[tuple[str, str]], width: int, language: str) -> Iterator[str]:
    if not rows:
        return
    left = max(len(name) for name, _text in rows) + 4
    yield ""
    yield said(title, language)
    for name, text in rows:
        first, *more = textwrap.wrap(text, width - left) or [""]
        yield f"  {name}".ljust(left) + first
        yield from (" " * left + line for line in more)


def _help(text: str | None, language: str) -> str:
    return said(" ".join(inspect.cleandoc(text or "").split()), language)


def _of_param(param: Any, language: str) -> str:
    text = _help(param.help, language)
    if isinstance(param.default, int) and param.default > 1:
        return said(worded("{what} Default: {value}.", what=text, value=param.default), language)
    return text


def _shown(param: Any) -> str:
    return str(param.opts[0]) if param.is_flag or param.name == "help" else f"{param.opts[0]} …"
