"""Invalid access tokens, each with one defect, and helpers that sign valid ones."""

import base64
import json
import time
import uuid
from typing import Any

from jose import jwk, jwt

from models.ids import NIL_UUID
from tests.support.settings import SECRET_KEY

ALGORITHM = "HS256"
OTHER_KEY = "another secret than the server's, long enough"


def valid_claims(user_id: uuid.UUID, session_id: uuid.UUID = NIL_UUID) -> dict[str, Any]:
    """Return the claims of a valid token."""
    issued_at = int(time.time())
    identity = {"iss": "allotment", "aud": "allotment", "sub": str(user_id), "jti": uuid.uuid4().hex}
    identity["sid"] = str(session_id)
    return identity | {"iat": issued_at, "nbf": issued_at, "exp": issued_at + 600}


def sign(claims: dict[str, Any], key: str = SECRET_KEY, algorithm: str = ALGORITHM, **header: Any) -> str:
    """Return a token with these claims."""
    headers = {"typ": "at+jwt"} | header
    return str(jwt.encode(claims, jwk.construct(key, algorithm), algorithm=algorithm, headers=headers))


def _base64url(part: bytes) -> str:
    """Encode one segment of a token."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _assemble(header: Any, claims: Any, signature: str = "") -> str:
    return ".".join([_base64url(json.dumps(header).encode()), _base64url(json.dumps(claims).encode()), signature])


def invalid_tokens(user_id: uuid.UUID, session_id: uuid.UUID = NIL_UUID) -> dict[str, str]:
    """Return invalid tokens by a description of their defect."""
    claims = valid_claims(user_id, session_id)
    return _tokens_with_invalid_claims(claims) | _tokens_with_invalid_headers(claims) | _malformed_tokens(sign(claims))


def _tokens_with_invalid_claims(claims: dict[str, Any]) -> dict[str, str]:
    now = int(time.time())
    overrides: dict[str, dict[str, Any]] = {
        "expired": {"iat": now - 900, "nbf": now - 900, "exp": now - 60},
        "not valid yet": {"nbf": now + 60},
        "issued in the future": {"iat": now + 60},
        "another audience": {"aud": "another"},
        "several wrong audiences": {"aud": ["a", "b"]},
        "another issuer": {"iss": "another"},
        "subject is not an id": {"sub": "member@here.test"},
        "subject is not a string": {"sub": 5},
        "session is not an id": {"sid": "mine"},
        "expiry is text": {"exp": "tomorrow"},
        "infinite expiry": {"exp": 1e400},
        "expiry is null": {"exp": None},
        "time of issue is a list": {"iat": [now]},
    }
    tokens = {name: sign(claims | override) for name, override in overrides.items()}
    for name in ("exp", "iat", "sub", "aud", "iss", "jti", "sid"):
        tokens[f"without {name}"] = sign({key: value for key, value in claims.items() if key != name})
    return tokens


def _tokens_with_invalid_headers(claims: dict[str, Any]) -> dict[str, str]:
    valid_header = {"alg": ALGORITHM, "typ": "at+jwt"}
    signature = sign(claims).rpartition(".")[2]
    return {
        "another key": sign(claims, OTHER_KEY),
        "empty key": sign(claims, ""),
        "stronger algorithm": sign(claims, algorithm="HS512"),
        "another type": sign(claims, typ="JWT"),
        "no type": sign(claims, typ=None),
        "critical headers": sign(claims, crit=["exp"]),
        "alg none": _assemble({"alg": "none", "typ": "at+jwt"}, claims),
        "alg None with a signature": _assemble({"alg": "None", "typ": "at+jwt"}, claims, signature),
        "asymmetric algorithm": _assemble({"alg": "RS256", "typ": "at+jwt"}, claims, signature),
        "algorithm is a list": _assemble({"alg": [ALGORITHM], "typ": "at+jwt"}, claims, signature),
        "no algorithm": _assemble({"typ": "at+jwt"}, claims, signature),
        "header is a list": _assemble([valid_header], claims, signature),
        "header is null": _assemble(None, claims, signature),
        "deeply nested header": f"{_base64url(b'[' * 2500)}.{_base64url(b'{}')}.{signature}",
        "no signature": _assemble(valid_header, claims),
        "changed claims": _assemble(valid_header, claims | {"sub": str(uuid.uuid4())}, signature),
    }


def _malformed_tokens(token: str) -> dict[str, str]:
    header, claims, signature = token.split(".")
    return {
        "one word": "garbage",
        "dots": "..",
        "three words": "a.b.c",
        "five parts": f"{token}.x.y",
        "two parts": f"{header}.{claims}",
        "truncated": token[:-1],
        "signature with swapped case": f"{header}.{claims}.{signature.swapcase()}",
        "not base64": f"{header}.{claims}.%%%",
        "non-ASCII letters": "é.é.é",
        "control characters": "\x01.\x7f.\x1b",
        "very long": "x" * 5000,
        "two tokens": f"{token} {token}",
    }
