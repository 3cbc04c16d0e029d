"""Secrets that tests plant into settings and requests. None of them may ever be printed or logged: see conftest."""

from __future__ import annotations

TRELLO_KEY = "planted-trello-key-0000"
TRELLO_TOKEN = "planted-trello-token-0000"
TRELLO_SECRET = "planted-trello-secret-0000"
PLANFIX_TOKEN = "planted-planfix-token-0000"
TELEGRAM_TOKEN = "110000000:planted-telegram-token-0000"
SMTP_PASSWORD = "planted-smtp-password-0000"
WEB_PASSWORD = "planted-web-password-0000"
GOOGLE_PRIVATE_KEY = "planted-google-private-key-0000"
CLIENT_LOGIN = "planted-client-login-0000"
CLIENT_PASSWORD = "planted-client-password-0000"
CLIENT_NOTE = "planted-client-note-0000"

PLANTED: tuple[str, ...] = (
    TRELLO_KEY,
    TRELLO_TOKEN,
    TRELLO_SECRET,
    PLANFIX_TOKEN,
    "planted-telegram-token-0000",  # also without the bot's number before it
    SMTP_PASSWORD,
    WEB_PASSWORD,
    GOOGLE_PRIVATE_KEY,
    CLIENT_LOGIN,
    CLIENT_PASSWORD,
    CLIENT_NOTE,
)


def planted_in(text: str) -> list[str]:
    """The planted secrets that stand in `text`, in the order of `PLANTED`."""
    return [secret for secret in PLANTED if secret in text]
