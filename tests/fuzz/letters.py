"""`python -m tests.fuzz.letters --count 20000`: hostile and broken letters, as anybody may send them to the agency.

Batches of them go through the reading of the mailbox, intake and planning of a small agency. None may stop the reading,
take longer than a moment, speak for the staff, be of a client who did not write, end a message that it does not name,
or leave behind what a database refuses.
"""

from __future__ import annotations

import base64
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from bridge.model.decisions import Capability, SendMessage
from bridge.model.events import ActorKind
from bridge.model.records import Ref
from connectors.email import EmailMapping, EmailReader, SmtpSettings
from connectors.email.inbox import Inbox, Letter, Place
from tests.connectors.email.mailbox import letter, returned
from tests.engine.office import NOON, Desk, agency
from tests.fuzz.batches import run_batches
from tests.pace import FreePace

BATCH = 20
AT_ONCE = 0.5
"""Seconds of the processor for a batch."""
CLIENT, STRANGER = "office@kavarnia.test", "spam@shop.test"
CHAT = Ref("telegram", "bot", "chat", "501")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_SENDERS = (
    *(CLIENT, STRANGER, "office@agency.test", "<>", "", "a@b@c", f'"{CLIENT}" <{STRANGER}>', f"{STRANGER}, {CLIENT}"),
    *(f"=?utf-8?b?{'0J7' * 900}?= <{STRANGER}>", "(" * 3000, f"x\n {CLIENT}", "olena@xn--", f"{STRANGER}\x00"),
)
_SUBJECTS = (
    *("Re: новини", "/stop all", "stop", "=?koi8-r?q?=F3?=", "=?utf-8?b?!!!?=", "=?nobody?q?x?=", "=?utf-8?q?=00=ED?="),
    *("пароль: Qw3rty!zx9", "x" * 30_000, "{{ 7*7 }}", "\x00", "👩‍👧" * 300, "<b>"),
)
_BODIES = ("Дякую", "/stop all", "стоп", "> x\n" * 3000, "<" * 60_000, "<style" * 9000, "\x00\x01", "a" * 200_000)
_KINDS = (
    *("text/plain", "text/plain; charset=nobody", "text/plain; charset*=x''%ff", "text/html", "message/rfc822"),
    *('multipart/mixed; boundary="b"', "multipart/mixed", "multipart/report; report-type=delivery-status", ";;;=", ""),
)


class Waiting(Inbox):
    """A mailbox with these letters in it."""

    def __init__(self, raw: Sequence[bytes]) -> None:
        self._raw = list(raw)

    def after(self, place: Place | None, today: date) -> tuple[list[Letter], Place, bool]:
        heads = [one.partition(b"\n\n")[0][:65_536] for one in self._raw]
        return [Letter(n, NOON, head) for n, head in enumerate(heads)], Place(1, len(heads), today.isoformat()), False

    def whole(self, letter: Letter) -> bytes:
        return self._raw[letter.number][:131_072]


class Mailbox(EmailReader):
    """The reading of the mailbox with these letters in it."""

    def __init__(self, raw: Sequence[bytes], desk: Desk) -> None:
        settings = SmtpSettings.of("smtp://127.0.0.1", "office@agency.test")
        super().__init__(settings, EmailMapping("Агенція", keep_words=True), None, desk.clock, FreePace())
        self._inbox = Waiting(raw)


def letters(dice: random.Random, named: Sequence[str], count: int = BATCH) -> list[bytes]:
    """So many letters by outsiders, most of them broken somewhere; `named` are the ids that they may know."""
    return [_broken(dice, _letter(dice, f"<{dice.choice(named)}@agency.test>")) for _number in range(count)]


def _letter(dice: random.Random, mark: str) -> bytes:
    if dice.random() < 0.3:
        action, status = dice.choice(["failed", "delayed", "x"]), dice.choice(["5.1.1", "5.0.0", "", "9" * 5000])
        report = returned(action, status, dice.choice(_SUBJECTS), mark).encode()
        return report.replace(b"client@kavarnia.test", dice.choice(_SENDERS).encode())
    body, kind = dice.choice(_BODIES), dice.choice(_KINDS)
    if dice.random() < 0.2:
        body = "".join(f'--b{n}\nContent-Type: multipart/mixed; boundary="b{n + 1}"\n\n' for n in range(1000)) + body
        kind = 'multipart/mixed; boundary="b0"'
    coded = dice.choice(["", "base64", "quoted-printable", "x-uuencode", "nobody"])
    if coded == "base64" and dice.random() < 0.5:
        body = base64.b64encode(body.encode()).decode()
    more = {"Content-Type": kind, "Content-Transfer-Encoding": coded, "References": mark * dice.choice([1, 2, 2000])}
    return letter(body, sender=dice.choice(_SENDERS), Subject=dice.choice(_SUBJECTS), **more).encode()


def _broken(dice: random.Random, raw: bytes) -> bytes:
    """The same letter, cut, doubled or spoiled in most cases."""
    at = dice.randrange(len(raw))
    breaks: Sequence[Callable[[], bytes]] = (
        lambda: raw,
        lambda: raw[:at],
        lambda: raw[at:] + raw[:at],
        lambda: raw[:at] + dice.randbytes(dice.randrange(1, 60)) + raw[at:],
        lambda: raw.replace(b"\n", dice.choice([b"\r\n", b"\r", b"\n\n", b"\x00"]), dice.randrange(1, 9)),
        lambda: raw[:at] + raw[at // 2 : at] * 3 + raw[at:],
    )
    return dice.choice(breaks)()


def wrong(seed: int, number: int) -> str:
    """What a batch did that it must not; "" for nothing."""
    dice = random.Random(f"{seed} {number}")
    usual = agency()
    desk = Desk(NOON, replace(usual, in_charge={**usual.in_charge, Capability.LETTERS: "email"}))
    client, deal = desk.client()
    desk.take(replace(desk.contact(email=CLIENT), emails=(CLIENT,)))
    in_chat = desk.want(SendMessage("client", "Так?", "hello", buttons=(("approve", "Так"),)), deal)
    desk.deliver()
    before = (desk.local(CHAT), desk.store.stops(), desk.state(in_chat))
    kinds = len(desk.events)
    began = time.process_time()
    page = Mailbox(letters(dice, [in_chat, "ffffffffff", "0123456789", "x"]), desk).pull(None)
    took = time.process_time() - began
    desk.engine.take_in("email", replace(page, cursor=None))
    desk.engine.plan_due()
    new = desk.events[kinds:]
    if took > AT_ONCE:
        return f"reading took {took:.1f} s"
    if any(event.actor.kind is ActorKind.PERSON or event.kind in ("command", "desk.asked") for event in new):
        return "an outsider spoke for the staff"
    if any(_UNFIT.search(str(list(event.data.values()))) or _UNFIT.search(event.actor.name) for event in new):
        return "an event holds what a database refuses"
    if any(event.data.get("from", CLIENT) != CLIENT or event.subject not in ("", client, deal) for event in new):
        return "a stranger's letter is a client's"
    if any(event.kind == "undelivered" for event in new):
        return "a message that no letter was counts as returned"
    return "" if before == (desk.local(CHAT), desk.store.stops(), desk.state(in_chat)) else "a message is another"


def main() -> int:
    """Runs the batches; 1 when one did what it must not."""
    return run_batches("letters", __doc__, BATCH, wrong)


if __name__ == "__main__":
    sys.exit(main())
