"""The Google stand-ins, asked by the real gspread over HTTP; forms as a browser without JavaScript sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import gspread
import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2.service_account import Credentials

from sandbox import Running, Sandbox
from sandbox.faults import Fault
from sandbox.google import Question
from sandbox.google.fields import select
from sandbox.journal import Exchange
from sandbox.world import FORM_ID, FORM_PUBLIC_ID, RESPONSE_SHEET, SPREADSHEET_ID
from tests.contract import descriptions
from tests.contract.google_discovery import validate

SCOPES = [
    "https://www.googleapis.com/auth/spreadsheets.readonly",
    "https://www.googleapis.com/auth/forms.responses.readonly",
    "https://www.googleapis.com/auth/forms.body.readonly",
]
SERIAL = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
COFFEE = {"Код клієнта": "007", "Назва компанії": "Кав’ярня «Ранок»", "Телефон": "0671234567"}


@pytest.fixture
def running(server: Running) -> Iterator[Running]:
    """A fresh sandbox behind the one server; in the end every exchange is held against the official description."""
    fresh = Sandbox()
    server.serve(fresh)
    yield server
    assert [fault for exchange in fresh.journal.since() for fault in validate(exchange)] == []


def credentials(running: Running, **changes: str) -> Credentials:
    info = requests.get(f"{running.base_url}/sandbox/google-credentials", timeout=5).json()
    made = Credentials.from_service_account_info({**info, **changes}, scopes=SCOPES)  # type: ignore[no-untyped-call]
    assert isinstance(made, Credentials)
    return made


@pytest.fixture
def bearer(running: Running) -> dict[str, str]:
    """The headers of a request with a good token."""
    account = credentials(running)
    account.refresh(AuthRequest())  # type: ignore[no-untyped-call]
    return {"Authorization": f"Bearer {account.token}"}


@pytest.fixture
def sheets(running: Running, bearer: dict[str, str]) -> gspread.HTTPClient:
    """The real client, its base address swapped as a bridge would."""
    session = requests.Session()
    session.headers.update(bearer)

    class LocalClient(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, *args: Any, **kw: Any) -> requests.Response:
            local = endpoint.replace("https://sheets.googleapis.com", f"{running.base_url}/google")
            return super().request(method, local, *args, **kw)

    client = gspread.Client(auth=None, session=session, http_client=LocalClient).http_client  # type: ignore[arg-type]
    client.set_timeout(5)
    return client


def read(sheets: gspread.HTTPClient, *ranges: str, **params: str) -> list[Any]:
    answer = sheets.values_batch_get(SPREADSHEET_ID, [f"'{RESPONSE_SHEET}'!{a1}" for a1 in ranges], {**params})
    return [found.get("values", []) for found in answer["valueRanges"]]


def form_url(running: Running, page: str, query: str = "") -> str:
    return f"{running.base_url}/forms/d/e/{FORM_PUBLIC_ID}/{page}?{query}"


def test_a_token_is_given_for_the_accounts_own_signature(running: Running) -> None:
    account = credentials(running)
    account.refresh(AuthRequest())  # type: ignore[no-untyped-call]
    assert account.token
    assert account.token not in str([e.as_json() for e in running.sandbox.journal.since()])


def test_a_foreign_signature_gets_no_token(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    account = credentials(running)
    monkeypatch.setattr(account.signer, "sign", lambda message: b"\0" * 256)
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        account.refresh(AuthRequest())  # type: ignore[no-untyped-call]


def test_an_unknown_account_gets_no_token(running: Running) -> None:
    account = credentials(running, client_email="somebody@else.iam.gserviceaccount.com")
    with pytest.raises(RefreshError, match="account not found"):
        account.refresh(AuthRequest())  # type: ignore[no-untyped-call]


def test_gspread_opens_the_sheet_and_reads_its_header(sheets: gspread.HTTPClient) -> None:
    book = gspread.Spreadsheet(sheets, {"id": SPREADSHEET_ID})
    header = book.worksheet(RESPONSE_SHEET).row_values(1)
    assert (header[0], header[-1], len(header)) == ("Позначка часу", "Телефон", 8)


def test_metadata_can_be_cut_to_the_fields_asked_for(sheets: gspread.HTTPClient) -> None:
    found = sheets.fetch_sheet_metadata(
        SPREADSHEET_ID, {"fields": "properties(timeZone,locale),sheets.properties.title"}
    )
    assert found == {
        "properties": {"timeZone": "Europe/Kyiv", "locale": "uk_UA"},
        "sheets": [{"properties": {"title": RESPONSE_SHEET}}],
    }


def test_a_time_stamp_is_a_serial_number_in_the_sheets_zone(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.clock.set(datetime(2026, 7, 1, 6, 30, tzinfo=UTC))
    sandbox.people.fill_form(COFFEE)
    ((stamp,),) = read(sheets, "A2:A", **SERIAL)[0]
    assert datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=stamp) == datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "shown"),
    [("uk_UA", "02.03.2026 9:00:00"), ("en_US", "3/2/2026 9:00:00"), ("en_GB", "02/03/2026 09:00:00")],
)
def test_a_formatted_time_stamp_is_text_in_the_sheets_language(
    sandbox: Sandbox, sheets: gspread.HTTPClient, locale: str, shown: str
) -> None:
    sandbox.people.fill_form(COFFEE)
    sandbox.google.books[SPREADSHEET_ID].locale = locale
    assert read(sheets, "A2", dateTimeRenderOption="SERIAL_NUMBER") == [[[shown]]]


def test_a_time_stamp_can_be_text_beside_raw_numbers(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.people.type_row([12.5])
    sandbox.people.fill_form(COFFEE)
    as_text = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"}
    assert read(sheets, "A2:A", **as_text) == [[["02.03.2026 9:00:00"], [12.5]]]
    assert read(sheets, "A3") == [[["12,5"]]]


def test_rows_are_ragged(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.people.fill_form({"Назва компанії": "Млин"})
    sandbox.people.type_row(["нотатка"])
    sandbox.people.type_row([None, None])
    ((form_row, typed_row),) = read(sheets, "A2:H")
    assert form_row[1:] == ["", "Млин"]
    assert typed_row == ["нотатка"]


def test_an_empty_range_has_no_values_at_all(sheets: gspread.HTTPClient) -> None:
    answer = sheets.values_get(SPREADSHEET_ID, f"'{RESPONSE_SHEET}'!A2:H")
    assert answer == {"range": f"'{RESPONSE_SHEET}'!A2:H1000", "majorDimension": "ROWS"}


def test_columns_can_be_asked_for(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.people.fill_form(COFFEE)
    assert read(sheets, "B1:C2", majorDimension="COLUMNS") == [
        [["Код клієнта", "007"], ["Назва компанії", "Кав’ярня «Ранок»"]]
    ]


def test_digits_lose_their_zeros_unless_the_column_is_plain_text(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.google.forms[FORM_ID].add_question(Question(1_000_000_099, "Другий телефон"))
    sandbox.people.fill_form({**COFFEE, "Другий телефон": "0671234567"})
    assert read(sheets, "H2:I2") == [[["0671234567", "671234567"]]]


def test_a_new_response_stands_above_rows_typed_by_hand(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.people.fill_form({"Назва компанії": "Перша"})
    sandbox.people.type_row([None, None, "Від руки"])
    sandbox.people.fill_form({"Назва компанії": "Друга"})
    assert read(sheets, "C2:C") == [[["Перша"], ["Друга"], ["Від руки"]]]


def test_an_edited_response_keeps_its_row_and_moves_its_time(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.people.fill_form(COFFEE)
    sandbox.people.fill_form({"Назва компанії": "Млин"})
    sandbox.clock.advance(timedelta(days=1))
    sandbox.people.edit_response(2, {"Сайт": "ranok.example"})
    ((first, second),) = read(sheets, "A2:D")
    assert first == ["03.03.2026 9:00:00", "007", "Кав’ярня «Ранок»", "ranok.example"]
    assert second[0] == "02.03.2026 9:00:00"


@pytest.mark.parametrize("a1", ["Аркуш7!A1", "A", "'Відповіді форми (1)'!A1:", "A5000"])
def test_a_range_that_is_none_is_refused(sheets: gspread.HTTPClient, a1: str) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheets.values_get(SPREADSHEET_ID, a1)
    assert (caught.value.code, caught.value.error["status"]) == (400, "INVALID_ARGUMENT")


def test_a_sheet_that_is_not_shared_is_forbidden(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.people.unshare_sheet()
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheets.values_get(SPREADSHEET_ID, "A1")
    assert (caught.value.code, caught.value.error["status"]) == (403, "PERMISSION_DENIED")


def test_a_reader_cannot_write(sheets: gspread.HTTPClient) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheets.values_update(SPREADSHEET_ID, "A1", {"valueInputOption": "RAW"}, {"values": [["?"]]})
    assert caught.value.code == 403


def test_an_unknown_sheet_is_not_found(sheets: gspread.HTTPClient) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheets.fetch_sheet_metadata("1nowhere")
    assert (caught.value.code, caught.value.error["status"]) == (404, "NOT_FOUND")


def test_a_forgotten_token_is_unauthenticated(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.google.account.revoke()
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheets.values_get(SPREADSHEET_ID, "A1")
    assert (caught.value.code, caught.value.error["status"]) == (401, "UNAUTHENTICATED")


def test_sixty_reads_a_minute_are_the_quota(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.limits.mode = "vendor"
    for _ in range(60):
        sheets.values_get(SPREADSHEET_ID, "A1")
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheets.values_get(SPREADSHEET_ID, "A1")
    assert (caught.value.code, caught.value.error["status"]) == (429, "RESOURCE_EXHAUSTED")


def test_a_fault_speaks_as_google_does(sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.faults.add(Fault("google", "status", status=503, message="Busy"))
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheets.values_get(SPREADSHEET_ID, "A1")
    assert (caught.value.code, caught.value.error["status"]) == (503, "UNAVAILABLE")


def test_a_prefilled_link_fills_the_page_and_hurts_it_not(running: Running) -> None:
    code = '"><script>'
    url = form_url(running, "viewform", "usp=pp_url&hl=en")
    page = requests.get(url, params={"entry.1000000001": code, "entry.1000000004": "SMM"}, timeout=5).text
    assert "<script" not in page
    assert code in unescape(page)
    assert 'value="SMM" checked' in page


@pytest.mark.parametrize(("language", "button"), [("uk", "Надіслати"), ("ru", "Отправить"), ("en", "Submit")])
def test_the_page_speaks_three_languages(running: Running, language: str, button: str) -> None:
    page = requests.get(form_url(running, "viewform", f"hl={language}"), timeout=5).text
    assert f'lang="{language}"' in page
    assert f">{button}</button>" in page


def test_a_sent_form_becomes_a_row_and_its_edit_link_changes_it(
    running: Running, sandbox: Sandbox, sheets: gspread.HTTPClient
) -> None:
    done = requests.post(form_url(running, "formResponse", "hl=uk"), {"entry.1000000002": "Млин"}, timeout=5).text
    edit_key = re.findall(r"edit2=([\w-]+)", done)[0]
    assert "Млин" in requests.get(form_url(running, "viewform", f"edit2={edit_key}"), timeout=5).text
    requests.post(form_url(running, "formResponse"), {"entry.1000000002": "Вітряк", "edit2": edit_key}, timeout=5)
    assert read(sheets, "C2:C") == [[["Вітряк"]]]
    assert [e.write for e in sandbox.journal.writes("forms")] == ["response.submit", "response.edit"]


def test_a_required_answer_is_asked_for_again(running: Running, sheets: gspread.HTTPClient) -> None:
    answer = requests.post(form_url(running, "formResponse", "hl=en"), {"entry.1000000003": "a.example"}, timeout=5)
    assert "This question is required" in answer.text
    assert "a.example" in answer.text
    assert read(sheets, "A2:H") == [[]]


def test_a_closed_form_takes_nothing(running: Running, sandbox: Sandbox, sheets: gspread.HTTPClient) -> None:
    sandbox.people.close_form()
    page = requests.get(form_url(running, "viewform", "hl=en"), timeout=5).text
    requests.post(form_url(running, "formResponse"), {"entry.1000000002": "Млин"}, timeout=5)
    assert "no longer accepting responses" in page
    assert read(sheets, "A2:H") == [[]]


def test_an_unpublished_form_is_not_found(running: Running, sandbox: Sandbox) -> None:
    sandbox.people.unpublish_form()
    assert requests.get(form_url(running, "viewform"), timeout=5).status_code == 404


def test_the_forms_api_lists_responses_by_time_and_page(
    running: Running, sandbox: Sandbox, bearer: dict[str, str]
) -> None:
    url = f"{running.base_url}/google/v1/forms/{FORM_ID}/responses"
    for name in ("Перша", "Друга", "Третя"):
        sandbox.people.fill_form({"Назва компанії": name})
        sandbox.clock.advance(timedelta(hours=1))
    params = {"filter": "timestamp > 2026-03-02T07:00:00Z", "pageSize": "1"}
    first = requests.get(url, params=params, headers=bearer, timeout=5).json()
    second = requests.get(url, params={**params, "pageToken": first["nextPageToken"]}, headers=bearer, timeout=5).json()
    texts = [page["responses"][0]["answers"]["3b9aca02"]["textAnswers"]["answers"] for page in (first, second)]
    assert texts == [[{"value": "Друга"}], [{"value": "Третя"}]]
    assert "nextPageToken" not in second


def test_the_forms_api_shows_the_questions(running: Running, bearer: dict[str, str]) -> None:
    form = requests.get(f"{running.base_url}/google/v1/forms/{FORM_ID}", headers=bearer, timeout=5).json()
    assert form["responderUri"] == form_url(running, "viewform").rstrip("?")
    assert form["items"][1]["questionItem"]["question"] == {
        "questionId": "3b9aca02",
        "required": True,
        "textQuestion": {},
    }


def test_people_cannot_answer_what_is_not_asked(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="does not ask Колір"):
        sandbox.people.fill_form({"Колір": "синій"})


def test_a_field_mask_reaches_into_lists() -> None:
    value = {"a": [{"b": 1, "c": {"d": 2, "e": 3}}], "f": 4}
    assert select(value, "a(b,c/d)") == {"a": [{"b": 1, "c": {"d": 2}}]}
    assert select(value, "*") == value


@pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")
def test_the_contract_finds_a_wrong_parameter_and_a_wrong_answer(sandbox: Sandbox) -> None:
    path = f"/google/v4/spreadsheets/{SPREADSHEET_ID}/values:batchGet"
    entry = Exchange(1, sandbox.clock.now(), "google", "GET", path, {"render": "x", "majorDimension": "UP"}, {}, None)
    entry.answer_type, entry.answer_bytes, entry.status = "application/json", b'{"valueRanges": {}, "x": 1}', 200
    faults = [fault.partition(": ")[2] for fault in validate(entry)]
    assert "unknown parameter render" in faults
    assert any("'UP' is none of" in fault for fault in faults)
    assert any("is no array" in fault for fault in faults)
    assert any("answer.x: not a member" in fault for fault in faults)
