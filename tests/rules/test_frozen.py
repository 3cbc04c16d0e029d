"""The values of the rule language do not change once they are made: whoever holds one may keep it."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import is_dataclass

import pytest

import rules

CHANGING = {"Firing"}
"""What is in the making while a plan is made, and is never handed out."""
MODULES = [f"rules.{module.name}" for module in pkgutil.iter_modules(rules.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_every_value_is_frozen(name: str) -> None:
    module = importlib.import_module(name)
    own = [one for one in vars(module).values() if is_dataclass(one) and one.__module__ == name]
    loose = {one.__name__ for one in own if not vars(one)["__dataclass_params__"].frozen}
    assert {one for one in loose if not one.startswith("_")} <= CHANGING
