"""Access tokens that must not count, each for its own reason."""

import base64
import json
import time
import uuid
from typing import Any

from jose import jwk, jwt

from models.ids import NOWHERE
from tests.support.stage import SECRET

ALGORITHM = "HS256"
OTHER_KEY = "another secret that nobody here knows, long enough"


def right(user_id: uuid.UUID, session_id: uuid.UUID = NOWHERE) -> dict[str, Any]:
    """The claims of a token that counts."""
    issued = int(time.time())
    people = {"iss": "allotment", "aud": "allotment", "sub": str(user_id), "jti": uuid.uuid4().hex}
    people["sid"] = str(session_id)
    return people | {"iat": issued, "nbf": issued, "exp": issued + 600}


def signed(claims: dict[str, Any], key: str = SECRET, algorithm: str = ALGORITHM, **header: Any) -> str:
    """A token of these claims."""
    headers = {"typ": "at+jwt"} | header
    return str(jwt.encode(claims, jwk.construct(key, algorithm), algorithm=algorithm, headers=headers))


def encoded(part: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _by_hand(header: Any, claims: Any, signature: str = "") -> str:
    return ".".join([encoded(json.dumps(header).encode()), encoded(json.dumps(claims).encode()), signature])


def forgeries(user_id: uuid.UUID, session_id: uuid.UUID = NOWHERE) -> dict[str, str]:
    """Tokens by what is wrong with them."""
    claims = right(user_id, session_id)
    return _wrong_claims(claims) | _wrong_headers(claims) | _garbage(signed(claims))


def _wrong_claims(claims: dict[str, Any]) -> dict[str, str]:
    now = int(time.time())
    changed: dict[str, dict[str, Any]] = {
        "expired": {"iat": now - 900, "nbf": now - 900, "exp": now - 60},
        "not valid yet": {"nbf": now + 60},
        "issued in the future": {"iat": now + 60},
        "another audience": {"aud": "another"},
        "several audiences, none of them ours": {"aud": ["a", "b"]},
        "another issuer": {"iss": "another"},
        "a subject that is no id": {"sub": "member@here.test"},
        "a subject that is no text": {"sub": 5},
        "a session that is no id": {"sid": "mine"},
        "an expiry that is text": {"exp": "tomorrow"},
        "an endless expiry": {"exp": 1e400},
        "an expiry that is nothing": {"exp": None},
        "a time of issue that is a list": {"iat": [now]},
    }
    tokens = {name: signed(claims | change) for name, change in changed.items()}
    for name in ("exp", "iat", "sub", "aud", "iss", "jti", "sid"):
        tokens[f"without {name}"] = signed({key: value for key, value in claims.items() if key != name})
    return tokens


def _wrong_headers(claims: dict[str, Any]) -> dict[str, str]:
    right_header = {"alg": ALGORITHM, "typ": "at+jwt"}
    signature = signed(claims).rpartition(".")[2]
    return {
        "another key": signed(claims, OTHER_KEY),
        "an empty key": signed(claims, ""),
        "a stronger algorithm": signed(claims, algorithm="HS512"),
        "another type": signed(claims, typ="JWT"),
        "no type": signed(claims, typ=None),
        "critical headers": signed(claims, crit=["exp"]),
        "alg none": _by_hand({"alg": "none", "typ": "at+jwt"}, claims),
        "alg None with a signature": _by_hand({"alg": "None", "typ": "at+jwt"}, claims, signature),
        "an asymmetric algorithm": _by_hand({"alg": "RS256", "typ": "at+jwt"}, claims, signature),
        "an algorithm that is a list": _by_hand({"alg": [ALGORITHM], "typ": "at+jwt"}, claims, signature),
        "no algorithm": _by_hand({"typ": "at+jwt"}, claims, signature),
        "a header that is a list": _by_hand([right_header], claims, signature),
        "a header that is null": _by_hand(None, claims, signature),
        "a header nested deeply": f"{encoded(b'[' * 2500)}.{encoded(b'{}')}.{signature}",
        "no signature": _by_hand(right_header, claims),
        "claims that were changed": _by_hand(right_header, claims | {"sub": str(uuid.uuid4())}, signature),
    }


def _garbage(token: str) -> dict[str, str]:
    header, claims, signature = token.split(".")
    return {
        "a word": "garbage",
        "dots": "..",
        "three words": "a.b.c",
        "five parts": f"{token}.x.y",
        "two parts": f"{header}.{claims}",
        "cut off": token[:-1],
        "a signature of another case": f"{header}.{claims}.{signature.swapcase()}",
        "no base64": f"{header}.{claims}.%%%",
        "letters of another alphabet": "é.é.é",
        "control characters": "\x01.\x7f.\x1b",
        "very long": "x" * 5000,
        "twice": f"{token} {token}",
    }
