"""Whether a webhook call really comes from Trello. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac


def verify(secret: str, body: bytes, callback_url: str, header: str) -> bool:
    """Whether `X-Trello-Webhook` fits the raw body and the callback address exactly as it was registered.

    `secret` is the application's secret, not the token. Takes the same time for every wrong header.
    https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures
    """
    if not secret:
        return False
    digest = hmac.new(secret.encode(), body + callback_url.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(base64.b64encode(digest), header.encode("utf-8", "replace"))
