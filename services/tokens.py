"""Access tokens: short-lived JWTs that say who a request is from and which session it belongs to. What that user may
do is never in them."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from jose import JWTError, jwk, jwt
from jose.exceptions import ExpiredSignatureError

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "allotment"
TYPE = "at+jwt"
LONGEST = 4096
LEEWAY = 10
MOST_KEPT = 10_000
_REQUIRED = {f"require_{claim}": True for claim in ("exp", "iat", "sub", "aud", "iss", "jti")}


class BadToken(Exception):
    """The token does not count; the message says why, for the client's programmer."""


@dataclass(frozen=True)
class Identity:
    """Whose token it is: a user, in a session of theirs."""

    user_id: uuid.UUID
    session_id: uuid.UUID


class Tokens:
    """Issues and reads access tokens with one secret."""

    def __init__(self, secret: str, minutes: int) -> None:
        self._key = jwk.construct(secret, ALGORITHM)  # a key object: never guessed anew from a token's header
        self._seconds = minutes * 60
        self._read: dict[str, tuple[Identity, float]] = {}

    def issue(self, user_id: uuid.UUID, session_id: uuid.UUID) -> str:
        """A token for a user who has proved who they are, good for as long as the session."""
        issued = int(time.time())
        claims = {"sub": str(user_id), "iss": ISSUER, "aud": AUDIENCE, "iat": issued, "nbf": issued}
        claims |= {"exp": issued + self._seconds, "jti": uuid.uuid4().hex, "sid": str(session_id)}
        return str(jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"typ": TYPE}))

    def read(self, token: str) -> Identity:
        """Whose token it is; BadToken if it is not one of ours, or not any more."""
        if len(token) > LONGEST:
            raise BadToken("The access token is malformed.")
        identity, end = self._read.get(token, (None, 0.0))
        if identity is not None and time.time() < end:
            return identity
        try:
            return self._kept(token, self._claims(token))
        except ExpiredSignatureError:
            raise BadToken("The access token has expired: refresh the session, or sign in again.") from None
        except (JWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            raise BadToken("The access token is invalid.") from None

    def _kept(self, token: str, claims: dict[str, Any]) -> Identity:
        """Remember a token that counts until it expires: clients send the same one with every request."""
        identity = _identity(claims)
        if len(self._read) >= MOST_KEPT:
            self._read.clear()
        self._read[token] = identity, float(claims["exp"])
        return identity

    def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM or header.get("typ") != TYPE or "crit" in header:
            raise ValueError("header")  # python-jose does not look at `crit` (RFC 7515 4.1.11)
        options = _REQUIRED | {"leeway": LEEWAY}
        claims: dict[str, Any] = jwt.decode(
            token, self._key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=options
        )
        return claims


def _identity(claims: dict[str, Any]) -> Identity:
    if int(claims["iat"]) > time.time() + LEEWAY:
        raise ValueError("iat")  # python-jose does not refuse a token from the future
    return Identity(uuid.UUID(claims["sub"]), uuid.UUID(claims["sid"]))
