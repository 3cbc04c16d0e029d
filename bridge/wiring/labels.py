"""The words of document templates (`templates/*.labels.yaml`): what is wrong in them, before a document is asked for.

Nothing here stops the bridge: a document whose words are wrong is refused when it is made. Word files are not opened.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Level, Position, did_you_mean
from bridge.model.wording import worded
from rules.flaws import written
from rules.reader import Document, read_on

_SUFFIX = ".labels.yaml"
_MOST = 8
_SEE = "config/templates/README.md"
_NAMED = re.compile(r"(?<![\w.])labels\.([A-Za-z_][A-Za-z0-9_]*)")


def label_findings(folder: Path, shown: str, languages: Collection[str]) -> Iterator[Finding]:
    """Everything wrong with the words of a folder's templates. `shown` is the folder as people know it."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        if path.name.startswith((".", "~")):
            continue
        kind, name = path.name.removesuffix(_SUFFIX), f"{shown}/{path.name}"
        sources = {source.stem for source in folder.iterdir() if source.suffix in (".docx", ".typ")}
        if kind not in sources:
            what = worded("no template is called {kind}: these words are read by nobody", kind=kind)
            yield _warning(Position(name), "unknown-document", what, did_you_mean(kind, sources))
            continue
        try:
            document = read_on(name, path.read_bytes())
        except ConfigError as error:
            yield from (replace(one, level=Level.WARNING) for one in error.findings)
            continue
        except OSError as error:
            what = worded("{name} cannot be read: {reason}", name=path.name, reason=error.strerror)
            yield _warning(Position(name), "unreadable-file", what)
            continue
        typ = folder / f"{kind}.typ"
        named = _NAMED.findall(typ.read_text("utf-8", "replace")) if typ.is_file() else ()
        yield from _Labels(document, languages).findings(typ.name, dict.fromkeys(named))


class _Labels:
    """One file of words while it is looked at."""

    def __init__(self, document: Document, languages: Collection[str]) -> None:
        self._document, self._languages = document, languages

    def findings(self, typ: str, named: Collection[str]) -> Iterator[Finding]:
        """What is no text, what one language lacks, and what the typst file names in vain."""
        data = self._document.data
        yield from (replace(one, level=Level.WARNING) for one in self._document.slips)
        if not isinstance(data, dict):
            yield self._wrong((), worded("a map (name: …)"), data)
            return
        known: dict[str, Mapping[str, object]] = {}
        for language, words in data.items():
            if language not in self._languages:
                what = worded('unknown language "{language}"', language=language)
                yield self._found("unknown-language", what, did_you_mean(language, self._languages), language)
            elif not isinstance(words, dict):
                yield self._wrong((language,), worded("a map (name: …)"), words)
            else:
                known[language] = words
                yield from self._texts(language, words)
        every = {name for words in known.values() for name in words}
        usual = {name for name in every if sum(name in words for words in known.values()) * 2 > len(known)}
        for language, words in known.items():
            yield from self._odd(language, words, usual)
        for language in self._languages:
            if language not in data:
                what = worded('no words in "{language}": no document can be made in it', language=language)
                yield _warning(self._document.position(()), "missing-language", what)
        for name in named:
            if known and name not in every:
                what = worded('{file} names the label "{name}", which is not there', file=typ, name=name)
                yield _warning(self._document.position(()), "unknown-label", what, did_you_mean(name, every))

    def _texts(self, language: str, words: Mapping[str, object]) -> Iterator[Finding]:
        for name, text in words.items():
            if isinstance(text, (dict, list)) or text is None:
                yield self._wrong((language, name), worded("text"), text)

    def _odd(self, language: str, words: Mapping[str, object], usual: Collection[str]) -> Iterator[Finding]:
        """The labels that most other languages do not have, and those that they have and this one lacks."""
        lacking = sorted(set(usual) - words.keys())
        for name in (name for name in words if name not in usual):
            advice = did_you_mean(name, lacking)
            what = worded('"{language}" has a label "{name}", and others do not', language=language, name=name)
            yield self._found("unknown-label", what, advice, language, name)
            lacking = [one for one in lacking if not (advice.startswith("did") and f'"{one}"' in advice)]
        if lacking:
            shown = [*lacking[:_MOST], *(["…"] if len(lacking) > _MOST else [])]
            what = worded('"{language}" has no words for: {names}', language=language, names=shown)
            yield self._found("unknown-label", what, "", language)

    def _found(self, code: str, what: str, advice: str, *path: str) -> Finding:
        return _warning(self._document.position(path, key=True), code, what, advice)

    def _wrong(self, path: tuple[str, ...], expected: str, given: object) -> Finding:
        what = worded("expected {expected}, got {given}", expected=expected, given=written(given))
        return _warning(self._document.position(path), "wrong-type", what)


def _warning(where: Position, code: str, what: str, advice: str = "") -> Finding:
    return Finding(where, code, what, advice, _SEE, Level.WARNING)
