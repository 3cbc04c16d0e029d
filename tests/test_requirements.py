"""The pins in requirements/ are generated: they must say what pyproject.toml allows, and agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(name: str) -> dict[str, str]:
    """Package name -> version, as pinned in requirements/`name`."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, flags=re.MULTILINE))


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, with these extras."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("build.txt", [Requirement(line) for line in PROJECT["build-system"]["requires"]]),
        ("run.txt", declared("pdf")),
        ("dev.txt", declared("pdf", "dev")),
    ],
)
def test_every_declared_dependency_is_pinned_within_its_range(name: str, wanted: list[Requirement]) -> None:
    pinned = pins(name)
    wrong = [str(need) for need in wanted if not need.specifier.contains(pinned.get(canonicalize_name(need.name), "0"))]
    assert wrong == [], f"make requirements, then look at requirements/{name}"


def test_development_runs_the_versions_that_are_shipped() -> None:
    developed = pins("dev.txt")
    shipped = pins("run.txt") | pins("build.txt")
    assert {name: developed.get(name, version) for name, version in shipped.items()} == shipped


@pytest.mark.parametrize("name", ["build.txt", "run.txt", "dev.txt"])
def test_pins_carry_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash)", text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9.-]+==)", text, flags=re.MULTILINE)[1:])
