"""What the Google Forms connector is handed: the account it signs in with, and the response sheets it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

UPLOAD = "files:"
"""How the name of what a column with files fills begins. Fields have no colon."""


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """One service account and the hosts to ask (without version, plain http allowed).

    `credentials` is the service account's JSON key as Google hands it out; its `token_uri` is where it signs in.
    """

    credentials: Mapping[str, Any] = field(repr=False)
    sheets_base_url: str = "https://sheets.googleapis.com"
    drive_base_url: str = "https://www.googleapis.com"
    forms_base_url: str = "https://forms.googleapis.com"


@dataclass(frozen=True, slots=True)
class FormSpec:
    """One form's response sheet, and what its columns mean.

    Columns are named by their header title, or by letter where no title is that letter. `timestamp_column` "" is the
    first column, followed by its title when it moves. `token_column` "" means that the form asks for no code.
    `answers` says which column fills which field; `lag` is how late Google writes an answer into the sheet; `region` is
    the country of phone numbers that are written without a country code; `phones` are the fields that hold a phone.
    `uploads` are the columns that hold files. `days` and `moments` are fields that hold a day, or a day with an hour:
    a sheet shows both in the order of its own country, so they are read as the numbers that they are.
    """

    id: str
    spreadsheet: str
    sheet: str
    token_column: str = ""
    timestamp_column: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    lag: timedelta = timedelta()
    region: str = "UA"
    phones: frozenset[str] = frozenset()
    uploads: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    moments: frozenset[str] = frozenset()

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns of which something is read, each with what it fills: a field, or files of its own name."""
        return {**self.answers, **{column: f"{UPLOAD}{column}" for column in sorted(self.uploads)}}

    @property
    def source(self) -> str:
        """The name its freshness is reported under."""
        return f"google_forms.{self.id}"
