"""One agency with a brief form in the sandbox, and the connector that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.google_forms import FormSpec, GoogleFormsConnector, GoogleSettings
from sandbox import Sandbox, serve_in_thread
from sandbox.google import Form, Sheet
from sandbox.world import FORM_ID, RESPONSE_SHEET, SPREADSHEET_ID
from tests.pace import FreePace

BRIEF = FormSpec(
    id="brief",
    spreadsheet=SPREADSHEET_ID,
    sheet=RESPONSE_SHEET,
    token_column="Код клієнта",
    answers={"Сайт": "client.website", "Телефон": "client.phone"},
)
CODE, COMPANY, SITE, PHONE = 1_000_000_001, 1_000_000_002, 1_000_000_003, 1_000_000_007


@dataclass
class Agency:
    """The sandbox behind a real address; `connect` gives a connector to it."""

    sandbox: Sandbox
    base_url: str
    pace: FreePace = field(default_factory=FreePace)

    def connect(self, *forms: FormSpec, **credentials: Any) -> GoogleFormsConnector:
        key = {**self.sandbox.google.account.credentials(self.base_url), **credentials}
        hosts = [self.base_url + "/google"] * 3
        return GoogleFormsConnector(GoogleSettings(key, *hosts), forms or (BRIEF,), self.sandbox.clock, self.pace)

    @property
    def form(self) -> Form:
        return self.sandbox.google.forms[FORM_ID]

    @property
    def sheet(self) -> Sheet:
        return self.form.sheet

    def answer(self, code: str = "", **answers: str) -> Any:
        """Somebody sends the form in, a minute after whatever happened before."""
        self.wait()
        return self.form.submit(_entries(code, answers), self.sandbox.clock.now())

    def edit(self, response: Any, code: str = "", **answers: str) -> None:
        """The same person changes the answers, a minute later."""
        self.wait()
        self.form.edit(response, _entries(code, answers), self.sandbox.clock.now())

    def wait(self, **length: float) -> None:
        self.sandbox.clock.advance(timedelta(**(length or {"minutes": 1})))

    def reads(self) -> list[str]:
        """The operations of all calls to the Sheets API so far."""
        return [entry.path.rpartition("/")[2] for entry in self.sandbox.journal.since() if "/v4/" in entry.path]


def _entries(code: str, answers: dict[str, str]) -> dict[int, str]:
    entries = {"company": COMPANY, "site": SITE, "phone": PHONE}
    return {CODE: code, COMPANY: "Кав’ярня", **{entries[name]: text for name, text in answers.items()}}


@contextmanager
def agency() -> Iterator[Agency]:
    """A fresh agency; nothing was answered yet."""
    sandbox = Sandbox()
    with serve_in_thread(sandbox) as running:
        yield Agency(sandbox, running.base_url)


def revisions(happenings: Sequence[Any]) -> list[tuple[str, int]]:
    """Response and revision of each event."""
    return [(happening.data["response"], happening.data["revision"]) for happening in happenings]
