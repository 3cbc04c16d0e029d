"""Sealing what clients hand over, and opening it: HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305.

The daemon holds the public key only. The private one is a file of its own (BRIDGE_VAULT__KEY_FILE), and nothing but
`bridge vault show` reads it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bridge.model.errors import BridgeError
from bridge.model.vault import key_name
from bridge.model.wording import worded

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_PIECE = 1024
"""Boxes are filled up to a multiple of so many bytes: their size must not tell how long a password is."""

_NO_KEY = "this is no key of a vault; it is the file that `bridge vault init` made"


class CannotOpen(BridgeError):
    """A box that this key does not open, or a key that cannot be read. No content is ever in its text."""

    exit_code = 1


def new_key() -> tuple[bytes, str]:
    """A new pair: the private key as PEM, and the public one as bridge.yaml takes it."""
    key = X25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, _written(key.public_key())


def seal(public_key: bytes, content: Mapping[str, str], about: str) -> bytes:
    """A box that only the private key opens, and only as what it is `about`: boxes cannot be exchanged."""
    plain = json.dumps(content, ensure_ascii=False).encode()
    filled = plain + b" " * (-len(plain) % _PIECE)
    return _SUITE.encrypt(filled, X25519PublicKey.from_public_bytes(public_key), about.encode())


class Opener:
    """Opens boxes with one private key. Raises CannotOpen for what is no key."""

    def __init__(self, pem: bytes) -> None:
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError) as error:
            raise CannotOpen(worded(_NO_KEY)) from error
        if not isinstance(key, X25519PrivateKey):
            raise CannotOpen(worded(_NO_KEY))
        self._key = key

    @property
    def public_key(self) -> str:
        """The public key of the pair, as bridge.yaml takes it."""
        return _written(self._key.public_key())

    @property
    def name(self) -> str:
        """The short name of the pair."""
        return key_name(self._key.public_key().public_bytes_raw())

    def open(self, sealed: bytes, about: str) -> dict[str, str]:
        """What a client wrote. Raises CannotOpen for a box of another key, of something else, or changed."""
        try:
            plain = _SUITE.decrypt(sealed, self._key, about.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(worded("this key does not open it: it was sealed for another key, or changed")) from error
        content = json.loads(plain)
        return {str(name): str(value) for name, value in content.items()}


def _written(key: X25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes_raw()).decode()
