"""The sandbox's own service account: its throw-away key, and the OAuth tokens given for it.

Tokens live by the real clock, as the clients that ask for them stamp and check them by theirs.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.google.errors import ApiError

EMAIL = "bridge@sandbox-agency.iam.gserviceaccount.com"
KEY_ID = "5a6d0000000000000000000000000000b0b0cafe"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""What google-auth writes as the audience, whatever token endpoint the credentials name."""
TOKEN_SECONDS = 3599
_SKEW_SECONDS = 300
_INVALID_TOKEN = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


class GrantError(Exception):
    """Why the token endpoint gives no token: the OAuth code and its explanation."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class ServiceAccount:
    """One service account. Its key is made on first use, once in a process, and belongs to nothing real."""

    email = EMAIL

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}

    def credentials(self, base_url: str) -> dict[str, str]:
        """The JSON that an admin would download for this account, with the sandbox's own token endpoint."""
        pem = _private_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": "sandbox-agency",
            "private_key_id": KEY_ID,
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "client_id": "100000000000000000001",
            "auth_uri": f"{base_url}/google/auth",
            "token_uri": f"{base_url}/google/token",
            "universe_domain": "googleapis.com",
        }

    def grant(self, grant_type: str, assertion: str) -> dict[str, Any]:
        """An access token for a signed assertion (RFC 7523). Raises GrantError when anything is wrong with it."""
        if grant_type != GRANT_TYPE:
            raise GrantError("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
        claims = _verified(assertion)
        if claims.get("iss") != EMAIL:
            raise GrantError("invalid_grant", "Invalid grant: account not found")
        audience = str(claims.get("aud", ""))
        if audience != AUDIENCE and urlsplit(audience).path != "/google/token":
            raise GrantError("invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires, now = claims.get("iat", 0), claims.get("exp", 0), time.time()
        if not (issued - _SKEW_SECONDS <= now <= expires + _SKEW_SECONDS) or expires - issued > 3600 + _SKEW_SECONDS:
            raise GrantError(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
            )
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes:
            raise GrantError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        token = "ya29.sandbox-" + secrets.token_urlsafe(24)
        self._tokens[token] = (now + TOKEN_SECONDS, scopes)
        return {"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}

    def authorize(self, header: str, *scopes: str) -> None:
        """Let a request in. Raises ApiError 401 for a bad token, 403 for one without any of these scopes."""
        kind, _, token = header.partition(" ")
        expires, granted = self._tokens.get(token, (0.0, frozenset()))
        if kind.lower() != "bearer" or time.time() > expires:
            raise ApiError(401, _INVALID_TOKEN)
        if not granted & {f"https://www.googleapis.com/auth/{scope}" for scope in scopes}:
            raise ApiError(403, "Request had insufficient authentication scopes.")

    def revoke(self) -> None:
        """Forget all tokens: the next request with one of them is a 401."""
        self._tokens.clear()


@lru_cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _verified(assertion: str) -> dict[str, Any]:
    try:
        signed, _, signature = assertion.rpartition(".")
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        if head.get("alg") != "RS256":
            raise GrantError("invalid_grant", "Invalid JWT: unsupported algorithm.")
        _private_key().public_key().verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise GrantError("invalid_grant", "Invalid JWT Signature.") from None
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise GrantError("invalid_request", "Bad Request: the assertion is no JWT") from None
    return dict(claims)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
