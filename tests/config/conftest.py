"""A copy of the pack that a test may damage, and the pack itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.model.findings import Finding, Position
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.live_checks import LiveNames

PACK = Path(__file__).parents[2] / "config"


@dataclass(frozen=True)
class Copy:
    """A copy of the pack in a folder of its own."""

    folder: Path

    def change(self, file: str, old: str, new: str) -> None:
        """Put `new` where `old` stands first; it must stand there."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def place(self, file: str, words: str) -> Position:
        """Where these words begin in the file as it is now."""
        path = self.folder / file
        before, found, _ = path.read_text(encoding="utf-8").partition(words)
        assert found, f"{words!r} is not in {file}"
        return Position(path.as_posix(), before.count("\n") + 1, len(before) - before.rfind("\n"))

    def findings(self, live: LiveNames | None = None) -> list[Finding]:
        """What loading says."""
        return load_agency(self.folder, live)[1]

    def only(self, live: LiveNames | None = None) -> Finding:
        """The one finding there is."""
        found = self.findings(live)
        assert len(found) == 1, "\n".join(map(str, found)) or "no finding"
        return found[0]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A fresh copy of the default pack."""
    return Copy(Path(shutil.copytree(PACK, tmp_path / "config")))


@pytest.fixture(scope="session")
def agency() -> Agency:
    """The default pack, loaded."""
    made, findings = load_agency(PACK)
    assert made is not None, "\n".join(map(str, findings))
    return made


Damage = Callable[[str, str, str], Finding]


@pytest.fixture
def damage(copy: Copy) -> Damage:
    """Damages a file of a copy and gives the one finding that follows."""

    def done(file: str, old: str, new: str) -> Finding:
        copy.change(file, old, new)
        return copy.only()

    return done
