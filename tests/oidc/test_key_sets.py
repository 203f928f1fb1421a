"""Key sets: only usable public keys for the configured algorithms are taken."""

from typing import Any

import pytest

from services.people.oidc.key_set import MAX_KEYS, InvalidKeySet, parse_key_set
from tests.support.issuer_keys import ec_key, rsa_key

RSA, CURVE = rsa_key("rsa").public, ec_key("curve").public
ALGORITHMS = ("RS256", "ES256")


def ids(*keys: Any, algorithms: tuple[str, ...] = ALGORITHMS) -> list[tuple[str | None, str]]:
    return [(key.id, key.algorithm) for key in parse_key_set({"keys": [*keys, CURVE]}, algorithms)][:-1]


def test_keys_are_bound_to_their_algorithms() -> None:
    assert ids(RSA) == [("rsa", "RS256")]
    without = {name: value for name, value in RSA.items() if name not in {"alg", "use", "kid"}}
    assert ids(without, algorithms=("RS256", "RS512", "ES256")) == [(None, "RS256"), (None, "RS512")]


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "EC"},
        {"kty": None},
        {"alg": "HS256"},
        {"alg": "none"},
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": None},
        {"key_ops": 5},
        {"key_ops": "verify"},
        {"key_ops": {"verify": True}},
        {"kid": 5},
        {"kid": "x" * 201},
        {"n": "AQAB"},
        {"n": "A" * 400},
        {"n": "B" * 100_000},
        {"n": 5},
        {"n": None},
        {"n": "é" * 350},
        {"e": ""},
        {"e": "B" * 50},
        {"e": 65537},
    ],
)
def test_unusable_keys_are_left_out(change: dict[str, Any]) -> None:
    assert ids(RSA | change) == []


def test_points_that_are_not_on_the_curve_are_left_out() -> None:
    for change in ({"x": CURVE["y"]}, {"crv": "P-384"}, {"crv": "secp256k1"}, {"y": None}, {"x": "A" * 10_000}):
        assert ids(ec_key("bad").public | change) == []


def test_private_parts_are_not_taken() -> None:
    (key, *_) = parse_key_set({"keys": [CURVE | {"d": "AQAB"}]}, ALGORITHMS)
    assert "d" not in key.key.to_dict()


@pytest.mark.parametrize(
    "document",
    [None, [], "x", {}, {"keys": {}}, {"keys": []}, {"keys": [None, 5, [], "x"]}, {"keys": [RSA] * (MAX_KEYS + 1)}],
)
def test_other_documents_are_refused(document: Any) -> None:
    with pytest.raises(InvalidKeySet):
        parse_key_set(document, ALGORITHMS)
