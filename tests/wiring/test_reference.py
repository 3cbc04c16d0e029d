"""The reference page names every setting and every key, and no setting that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from bridge.wiring.form_shapes import FormsFile
from bridge.wiring.people_shapes import PeopleFile
from bridge.wiring.settings import variables
from bridge.wiring.shapes import BridgeFile, ButtonsFile, FieldsFile

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def keys_of(model: type[BaseModel]) -> Iterator[str]:
    for name, item in model.model_fields.items():
        yield item.alias or name
        for inner in models_in(item.annotation):
            yield from keys_of(inner)


def test_every_setting_stands_on_the_page() -> None:
    assert set(re.findall(r"`(BRIDGE_[A-Z_]+)`", PAGE)) == {*variables(), "BRIDGE_SECRETS_DIR"}


@pytest.mark.parametrize("shape", [BridgeFile, FieldsFile, PeopleFile, FormsFile, ButtonsFile])
def test_every_key_of_every_file_stands_on_the_page(shape: type[BaseModel]) -> None:
    code = re.findall(r"`([^`\n]+)`", PAGE)
    said = {word for piece in code for word in re.findall(r"[a-z_]+", piece)}
    assert set(keys_of(shape)) - said == set()
