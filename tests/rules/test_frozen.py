"""The values of the rule language do not change once they are made: whoever holds one may keep it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import rules

CHANGING = {"Firing", "Seen"}
"""What is filled while a plan is made, or while the marks of many are counted."""
MODULES = [f"rules.{module.name}" for module in pkgutil.iter_modules(rules.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_every_value_is_frozen(name: str) -> None:
    module = importlib.import_module(name)
    own = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == name]
    kinds = {one.__name__: vars(one)["__dataclass_params__"] for one in own if "__dataclass_params__" in vars(one)}
    loose = {word for word, kind in kinds.items() if not kind.frozen and not word.startswith("_")}
    assert loose <= CHANGING
