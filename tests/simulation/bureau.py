"""The agency that is simulated: its rules before and after changes, its people and its forms."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bridge.engine.context import Context, FormLink
from bridge.model.decisions import Capability
from bridge.model.people import Directory, Person
from bridge.wiring.agency import FREE_NAMES
from rules.load import Context as Outside
from rules.load import load_rules
from rules.maps import FormMap
from rules.plan import Office
from rules.ruleset import RuleSet
from tests.simulation.trouble import LETTERS
from tests.simulation.twins.documents import document_key
from tests.simulation.twins.forms import form_link
from tests.simulation.world import LINK, PEOPLE

FOLDER = Path(__file__).with_name("agency")
VERSIONS = (
    ("rules.yaml", "office.yaml"),
    ("rules-newer.yaml", "office.yaml"),
    ("rules.yaml", "office-moved.yaml"),
    ("rules-newer.yaml", "office-moved.yaml"),
)
"""What the admin may change between two starts: the rules, and where the office is."""
_ROLES = {"olena": ("manager",), "andrii": ("pm", "head")}
WHOLE_PLAN = "".join(f"Крок {number}. " for number in range(900)).strip()
"""A text that takes three messages."""
_MAP = FormMap("brief-map", "brief", {"Сайт": "client.site", "Аудиторія": "deal.audience"})


@cache
def ruleset(version: int) -> RuleSet:
    """The rules of a version. Loaded once a process."""
    files = ["fields.yaml", "texts.yaml", "talk.yaml", *VERSIONS[version]]
    outside = Outside(forms=("brief",), maps={_MAP.id: _MAP}, documents=("brief",), names=FREE_NAMES)
    told = [(name, (FOLDER / name).read_bytes().replace(b"LONG", WHOLE_PLAN.encode())) for name in files]
    loaded = load_rules(told, outside)
    if loaded.ruleset is None:
        raise AssertionError("\n".join(map(str, loaded.findings)))
    return loaded.ruleset


def context(version: int) -> Context:
    """The agency at work under a version of its rules."""
    staff = {key: Person(key, name, _ROLES[key]) for key, name in PEOPLE.items()}
    return Context(
        ruleset=ruleset(version),
        office=Office(Directory(staff), document_key),
        in_charge={
            Capability.CARDS: "trello",
            Capability.TASKS: "planfix",
            Capability.CHAT: "telegram",
            Capability.LETTERS: LETTERS,
            Capability.DOCUMENTS: "documents",
        },
        forms={"brief": FormLink("brief", {"uk": "Бриф", "ru": "Бриф", "en": "Brief"}, form_link)},
        chat_link=lambda token: f"{LINK}{token}",
    )
