"""The inside of the child process in which every template is opened, bounded in memory, time and file size.

The parent (rendering.py) writes `request.json` and the template's files into a fresh folder and names it; the child
leaves `answer.json` and the finished files there. It is handed no secret and no proxy.
"""

from __future__ import annotations

import json
import re
import resource
import zoneinfo
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from jinja2 import TemplateError, TemplateSyntaxError

from bridge.documents.environment import LOCALES, environment
from bridge.documents.errors import DocumentRefused
from bridge.documents.fields import Needs, missing_in, nearest_name
from bridge.documents.fonts import undrawn
from bridge.documents.word import render_word, word_needs

MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024
CPU_LIMIT_SECONDS = 30
FILE_LIMIT_BYTES = 50 * 1024 * 1024

Labels = dict[str, dict[str, str]]


def main(folder: Path) -> None:
    """Do what `request.json` asks and write `answer.json`; dies without one when a limit is hit hard."""
    _limit()
    # One data set of time zones on every machine: the pinned package, not what the system happens to have.
    zoneinfo.reset_tzpath(to=())
    request = json.loads((folder / "request.json").read_text("utf-8"))
    answer: dict[str, Any]
    try:
        work = {"inspect": _inspect, "render": _render}[request["task"]]
        answer = work(folder, request)
    except DocumentRefused as error:
        error.kind = request["kind"]
        answer = {"error": error.to_json()}
    except MemoryError:
        answer = {
            "error": DocumentRefused("template-too-heavy", "it wants too much memory", kind=request["kind"]).to_json()
        }
    except Exception as error:
        # Whatever a template can raise comes back as a sentence; the exception's own text might quote a client.
        what = f"it ended with {type(error).__name__}"
        answer = {"error": DocumentRefused("template-failed", what, kind=request["kind"]).to_json()}
    (folder / "answer.json").write_text(json.dumps(answer, ensure_ascii=False), "utf-8")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_SECONDS, CPU_LIMIT_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, FILE_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _inspect(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    labels = _labels(folder)
    fields: dict[str, str] = {}
    for language in labels or dict.fromkeys(LOCALES):
        fields = _needs(folder, language, labels.get(language, {})) | fields
    return {"fields": sorted(fields)}


def _render(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    language, on = request["language"], date.fromisoformat(request["on"])
    labels = _labels_in(_labels(folder), language)
    doc = {**(request["data"].get("doc") or {}), "lang": language, "title": request["title"], "date": request["on"]}
    context = {**request["data"], "doc": doc}
    _refuse_gaps(context, _needs(folder, language, labels))
    context["labels"] = _filled(labels, language, context)
    for made in request["formats"]:
        (folder / f"made.{made}").write_bytes(_made(made, folder, context, language, on))
    return {"undrawn": undrawn(json.dumps(context, ensure_ascii=False))}


def _made(wanted: str, folder: Path, context: dict[str, Any], language: str, on: date) -> bytes:
    if wanted == "docx":
        return render_word((folder / "template.docx").read_bytes(), context, environment(language, for_xml=True), on)
    # typst is in the extra `pdf`: a bridge without it still makes Word files, so it is named only here.
    from bridge.documents.pdf import render_pdf

    return render_pdf((folder / "template.typ").read_text("utf-8"), context, on, folder)


def _labels(folder: Path) -> Labels:
    """Read as written: to YAML a label `no` or `12:30` would else be something other than a text."""
    try:
        read = yaml.load((folder / "labels.yaml").read_bytes(), yaml.BaseLoader) or {}  # noqa: S506 (it makes texts only)
    except yaml.YAMLError as error:
        where = (
            f"line {error.problem_mark.line + 1}"
            if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark
            else ""
        )
        raise DocumentRefused("template-unreadable", "the labels are not YAML", where=where) from error
    if not isinstance(read, dict) or not all(_is_labels(labels) for labels in read.values()):
        raise DocumentRefused("template-unreadable", "the labels are not of the form {language: {name: text}}")
    return read


def _is_labels(read: object) -> bool:
    return isinstance(read, dict) and all(isinstance(text, str) for text in read.values())


def _labels_in(labels: Labels, language: str) -> dict[str, str]:
    if labels and language not in labels:
        advice = f"add `{language}` to the labels beside the template; they have {', '.join(sorted(labels))}"
        raise DocumentRefused("language-unknown", f"the template has no labels in `{language}`", advice=advice)
    return labels.get(language, {})


def _needs(folder: Path, language: str, labels: dict[str, str]) -> dict[str, str]:
    """Every field that the Word file and the labels need, with the sentence where it first stands."""
    word = folder / "template.docx"
    fields: dict[str, str] = {}
    if word.is_file():
        fields, used = word_needs(word.read_bytes(), environment(language, for_xml=True))
        _refuse_unknown_labels(used, labels, language)
    jinja = environment(language, for_xml=False)
    for name, text in labels.items():
        try:
            found = Needs.of(jinja.parse(text))
        except TemplateSyntaxError as error:
            raise DocumentRefused("template-syntax", str(error.message), where=f"label {language}.{name}") from error
        fields = dict.fromkeys(found.fields, text) | fields
    return fields


def _refuse_unknown_labels(used: dict[str, str], labels: dict[str, str], language: str) -> None:
    for name, where in used.items():
        if name not in labels:
            near = nearest_name(name, labels)
            advice = f"did you mean labels.{near}?" if near else "add it to the labels beside the template"
            raise DocumentRefused(
                "template-name", f"there is no label `{name}` in `{language}`", where=where, advice=advice
            )


def _refuse_gaps(context: dict[str, Any], fields: dict[str, str]) -> None:
    missing = missing_in(context, fields)
    if not missing:
        return
    general = {name: re.sub(r"\[\d+\]", "[]", name) for name in missing}
    nearest = {name: nearest_name(general[name], context) for name in missing}
    hints = [f"{name}: did you mean {near}?" for name, near in nearest.items() if near]
    what = f"the document needs {', '.join(missing)}"
    where, advice = fields[general[missing[0]]], " ".join(hints)
    raise DocumentRefused("data-missing", what, where=where, advice=advice, missing=missing)


def _filled(labels: dict[str, str], language: str, context: dict[str, Any]) -> dict[str, str]:
    jinja = environment(language, for_xml=False)
    filled: dict[str, str] = {}
    for name, text in labels.items():
        try:
            filled[name] = jinja.from_string(text).render(context)
        except TemplateError as error:
            raise DocumentRefused("template-failed", str(error.message), where=f"label {language}.{name}") from error
    return filled
