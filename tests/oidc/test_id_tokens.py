"""Verification of ID tokens: each single defect is refused."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from jose import jws

from services.core.errors import IssuerUnavailable
from services.core.validation import MAX_EMAIL_LENGTH
from services.people.oidc.id_token import MAX_LENGTH, Identity, IdTokenVerifier, InvalidIdToken
from services.people.oidc.issuer import ConsoleClient, Issuer
from tests.support.issuer_keys import CLIENT_ID, SigningKey, ec_key, rsa_key, valid_claims

URL = "https://accounts.example.com"
RSA, OTHER_RSA, CURVE = rsa_key("rsa"), rsa_key("rsa"), ec_key("curve")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve P-256."""


class NoClient:
    """A client that fetches nothing: the keys are configured."""

    async def fetch(self, url: str) -> Any:
        raise IssuerUnavailable(url)

    async def close(self) -> None: ...


def issuer(**values: Any) -> Issuer:
    defaults: dict[str, Any] = {"url": URL, "audiences": (CLIENT_ID, "app"), "algorithms": ("RS256", "ES256")}
    return Issuer(**defaults | {"key_set": {"keys": [RSA.public, CURVE.public]}} | values)


async def verify(token: str, nonce: str | None = None, **values: Any) -> Identity:
    verifier = IdTokenVerifier([issuer(**values)], NoClient(), 600)
    keys = verifier.find_unloaded(token)
    if keys is not None:
        await keys.load()
    return verifier.verify(token, nonce)


def token(key: SigningKey = CURVE, header: dict[str, Any] | None = None, **claims: Any) -> str:
    return key.sign(valid_claims(URL, "subject", "ada@example.com") | claims, **header or {})


def segment(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("key", [RSA, CURVE], ids=["RSA", "EC"])
async def test_valid_token_is_accepted(key: SigningKey) -> None:
    identity = await verify(token(key))
    assert (identity.issuer.url, identity.subject, identity.name) == (URL, "subject", "Ada Beech")
    assert identity.verified_email == "ada@example.com"
    for claims in ({"aud": [CLIENT_ID]}, {"aud": ["app", CLIENT_ID], "azp": "app"}, {"at_hash": "x"}, {"nbf": 0}):
        assert await verify(token(key, **claims))


NOW = time.time()
DEFECTS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "issuer with a slash": {"iss": f"{URL}/"},
    "issuer is a list": {"iss": [URL]},
    "another audience": {"aud": "another"},
    "a further audience": {"aud": [CLIENT_ID, "another"]},
    "audience is empty": {"aud": []},
    "audience is null": {"aud": None},
    "audience is nested": {"aud": [[CLIENT_ID]]},
    "another authorized party": {"azp": "another"},
    "authorized party is null": {"azp": None},
    "expired": {"exp": NOW - 60},
    "expiry is text": {"exp": str(int(NOW) + 600)},
    "expiry is true": {"exp": True},
    "infinite expiry": {"exp": float("inf")},
    "expiry is not a number": {"exp": float("nan")},
    "huge expiry": {"exp": 10**400},
    "not valid yet": {"nbf": NOW + 86_400},
    "nbf is null": {"nbf": None},
    "from the future": {"iat": NOW + 86_400},
    "too old": {"iat": NOW - 700},
    "negative time of issue": {"iat": -1},
    "subject is empty": {"sub": ""},
    "subject is a number": {"sub": 5},
    "subject has a line break": {"sub": "a\nb"},
    "subject has a surrogate": {"sub": "\ud800"},
    "subject has a NUL": {"sub": "\0"},
    "subject is long": {"sub": "x" * 256},
    "nonce that was not sent": {"nonce": "n"},
    "nonce is a list": {"nonce": ["n"]},
}


@pytest.mark.parametrize("name", DEFECTS)
async def test_defective_claims_are_refused(name: str) -> None:
    with pytest.raises(InvalidIdToken):
        await verify(token(**DEFECTS[name]))


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "sub"])
async def test_missing_claims_are_refused(name: str) -> None:
    claims = valid_claims(URL, "subject", None)
    del claims[name]
    with pytest.raises(InvalidIdToken):
        await verify(CURVE.sign(claims))


HEADERS: dict[str, dict[str, Any]] = {
    "unknown key": {"kid": "unknown"},
    "key of another algorithm": {"kid": "rsa"},
    "key id is a path": {"kid": "../../../dev/null"},
    "key id is a query": {"kid": "x' UNION SELECT 'secret"},
    "key id is a list": {"kid": ["curve"]},
    "key id is long": {"kid": "x" * 10_000},
    "access token": {"typ": "at+jwt"},
    "logout token": {"typ": "logout+jwt"},
    "type is a list": {"typ": ["JWT"]},
    "critical extension": {"crit": ["exp"]},
    "unencoded payload": {"b64": False, "crit": ["b64"]},
    "b64": {"b64": True},
    "compressed": {"zip": "DEF"},
}


@pytest.mark.parametrize("name", HEADERS)
async def test_defective_headers_are_refused(name: str) -> None:
    with pytest.raises(InvalidIdToken):
        await verify(token(header=HEADERS[name]))


async def test_keys_in_the_header_are_ignored() -> None:
    thief = ec_key("curve")
    for header in ({"jwk": thief.public}, {"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example"}):
        with pytest.raises(InvalidIdToken, match="signature"):
            await verify(token(thief, header))
        assert await verify(token(CURVE, header))


async def test_algorithm_of_the_header_selects_nothing_that_is_not_configured() -> None:
    claims = segment(valid_claims(URL, "subject", None))
    public = json.dumps(RSA.public).encode()
    for algorithm in ("none", "None", "NONE", "", None, [], "HS256", "RS384", "PS256", "ES512", ["ES256"]):
        header = segment({"alg": algorithm, "kid": "rsa"})
        for key in (public, b"", RSA.public["n"].encode()):
            signature = segment(hmac.digest(key, f"{header}.{claims}".encode(), "sha256"))
            with pytest.raises(InvalidIdToken):
                await verify(f"{header}.{claims}.{signature}")
    with pytest.raises(InvalidIdToken, match="algorithm"):
        await verify(token(CURVE), algorithms=("RS256",))


async def test_other_keys_and_changed_parts_are_refused() -> None:
    with pytest.raises(InvalidIdToken, match="signature"):
        await verify(token(OTHER_RSA))
    header, claims, signature = token().split(".")
    changed = segment(valid_claims(URL, "another", None))
    for forged in (
        f"{header}.{changed}.{signature}",
        f"{header}.{claims}.{segment(b'0' * 64)}",
        f"{header}.{claims}.AA",
    ):
        with pytest.raises(InvalidIdToken, match="signature"):
            await verify(forged)


async def test_malformed_texts_are_refused() -> None:
    header, claims, signature = token().split(".")
    deep = segment(b"[" * 10_000)
    for text in (
        *("", "x", "a.b.c", "..", f"{header}.{claims}", f"{header}.{claims}.", f"{header}.{claims}.{signature}.x"),
        *(f" {header}.{claims}.{signature}", f"{header}.{claims}.{signature}\n", f"{header}.{claims}=.{signature}"),
        *(f"{deep}.{claims}.{signature}", f"{header}.{deep}.{signature}", f"{segment([])}.{claims}.{signature}"),
        *(f"{segment(b'null')}.{claims}.{signature}", f"{segment(bytes([255, 254]))}.{claims}.{signature}"),
        *("é.é.é", "\ud800.a.b", "\0.a.b", token(name="x" * MAX_LENGTH)),
    ):
        with pytest.raises(InvalidIdToken, match="not a signed JWT"):
            await verify(text)


async def test_names_that_occur_twice_are_refused() -> None:
    text = json.dumps(valid_claims(URL, "subject", None))
    for payload in (
        text[:-1] + ', "sub": "admin"}',
        '{"sub": "admin", ' + text[1:],
        text[:-1] + ', "x": {"a": 1, "a": 2}}',
    ):
        with pytest.raises(InvalidIdToken, match="not a signed JWT"):
            await verify(CURVE.sign(payload.encode()))
    claims = segment(text.encode())
    header = segment(b'{"alg": "ES256", "kid": "curve", "alg": "none"}')
    signed = f"{header}.{claims}"
    with pytest.raises(InvalidIdToken, match="not a signed JWT"):
        await verify(f"{signed}.{segment(b'0' * 64)}")


async def test_altered_signature_does_not_make_another_token() -> None:
    original = token()
    signed, _, signature = original.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    altered = f"{signed}.{segment(r.to_bytes(32, 'big') + (ORDER - s).to_bytes(32, 'big'))}"
    assert altered != original
    assert jws.verify(altered, json.dumps(CURVE.public), ["ES256"])
    assert (await verify(altered)).token_id == (await verify(original)).token_id
    assert (await verify(token())).token_id != (await verify(original)).token_id


async def test_nonce_or_its_hash_is_required() -> None:
    digest = hashlib.sha256(b"my-nonce").digest()
    for claimed in ("my-nonce", digest.hex(), segment(digest)):
        assert await verify(token(nonce=claimed), "my-nonce")
        for wrong in ("other", "", claimed + "x", None, "\ud800"):
            with pytest.raises(InvalidIdToken, match="nonce"):
                await verify(token(nonce=claimed), wrong)
    assert await verify(token(nonce=segment(digest)), segment(digest))
    with pytest.raises(InvalidIdToken, match="nonce"):
        await verify(token(), "my-nonce")


async def test_only_the_hash_of_a_nonce_counts_if_that_is_required() -> None:
    """Then a token that was stolen is useless, because the nonce cannot be read from it."""
    digest = hashlib.sha256(b"my-nonce").digest()
    for claimed in (digest.hex(), segment(digest)):
        assert await verify(token(nonce=claimed), "my-nonce", requires_hashed_nonce=True)
        with pytest.raises(InvalidIdToken, match="nonce"):
            await verify(token(nonce=claimed), claimed, requires_hashed_nonce=True)
    cases: tuple[tuple[dict[str, Any], str | None], ...] = (
        ({}, None),
        ({"nonce": "my-nonce"}, "my-nonce"),
        ({}, "my-nonce"),
    )
    for claims, nonce in cases:
        with pytest.raises(InvalidIdToken, match="nonce"):
            await verify(token(**claims), nonce, requires_hashed_nonce=True)


async def test_only_the_hash_of_a_nonce_counts_in_tokens_for_the_console() -> None:
    """An issuer that gets hold of a code of the console knows the hash from the address, but not the nonce."""
    digest, console = segment(hashlib.sha256(b"my-nonce").digest()), ConsoleClient(CLIENT_ID, "Example")
    cases: tuple[tuple[dict[str, Any], str | None], ...] = (
        ({"nonce": digest}, digest),
        ({"nonce": "my-nonce"}, "my-nonce"),
        ({}, None),
    )
    for audience in (CLIENT_ID, [CLIENT_ID]):
        assert await verify(token(nonce=digest, aud=audience), "my-nonce", console=console)
        for claims, nonce in cases:
            with pytest.raises(InvalidIdToken, match="nonce"):
                await verify(token(aud=audience, **claims), nonce, console=console)
    assert await verify(token(nonce=digest), digest, console=ConsoleClient("another-client", "Example"))


async def test_token_without_key_id_needs_the_only_key() -> None:
    assert await verify(token(header={"kid": None}))
    second = {"keys": [CURVE.public, ec_key("other").public]}
    with pytest.raises(InvalidIdToken, match="key"):
        await verify(token(header={"kid": None}), key_set=second)


async def test_addresses_of_other_domains_do_not_count_as_verified() -> None:
    assert (await verify(token(), email_domains=("example.com",))).verified_email == "ada@example.com"
    for domains in (("example.org",), ("ple.com",), ("ada@example.com",)):
        assert (await verify(token(), email_domains=domains)).verified_email is None
    identity = await verify(token(email="ada@evil.example@example.com"), email_domains=("example.com",))
    assert identity.verified_email is None


@pytest.mark.parametrize(
    "email",
    [
        *("\u212aate@example.com", "a\u030asa@example.com"),
        *(" ada@example.com", f"ada@example.com{' ' * MAX_EMAIL_LENGTH}@evil.example"),
        f"ada@example.com,{'x' * MAX_EMAIL_LENGTH}@evil.example",
    ],
)
async def test_address_that_would_become_another_one_is_none(email: str) -> None:
    """The Kelvin sign is normalized to the letter K, and long addresses are cut off."""
    assert (await verify(token(email=email))).email is None
