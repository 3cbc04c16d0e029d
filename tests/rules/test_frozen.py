"""The values of the rule language do not change once they are made: whoever holds one may keep it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import rules

CHANGING = {"Firing", "Seen"}
"""What is filled while a plan is made, or while the marks of many are counted."""
REMEMBERS = {"Firing", "RuleSet", "Teller", "Template", "Verdicts"}
"""What keeps a thing or two that it was asked, beside its fields."""
MODULES = [module.name for module in pkgutil.walk_packages(rules.__path__, "rules.")]


def values_of(name: str) -> list[type]:
    """The dataclasses that a module declares for others."""
    found = [one for one in vars(importlib.import_module(name)).values() if isinstance(one, type)]
    own = [one for one in found if one.__module__ == name and not one.__name__.startswith("_")]
    return [one for one in own if "__dataclass_params__" in vars(one)]


@pytest.mark.parametrize("name", MODULES)
def test_every_value_is_frozen(name: str) -> None:
    loose = {one.__name__ for one in values_of(name) if not vars(one)["__dataclass_params__"].frozen}
    assert loose <= CHANGING


@pytest.mark.parametrize("name", MODULES)
def test_no_value_takes_more_than_its_fields(name: str) -> None:
    """There are tens of thousands of them in a plan of a night."""
    assert {one.__name__ for one in values_of(name) if "__slots__" not in vars(one)} <= REMEMBERS
