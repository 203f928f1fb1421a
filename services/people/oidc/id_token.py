"""Verification of ID tokens (OpenID Connect Core 3.1.3.7).

The issuer's setting determines the keys and the algorithms; the header of a token only selects among them. Nothing that
a token refers to is fetched.
"""

import base64
import hashlib
import hmac
import json
import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jose import jws
from jose.exceptions import JOSEError

from services.core.validation import normalize_email
from services.people.oidc.console_clients import ConsoleClients
from services.people.oidc.issuer import Issuer, JsonClient
from services.people.oidc.key_cache import CacheStatus, KeyCache
from services.people.oidc.key_set import MAX_KEY_ID_LENGTH

MAX_LENGTH = 16_384
MAX_SUBJECT_LENGTH = 255
LEEWAY_SECONDS = 30
"""Seconds of tolerance for clocks that differ."""
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES = {"jwt"}
_UUID_BYTES = 16


class InvalidIdToken(Exception):
    """The ID token is not accepted. The message says why: it depends only on what the bearer of the token can read."""


@dataclass(frozen=True)
class Identity:
    """Who an issuer says that a person is."""

    issuer: Issuer
    subject: str
    token_id: UUID
    """Identifies the token, for the check that it is used once."""
    email: str | None = None
    """The address in the token, which the issuer may have verified or not."""
    is_email_verified: bool = False
    name: str | None = None
    has_several_factors: bool = False
    """Whether the issuer says that it has verified several factors."""
    authenticated_at: float | None = None
    """When the person authenticated at the issuer, in seconds since the epoch; None if the issuer does not say so."""

    @property
    def verified_email(self) -> str | None:
        """The address, if the issuer has verified it, and may verify addresses of its domain."""
        is_verified = self.email is not None and self.is_email_verified and self.issuer.may_verify(self.email)
        return self.email if is_verified else None


class IdTokenVerifier:
    """Verifies the ID tokens of all configured issuers."""

    def __init__(self, issuers: Sequence[Issuer], client: JsonClient, max_age: int) -> None:
        """`max_age`: the seconds after which a token is not accepted any more, even if it has not expired."""
        self.issuers = tuple(issuers)
        self._issuers = {issuer.url: (issuer, KeyCache(issuer, client)) for issuer in issuers}
        self._client = client
        self.console_clients = ConsoleClients(issuers, client)
        self.max_age = max_age

    @property
    def status(self) -> list[CacheStatus]:
        """The state of the keys of each issuer."""
        return [cache.status for _, cache in self._issuers.values()]

    def start(self) -> None:
        """Fetch the keys of all issuers in the background."""
        for _, cache in self._issuers.values():
            cache.start()
        self.console_clients.start()

    async def close(self) -> None:
        """Stop fetching keys, and close all connections."""
        for _, cache in self._issuers.values():
            await cache.close()
        await self.console_clients.close()
        await self._client.close()

    async def load_all(self) -> list[CacheStatus]:
        """Fetch the keys of all issuers, and return their state, for `allotment doctor`."""
        for _, cache in self._issuers.values():
            await cache.load()
        return self.status

    def find_unloaded(self, token: str) -> KeyCache | None:
        """Return the keys that must be loaded before the token can be verified; None if none must."""
        try:
            header, claims = _parse(token)
            issuer, cache = self._find_issuer(claims)
            must_load = cache.must_load(*_check_header(header, issuer))
        except InvalidIdToken:
            return None
        return cache if must_load else None

    def verify(self, token: str, nonce: str | None) -> Identity:
        """Return the identity; raise InvalidIdToken, or IssuerUnavailable if the keys of its issuer are missing."""
        header, claims = _parse(token)
        issuer, cache = self._find_issuer(claims)
        key_id, algorithm = _check_header(header, issuer)
        key = cache.find(key_id, algorithm)
        if key is None:
            raise InvalidIdToken("It was signed with a key that the issuer does not publish.")
        try:
            jws.verify(token, key.key, algorithms=[algorithm])
        except JOSEError:
            raise InvalidIdToken("Its signature is wrong.") from None
        _check_times(claims, self.max_age)
        _check_audience(claims, issuer)
        _check_nonce(claims, nonce, issuer)
        # What is signed identifies the token: some signatures can be altered and remain valid.
        signed, _, _ = token.rpartition(".")
        return _build_identity(issuer, claims, UUID(bytes=hashlib.sha256(signed.encode()).digest()[:_UUID_BYTES]))

    def _find_issuer(self, claims: Mapping[str, Any]) -> tuple[Issuer, KeyCache]:
        url = claims.get("iss")
        if not isinstance(url, str) or url not in self._issuers:
            raise InvalidIdToken("Its issuer is not configured (OIDC_ISSUERS).")
        return self._issuers[url]


def _parse(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims, which are not verified."""
    if len(token) > MAX_LENGTH or not token.isascii() or not _FORM.fullmatch(token):
        raise InvalidIdToken("It is not a signed JWT.")
    header, claims, _ = token.split(".")
    return _parse_segment(header), _parse_segment(claims)


def _parse_segment(segment: str) -> dict[str, Any]:
    """Parse a JSON object. A name that occurs twice is rejected: programs could read different values."""
    try:
        parsed = json.loads(
            base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)), object_pairs_hook=_reject_duplicates
        )
    except (ValueError, RecursionError):
        raise InvalidIdToken("It is not a signed JWT.") from None
    if not isinstance(parsed, dict):
        raise InvalidIdToken("It is not a signed JWT.")
    return parsed


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise ValueError("duplicate name")
    return parsed


def _check_header(header: Mapping[str, Any], issuer: Issuer) -> tuple[str | None, str]:
    """Return the id of the key and the algorithm. Extensions that must be understood are none that this server does
    (RFC 7515 4.1.11), and a header `b64` would change what is signed (RFC 7797)."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in issuer.algorithms:
        raise InvalidIdToken("Its algorithm is not accepted from this issuer (OIDC_ISSUERS).")
    if header.keys() & {"crit", "b64", "zip", "enc"} or str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise InvalidIdToken("Its header is not that of an ID token.")
    if key_id is not None and not (isinstance(key_id, str) and len(key_id) <= MAX_KEY_ID_LENGTH):
        raise InvalidIdToken("Its key id is malformed.")
    return key_id, algorithm


def _check_times(claims: Mapping[str, Any], max_age: int) -> None:
    now = time.time()
    if _number(claims, "exp") <= now - LEEWAY_SECONDS:
        raise InvalidIdToken("It has expired.")
    if _number(claims, "nbf", 0) > now + LEEWAY_SECONDS or _number(claims, "iat") > now + LEEWAY_SECONDS:
        raise InvalidIdToken("It is not valid yet. Are the clocks of this server and the issuer right?")
    if _number(claims, "iat") < now - max_age - LEEWAY_SECONDS:
        raise InvalidIdToken(f"It was issued more than {max_age} seconds ago (OIDC_MAX_TOKEN_SECONDS).")


def _number(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:  # false for NaN, too
        raise InvalidIdToken(f"The claim {name} is missing or is not a time.")
    return value


def _check_audience(claims: Mapping[str, Any], issuer: Issuer) -> None:
    """All audiences, and the client that the token was issued to, must be clients of ours."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    issued_to = [claims["azp"]] if "azp" in claims else []
    if not audiences or not all(each in issuer.audiences for each in (*audiences, *issued_to)):
        raise InvalidIdToken("It was issued for another client (`audience` in OIDC_ISSUERS).")


def _check_nonce(claims: Mapping[str, Any], nonce: str | None, issuer: Issuer) -> None:
    """The token contains the nonce of the sign-in, or its hash. Only the hash protects a token that was stolen: the
    nonce cannot be read from it."""
    claimed, hashed_only = claims.get("nonce"), issuer.requires_hashed_nonce or _is_for_console(claims, issuer)
    if claimed is None and nonce is None and not hashed_only:
        return
    if not isinstance(claimed, str) or nonce is None:
        hint = "This issuer requires one." if hashed_only else "Send it if, and only if, the token contains one."
        raise InvalidIdToken(f"The nonce is missing. {hint}")
    presented = nonce.encode(errors="surrogatepass")
    digest = hashlib.sha256(presented).digest()
    forms = (
        digest.hex().encode(),
        base64.urlsafe_b64encode(digest).rstrip(b"="),
        *(() if hashed_only else (presented,)),
    )
    if not any(hmac.compare_digest(claimed.encode(errors="surrogatepass"), form) for form in forms):
        raise InvalidIdToken("Its nonce is that of another sign-in.")


def _is_for_console(claims: Mapping[str, Any], issuer: Issuer) -> bool:
    """The console always sends the hash. So an issuer that gets hold of its code cannot use the token."""
    audience = claims.get("aud")
    return issuer.console is not None and issuer.console.id in (audience if isinstance(audience, list) else [audience])


def _build_identity(issuer: Issuer, claims: Mapping[str, Any], token_id: UUID) -> Identity:
    subject, email, name = claims.get("sub"), claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH or not subject.isprintable():
        raise InvalidIdToken("The claim sub is missing or malformed.")
    address = normalize_email(email) if isinstance(email, str) and _is_unambiguous(email) else ""
    is_verified = (
        claims.get("email_verified") is True or claims.get("email_verified") == "true"
    )  # some issuers send text
    full_name = name if isinstance(name, str) else None
    return Identity(
        *(issuer, subject, token_id, address or None, is_verified, full_name),
        has_several_factors=_has_several_factors(claims),
        authenticated_at=_authentication_time(claims),
    )


def _is_unambiguous(email: str) -> bool:
    """Return whether an address is stored as it was verified. Others could become that of another person: the Kelvin
    sign is normalized to the letter k."""
    return email.isprintable() and email == email.strip() and unicodedata.is_normalized("NFC", email)


def _authentication_time(claims: Mapping[str, Any]) -> float | None:
    try:
        return _number(claims, "auth_time")
    except InvalidIdToken:
        return None  # signing in does not need it


def _has_several_factors(claims: Mapping[str, Any]) -> bool:
    """Return whether the methods of the authentication (RFC 8176) include several factors."""
    methods = claims.get("amr")
    return isinstance(methods, list) and "mfa" in methods
