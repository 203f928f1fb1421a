"""Access tokens: short-lived JWTs that identify a user and a session. They never contain permissions."""

import base64
import datetime
import hashlib
import hmac
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jose import JWTError, jwk, jwt
from jose.exceptions import ExpiredSignatureError

from services.people import secrets

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "allotment"
TOKEN_TYPE = "at+jwt"  # noqa: S105 -- the media type of RFC 9068
MAX_LENGTH = 4096
LEEWAY_SECONDS = 10
"""Seconds of tolerance for clocks that differ."""
CACHE_SIZE = 10_000
_KEY_ID_DIGITS = 16
_REQUIRED = {f"require_{claim}": True for claim in ("exp", "iat", "sub", "aud", "iss", "jti")}


class InvalidToken(Exception):
    """The token is not valid. The message tells the developer of the client why."""


@dataclass(frozen=True)
class TokenClaims:
    """The user and the session that a token identifies, and when it expires, in seconds since the epoch."""

    user_id: uuid.UUID
    session_id: uuid.UUID
    expires_at: float = field(default=0.0, compare=False)


def key_id(secret: str) -> str:
    """Return the id of a secret (`kid`), which discloses nothing about it. `allotment doctor` prints it."""
    return hashlib.sha256(b"allotment: key id\0" + secret.encode()).hexdigest()[:_KEY_ID_DIGITS]


class AccessTokens:
    """Issues access tokens with one secret, and verifies those that this one or a fallback has signed."""

    def __init__(self, secret: str, minutes: int, fallbacks: Sequence[str] = ()) -> None:
        self._secrets = [each.encode() for each in (secret, *fallbacks)]
        # Key objects: the algorithm never comes from a token's header.
        self._keys = {key_id(each): jwk.construct(each, ALGORITHM) for each in (secret, *fallbacks)}
        self._key_id = key_id(secret)
        self._lifetime_seconds = minutes * 60
        self._verified: dict[str, TokenClaims] = {}

    def issue(self, user_id: uuid.UUID, session_id: uuid.UUID) -> str:
        """Issue a token for an authenticated user. It is valid until it expires or the session ends."""
        return self.issue_with_expiry(user_id, session_id)[0]

    def issue_with_expiry(
        self, user_id: uuid.UUID, session_id: uuid.UUID, until: datetime.datetime | None = None
    ) -> tuple[str, datetime.datetime]:
        """Issue a token as `issue` does, and return when it expires, too. `until` is when it expires instead."""
        now = int(time.time())
        expires_at = now + self._lifetime_seconds if until is None else int(until.timestamp())
        claims = {"sub": str(user_id), "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now}
        claims |= {"exp": expires_at, "jti": uuid.uuid4().hex, "sid": str(session_id)}
        headers, key = {"typ": TOKEN_TYPE, "kid": self._key_id}, self._keys[self._key_id]
        token = str(jwt.encode(claims, key, algorithm=ALGORITHM, headers=headers))
        return token, datetime.datetime.fromtimestamp(expires_at, datetime.UTC)

    def derive_refresh_token(self, session_id: uuid.UUID, token: str) -> str:
        """Return the refresh token that follows another one of its session: always the same one, so that concurrent
        exchanges get it although only its hash is stored. It cannot be computed without the server's secret."""
        return self.derive_refresh_tokens(session_id, token)[0]

    def derive_refresh_tokens(self, session_id: uuid.UUID, token: str) -> list[str]:
        """Return what `derive_refresh_token` returns, and what it returns with each of the fallbacks."""
        message = b"refresh-token\0" + session_id.bytes + token.encode(errors="surrogatepass")
        digests = [hmac.digest(secret, message, "sha256") for secret in self._secrets]
        return [
            secrets.REFRESH_TOKEN_PREFIX + base64.urlsafe_b64encode(digest).rstrip(b"=").decode() for digest in digests
        ]

    def verify(self, token: str) -> TokenClaims:
        """Return the claims of a token; InvalidToken if this server did not issue it or it has expired."""
        if len(token) > MAX_LENGTH:
            raise InvalidToken("The access token is malformed.")
        claims = self._verified.get(token)
        if claims is not None and time.time() < claims.expires_at:
            return claims
        try:
            return self._cache(token, self._decode(token))
        except ExpiredSignatureError:
            raise InvalidToken("The access token has expired. Refresh the session, or sign in again.") from None
        except (JWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            raise InvalidToken("The access token is invalid.") from None

    def _cache(self, token: str, decoded: dict[str, Any]) -> TokenClaims:
        """Cache a valid token until it expires: clients send the same token with every request."""
        claims = _parse_claims(decoded)
        if len(self._verified) >= CACHE_SIZE:
            self._verified.clear()
        self._verified[token] = claims
        return claims

    def _decode(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE or "crit" in header:
            raise ValueError("header")  # python-jose does not check `crit` (RFC 7515 4.1.11)
        options = _REQUIRED | {"leeway": LEEWAY_SECONDS}
        decoded: dict[str, Any] = jwt.decode(
            *(token, self._find_keys(header)), algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=options
        )
        return decoded

    def _find_keys(self, header: dict[str, Any]) -> list[Any]:
        """Return the key that the header names. Tokens of earlier versions name none: any of the keys may have signed
        them."""
        if "kid" not in header:
            return list(self._keys.values())
        return [self._keys[header["kid"]]]  # a KeyError or TypeError is an invalid token


def _parse_claims(decoded: dict[str, Any]) -> TokenClaims:
    if int(decoded["iat"]) > time.time() + LEEWAY_SECONDS:
        raise ValueError("iat")  # python-jose does not reject a token from the future
    return TokenClaims(uuid.UUID(decoded["sub"]), uuid.UUID(decoded["sid"]), float(decoded["exp"]))
