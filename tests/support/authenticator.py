"""An authenticator in software: it creates passkeys and signs challenges as the hardware of a person does."""

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN, RP_ID = "http://localhost:8000", "localhost"
"""Those of the application under test."""
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
VERIFIED = USER_PRESENT | USER_VERIFIED


def to_base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftPasskey:
    """A passkey with its private key."""

    user_handle: bytes
    id: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sign_count: int = 0
    """0 as long as the authenticator does not count."""

    @property
    def public_key(self) -> bytes:
        """The public key in the form of COSE."""
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


@dataclass
class Authenticator:
    """Creates and uses passkeys. Its attributes are what the browser and the hardware say, truly or not."""

    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = VERIFIED
    client_data: dict[str, Any] = field(default_factory=dict)
    """Replaces members of the client data."""

    def create(self, options: dict[str, Any], id_length: int = 16) -> tuple[SoftPasskey, dict[str, Any]]:
        """Answer the options of `navigator.credentials.create()` with a new passkey."""
        passkey = SoftPasskey(from_base64url(options["user"]["id"]), os.urandom(id_length))
        attested = bytes(16) + struct.pack(">H", len(passkey.id)) + passkey.id + passkey.public_key
        data = self._authenticator_data(passkey, HAS_KEY) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": to_base64url(self._client_data("webauthn.create", options)),
            "attestationObject": to_base64url(attestation),
            "transports": ["internal", "hybrid", "unknown"],
        }
        return passkey, _credential(passkey, response)

    def get(self, options: dict[str, Any], passkey: SoftPasskey, **replaced: Any) -> dict[str, Any]:
        """Answer the options of `navigator.credentials.get()` with this passkey."""
        client_data, data = self._client_data("webauthn.get", options), self._authenticator_data(passkey)
        signature = passkey.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": to_base64url(client_data),
            "authenticatorData": to_base64url(data),
            "signature": to_base64url(signature),
            "userHandle": to_base64url(passkey.user_handle),
        }
        return _credential(passkey, response | replaced)

    def _client_data(self, type: str, options: dict[str, Any]) -> bytes:
        values = {"type": type, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(values | self.client_data).encode()

    def _authenticator_data(self, passkey: SoftPasskey, flags: int = 0) -> bytes:
        rp_id_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id_hash + bytes([self.flags | flags]) + struct.pack(">I", passkey.sign_count)


def _credential(passkey: SoftPasskey, response: dict[str, Any]) -> dict[str, Any]:
    id = to_base64url(passkey.id)
    return {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}
