"""The texts of a set, from their entries: each in every language, and none falls back on itself."""

from __future__ import annotations

from dataclasses import replace

from bridge.model.correspondents import Role
from bridge.model.findings import did_you_mean
from bridge.model.questions import APPROVE
from bridge.model.wording import worded
from rules.circles import circle_from
from rules.entries import TextEntry
from rules.flaws import Flaw, Flawed, written
from rules.names import Known
from rules.ruleset import Text
from rules.sections import Entry, Sections
from rules.texts import Template, read_text


def read_texts(sections: Sections, names: Known) -> dict[str, Text]:
    """The texts that are right in every language; what is wrong in the others is a finding."""
    made: dict[str, Text] = {}
    for name, entry in sections.maps["templates"].items():
        text = _text(sections, name, entry, names)
        if text is not None:
            made[name] = text
    for name, text in made.items():
        circle = circle_from(name, {key: {other.otherwise} - {""} for key, other in made.items()})
        if circle:
            what = worded("template {name} falls back on itself: {circle}", name=name, circle=" -> ".join(circle))
            sections.flaw(sections.maps["templates"][name], Flaw("text-cycle", what, path=("otherwise",)))
        if text.otherwise and text.asserts is None:
            flaw = Flaw(
                "otherwise-without-asserts",
                worded("template {name} has otherwise: and no asserts:", name=name),
                path=("otherwise",),
                key=True,
            )
            sections.flaw(sections.maps["templates"][name], flaw)
    return made


def _text(sections: Sections, name: str, entry: Entry, names: Known) -> Text | None:
    if not isinstance(entry.data, dict):
        advice = worded("write {keys}", keys=[f"{language}: …" for language in names.languages])
        sections.flaw(
            entry,
            Flaw("wrong-type", worded("template {name}: expected a text in each language", name=name), advice),
        )
        return None
    languages = names.languages
    keys = {field.alias or key for key, field in TextEntry.model_fields.items()}
    rest = {key: value for key, value in entry.data.items() if key not in languages}
    for key in [key for key in rest if key not in keys]:
        flaw = Flaw(
            "unknown-key",
            worded('unknown key "{key}"', key=key),
            did_you_mean(key, [*languages, *keys]),
            (key,),
            key=True,
        )
        sections.flaw(entry, flaw)
        del rest[key]
    said = sections.shaped(replace(entry, data=rest), TextEntry, names)
    by_language = {one: _in_language(sections, name, one, entry, names) for one in languages}
    compiled = {language: text for language, text in by_language.items() if text is not None}
    if said is None or not compiled:
        return None  # with a mistake in one language, what the others say is still looked at
    return Text(
        name,
        compiled,
        asserts=said.asserts,
        otherwise=said.otherwise or "",
        buttons=said.buttons,
        allows=frozenset(said.allows),
        whom=_whom(said),
        sms=said.sms,
        where=entry.position(key=True),
    )


def _whom(said: TextEntry) -> Role:
    """Who at a client a text is for, where the entry does not say so: by what it asks and names."""
    if said.for_ is not None:
        return Role(said.for_)
    if APPROVE in said.buttons:
        return Role.DECIDES
    return Role.PAYS if "commercial" in said.allows else Role.READS


def _in_language(sections: Sections, name: str, language: str, entry: Entry, names: Known) -> Template | None:
    source = entry.data.get(language)
    if source is None:
        sections.flaw(
            entry,
            Flaw(
                "missing-language",
                worded('template {name} has no text in "{language}"', name=name, language=language),
                key=True,
            ),
        )
        return None
    if not isinstance(source, str):
        what = worded(
            "template {name} ({language}): expected text, got {given}",
            name=name,
            language=language,
            given=written(source),
        )
        sections.flaw(entry, Flaw("wrong-type", what, "put it in quotes", (language,)))
        return None
    try:
        return read_text(source, language, names.fields, names.free)
    except Flawed as error:
        for flaw in error.flaws:
            what = worded("template {name} ({language}): {what}", name=name, language=language, what=flaw.what)
            sections.flaw(entry, replace(flaw, what=what, path=(language,)))
        return None
