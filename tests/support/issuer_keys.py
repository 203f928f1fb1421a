"""Keys of issuers, and ID tokens signed with them."""

import json
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwk, jws

CLIENT_ID = "allotment-client"


def _pem(key: Any) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(encoding, form, serialization.NoEncryption()).decode())


@dataclass(frozen=True)
class SigningKey:
    """A private key of an issuer."""

    id: str | None
    algorithm: str
    pem: str

    @cached_property
    def _loaded(self) -> Any:
        """The key as python-jose uses it. OpenSSL checks a key that it loads, which takes 20 ms for RSA."""
        return jwk.construct(self.pem, self.algorithm)

    @property
    def public(self) -> dict[str, Any]:
        """The element of the key set."""
        parameters: dict[str, Any] = self._loaded.public_key().to_dict()
        return parameters | {"use": "sig"} | ({} if self.id is None else {"kid": self.id})

    def sign(self, claims: Any, **header: Any) -> str:
        """Return a token. Headers that are None are left out."""
        headers = {"kid": self.id, "typ": "JWT"} | header
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        # python-jose adds `typ`, so a header without it is not tested.
        given = {name: value for name, value in headers.items() if value is not None}
        return str(jws.sign(payload, self._loaded, given, algorithm=self.algorithm))


def ec_key(id: str | None = "curve") -> SigningKey:
    """Return a new key of the curve P-256."""
    return SigningKey(id, "ES256", _pem(ec.generate_private_key(ec.SECP256R1())))


def rsa_key(id: str | None = "first") -> SigningKey:
    """Return a new RSA key, which takes a tenth of a second."""
    return SigningKey(id, "RS256", _pem(rsa.generate_private_key(65537, 2048)))


def valid_claims(issuer: str, subject: str, email: str | None, **values: Any) -> dict[str, Any]:
    """Return the claims of a valid token. Values that are None are left out."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": issuer, "aud": CLIENT_ID, "sub": subject, "iat": now, "exp": now + 3600}
    claims |= {"jti": uuid.uuid4().hex, "email": email, "email_verified": email is not None, "name": "Ada Beech"}
    return {name: value for name, value in (claims | values).items() if value is not None}


ISSUER = "https://issuer.test"
"""An issuer that the settings of the tests accept, with its key: nothing is fetched."""
ISSUER_KEY = ec_key()
ISSUER_SETTING = {
    "issuer": ISSUER,
    "audience": CLIENT_ID,
    "algorithms": ["ES256"],
    "keys": {"keys": [ISSUER_KEY.public]},
}


def id_token(subject: str = "subject-1", email: str | None = None, **values: Any) -> str:
    """Return a new valid ID token of this issuer."""
    return ISSUER_KEY.sign(valid_claims(ISSUER, subject, email, **values))
