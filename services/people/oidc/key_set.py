"""The keys of an issuer: a JSON Web Key Set (RFC 7517), of which only usable public keys are taken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jose import jwk
from jose.exceptions import JOSEError

MAX_KEYS = 100
MAX_KEY_ID_LENGTH = 200
_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 8192
_MAX_EXPONENT_DIGITS = 8
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_BASE64_BITS = 6


class InvalidKeySet(Exception):
    """The document of the issuer is not a key set. The message is for operators."""


@dataclass(frozen=True)
class VerificationKey:
    """A public key that verifies signatures of one algorithm."""

    id: str | None
    algorithm: str
    key: Any
    """A key object of python-jose, bound to the algorithm."""


def parse_key_set(document: Any, algorithms: Sequence[str]) -> tuple[VerificationKey, ...]:
    """Return the keys for these algorithms. Keys for other purposes, and unusable ones, are left out."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise InvalidKeySet("It has no list of keys.")
    if len(keys) > MAX_KEYS:
        raise InvalidKeySet(f"It has more than {MAX_KEYS} keys.")
    usable = tuple(key for each in keys for key in _parse_key(each, algorithms))
    if not usable:
        raise InvalidKeySet(f"It has no key for {', '.join(algorithms)}.")
    return usable


def _parse_key(key: Any, algorithms: Sequence[str]) -> Iterator[VerificationKey]:
    """Yield the key once for each algorithm that it may be used with."""
    if not isinstance(key, dict) or not _may_verify(key):
        return
    id = key.get("kid")
    if id is not None and not (isinstance(id, str) and len(id) <= MAX_KEY_ID_LENGTH):
        return
    for algorithm in algorithms:
        if key.get("alg", algorithm) == algorithm and (public := _public_part(key, algorithm)) is not None:
            try:
                yield VerificationKey(id, algorithm, jwk.construct(public, algorithm))
            except (JOSEError, ValueError, TypeError, OverflowError):
                continue  # not a point of the curve, for example


def _may_verify(key: dict[str, Any]) -> bool:
    """Return whether the key is for signatures. Operations that are no list permit nothing."""
    operations = key.get("key_ops", ["verify"])
    return key.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _public_part(key: dict[str, Any], algorithm: str) -> dict[str, str] | None:
    """Return the public parameters of the key; None if it is of another type, or too weak or too large to be used."""
    if algorithm.startswith("RS"):
        return _rsa_part(key) if key.get("kty") == "RSA" else None
    curve = _CURVES[algorithm]
    return (
        _pick(key, "x", "y") | {"kty": "EC", "crv": curve}
        if (key.get("kty"), key.get("crv")) == ("EC", curve)
        else None
    )


def _rsa_part(key: dict[str, Any]) -> dict[str, str] | None:
    public = _pick(key, "n", "e")
    bits = len(public["n"].rstrip("=")) * _BASE64_BITS
    is_usable = _MIN_RSA_BITS <= bits <= _MAX_RSA_BITS + 8 and len(public["e"]) <= _MAX_EXPONENT_DIGITS
    return public | {"kty": "RSA"} if is_usable else None


def _pick(key: dict[str, Any], *names: str) -> dict[str, str]:
    """Return these parameters; those that are missing or no texts are empty, so that no key can be built of them."""
    values = {name: key.get(name) for name in names}
    return {name: value if isinstance(value, str) else "" for name, value in values.items()}
