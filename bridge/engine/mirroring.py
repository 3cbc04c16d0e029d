"""Files that the map has copied from one system to another: which are to be hung where, and what became of it.

A file is known by its content. What hangs, or hung, on a thing is never hung there again, and what the bridge itself
put there is no news; nothing is ever deleted. Content is fetched only when a copy is due.
"""

from __future__ import annotations

import hashlib
import html
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from bridge.engine.accounts import system_of
from bridge.engine.context import Context
from bridge.engine.routing import lane_of
from bridge.model.decisions import AttachDocument, Capability, CopyFile
from bridge.model.deliveries import Receipt, StoredFile
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Cause, trace_id
from bridge.model.files import FILES, UPLOAD_PAGE, FileThere, Mirror, Source, is_address, parse_files
from bridge.model.planning import Plan, Wanted
from bridge.model.protocols import Holding
from bridge.model.records import Ref
from bridge.model.values import parse_moment
from bridge.store import Store
from bridge.store.intake import Intake
from bridge.store.known_files import KnownFile
from bridge.store.rows import ClientState, Row, StoredRecord, StoredSubject, parse_ref
from rules.facts import Facts
from rules.speaking import Said, say
from rules.whose_time import office_calendar

_LINKED = "system.file_linked"
"""What is told where a file is too large to be hung."""
UPLOADS = "google_forms.response"
"""The things that hold what clients uploaded to a form."""
_KINDS = {"trello": "attachment", "planfix": "file", "google_forms": "upload"}
"""What files are called in identities, by system."""


def with_files(plan: Plan, state: ClientState, context: Context, store: Store, facts: Callable[[], Facts]) -> Plan:
    """The plan with the copies of files that the map wants. `facts` are asked for only where a text is needed."""
    if not context.mirrors:
        return plan
    pairs = [
        (row, held, subject, target)
        for row in context.mirrors
        for subject in state.subjects
        for held in _holders(state, subject.id, row.source)
        if parse_files(held.fields.get(FILES))
        for subject, target in _targets(row, subject, state)
    ]
    if not pairs:
        return plan
    known = store.files_on({thing.ref for _row, held, _subject, target in pairs for thing in (held, target)})
    hosts = {urlsplit(one.url).hostname for records in state.records.values() for one in records if one.url}
    wanted = {
        one.key: one
        for row, held, subject, target in pairs
        for one in _copies(row, held, subject, target, known, hosts - {None}, context, facts)
    }
    if not wanted:
        return plan
    there, ours = store.copies_wanted(state.client), store.documents_hung(state.client)
    new = [one for key, one in wanted.items() if key not in there and _file_of(one) not in ours]
    return replace(plan, wanted=(*plan.wanted, *new))


def _file_of(wanted: Wanted) -> str:
    return wanted.decision.file if isinstance(wanted.decision, CopyFile) else ""


def _holders(state: ClientState, local: str, kind: str) -> tuple[StoredRecord, ...]:
    """The things of a kind whose files go on: the newest one, but all answers to all forms."""
    if kind == UPLOADS:
        return tuple(one for one in state.records.get(local, ()) if one.ref.kind == "response" and not one.deleted)
    newest = _newest(state, local, kind)
    return (newest,) if newest is not None else ()


def _newest(state: ClientState, local: str, kind: str) -> StoredRecord | None:
    """The newest living thing of a kind. An archived card rests."""
    living = [
        one
        for one in state.records.get(local, ())
        if f"{one.ref.system}.{one.ref.kind}" == kind and not one.deleted and not one.fields.get("closed")
    ]
    return living[-1] if living else None


def _targets(row: Mirror, subject: StoredSubject, state: ClientState) -> Iterator[tuple[StoredSubject, StoredRecord]]:
    """Where files of a subject's thing go: its own, else that of its client, else those of the client's deals."""
    above = [one for one in state.subjects if one.id in (subject.id, subject.parent)]
    for one in sorted(above, key=lambda one: one.id != subject.id):
        if (found := _newest(state, one.id, row.to)) is not None:
            yield one, found
            return
    for one in state.subjects:
        if one.parent == subject.id and (found := _newest(state, one.id, row.to)) is not None:
            yield one, found


def _copies(
    row: Mirror,
    held: StoredRecord,
    subject: StoredSubject,
    target: StoredRecord,
    known: Mapping[Ref, tuple[KnownFile, ...]],
    hosts: set[str | None],
    context: Context,
    facts: Callable[[], Facts],
) -> Iterator[Wanted]:
    here = {one.file: one for one in known.get(held.ref, ())}
    there = {one.hash for one in known.get(target.ref, ())}
    for file, page in _files(held, subject, context, facts):
        ref = Ref(held.ref.system, held.ref.account, _KINDS[held.ref.system], file.id)
        seen = here.get(ref)
        if seen is not None and (seen.ours or not seen.hash or seen.hash in there):
            continue
        if not row.takes(file) or (file.link and (not is_address(file.link) or urlsplit(file.link).hostname in hosts)):
            continue
        key = f"{FILES}:{held.ref}:{file.id}:{target.ref}"
        decision = CopyFile(
            to=row.to,
            holder=str(held.ref),
            file=str(ref),
            name=file.name,
            size=file.size if file.size is not None else -1,
            link=file.link,
            page=page,
            note=_note(file, held, subject, row, context, facts),
            largest=row.largest,
        )
        cause = Cause(FILES, row.source, "", 0, trace_id(key))
        yield Wanted(key, decision, subject.id, cause, background=True)


def _files(
    held: StoredRecord, subject: StoredSubject, context: Context, facts: Callable[[], Facts]
) -> Iterator[tuple[FileThere, str]]:
    """The files of a thing, each with the page that is linked in its place. Those of answers get their names here."""
    form = context.forms.get(str(held.fields.get("form", "")))
    numbers: Counter[str] = Counter()
    for file in parse_files(held.fields[FILES]):
        if held.ref.kind != "response":
            yield file, held.url
            continue
        numbers[file.name] += 1
        named = form.uploads.get(file.name) if form is not None else None
        if named is not None:
            client = facts().value("client.name", subject.id)
            known = client if isinstance(client, str) else ""
            name = named.of(known, _day_of(held, context), numbers[file.name])
            yield replace(file, name=name), str(held.fields.get(UPLOAD_PAGE, "")).format(id=file.id)


def _day_of(held: StoredRecord, context: Context) -> str:
    """The day of an answer in the office, 2026-03-02; that of its reading where it has no time."""
    given = held.fields.get("answered_at")
    at = parse_moment(given) if isinstance(given, str) and given else held.read_at
    return office_calendar(context.ruleset).local(at).date().isoformat()


def _note(
    file: FileThere,
    held: StoredRecord,
    subject: StoredSubject,
    row: Mirror,
    context: Context,
    facts: Callable[[], Facts],
) -> str:
    """The comment of a link, or in the place of a file that is too large; "" for cards, where links hang."""
    if row.to == "trello.card":
        return ""
    named = f'<a href="{html.escape(file.link or held.url)}">{html.escape(file.name)}</a>'
    ruleset, language = context.ruleset, context.ruleset.defaults.language
    if file.link or _LINKED not in ruleset.texts:
        return named
    extra = {"file.name": file.name, "file.page": held.url}
    said = say(ruleset, facts(), subject.id, _LINKED, language, extra=extra)
    return said.text if isinstance(said, Said) else named


# -- one copy ---------------------------------------------------------------------------------------------------------


def source_of(
    decision: CopyFile, target: Ref, connectors: Mapping[str, object], context: Context, store: Store
) -> Source:
    """How the file of a copy is fetched, and what is known of the files on its target. Raises ConnectorError."""
    holder, file = parse_ref(decision.holder), parse_ref(decision.file)
    name = context.accounts.holder(holder)
    connector = connectors.get(name)
    if not isinstance(connector, Holding):
        raise ConnectorError(name, "files cannot be fetched from here", retry=Retry.PERMANENT)
    known = {one.file: one.hash for one in store.files_on([target]).get(target, ())}
    return Source(partial(connector.fetch, holder, file), known)


def is_own(decision: CopyFile, store: Store) -> bool:
    """Whether the bridge itself put the file there that is to be copied, as has turned out since that was decided."""
    holder, file = parse_ref(decision.holder), parse_ref(decision.file)
    return any(one.file == file and one.ours for one in store.files_on([holder]).get(holder, ()))


def keep_files(intake: Intake, row: Row, target: Ref | None, receipt: Receipt, file: StoredFile | None) -> None:
    """Writes down what a receipt tells of files: what was hung where, and what else was found there."""
    if target is None:
        return
    if isinstance(row.decision, AttachDocument) and file is not None and receipt.remote is not None:
        made = hashlib.sha256(file.content).hexdigest()
        intake.files.know(target, [KnownFile(receipt.remote, made, ours=True)])
    if isinstance(row.decision, CopyFile):
        content = str(receipt.details.get("hash") or "")
        intake.files.know(parse_ref(row.decision.holder), [KnownFile(parse_ref(row.decision.file), content)])
        intake.files.know(target, list(_found(receipt)))
        if receipt.remote is not None and content:
            intake.files.know(target, [KnownFile(receipt.remote, content, ours=not receipt.already)])


def put_where_linked(intake: Intake, row: Row, receipt: Receipt, context: Context) -> None:
    """A document that a card only links to is hung on the deal that it links to, unless its rule has it put there."""
    decision, connector = row.decision, context.in_charge.get(Capability.TASKS, "")
    if not isinstance(decision, AttachDocument) or not receipt.details.get("linked") or not connector:
        return
    system = system_of(connector)
    head, _to, form = row.key.rsplit(":", 2)
    wanted = Wanted(f"{head}:{system}:{form}", replace(decision, to=system, file_name=""), row.subject, row.cause)
    intake.want(wanted, client=row.client, connector=connector, lane=lane_of(wanted, row.client))


def _found(receipt: Receipt) -> Iterable[KnownFile]:
    """Files that were read on the target to be compared."""
    found = receipt.details.get("found")
    for file, content in found.items() if isinstance(found, Mapping) else ():
        yield KnownFile(parse_ref(file), str(content))
