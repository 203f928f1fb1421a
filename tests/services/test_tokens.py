"""Access tokens."""

import uuid
from typing import Any

import pytest
from jose import jwt

from services.people.tokens import AccessTokens, InvalidToken, TokenClaims, key_id
from tests.support.invalid_tokens import OTHER_KEY, _base64url, invalid_tokens, sign, valid_claims
from tests.support.settings import SECRET_KEY

USER = uuid.UUID(int=7)
SESSION = uuid.UUID(int=8)
CLAIMS = TokenClaims(USER, SESSION)


def test_issued_token_is_verified() -> None:
    tokens = AccessTokens(SECRET_KEY, 15)
    assert tokens.verify(tokens.issue(USER, SESSION)) == CLAIMS
    assert tokens.verify(sign(valid_claims(USER, SESSION))) == CLAIMS
    assert tokens.issue(USER, SESSION) != tokens.issue(USER, SESSION)


def test_clock_skew_of_some_seconds_is_tolerated() -> None:
    claims = valid_claims(USER, SESSION)
    early_claims = claims | {"iat": claims["iat"] + 5, "nbf": claims["nbf"] + 5}
    assert AccessTokens(SECRET_KEY, 15).verify(sign(early_claims)) == CLAIMS
    assert AccessTokens(SECRET_KEY, 15).verify(sign(claims | {"exp": claims["iat"] - 5})) == CLAIMS


@pytest.mark.parametrize("name", invalid_tokens(USER))
def test_invalid_token_is_rejected(name: str) -> None:
    with pytest.raises(InvalidToken) as raised:
        AccessTokens(SECRET_KEY, 15).verify(invalid_tokens(USER)[name])
    assert raised.value.__cause__ is None
    assert ("expired" in str(raised.value)) == (name == "expired")


def test_token_signed_with_another_key_is_rejected() -> None:
    with pytest.raises(InvalidToken):
        AccessTokens(OTHER_KEY, 15).verify(AccessTokens(SECRET_KEY, 15).issue(USER, SESSION))


def test_living_tokens_survive_the_rotation_of_the_key() -> None:
    before = AccessTokens(OTHER_KEY, 15).issue(USER, SESSION)
    without_key_id = sign(valid_claims(USER, SESSION), OTHER_KEY)  # of an earlier version
    rotated = AccessTokens(SECRET_KEY, 15, [OTHER_KEY])
    assert [rotated.verify(token) for token in (before, without_key_id)] == [CLAIMS, CLAIMS]
    after = rotated.issue(USER, SESSION)
    assert jwt.get_unverified_header(after)["kid"] == key_id(SECRET_KEY) != key_id(OTHER_KEY)
    assert AccessTokens(SECRET_KEY, 15).verify(after) == CLAIMS
    assert AccessTokens(OTHER_KEY, 15, [SECRET_KEY]).verify(after) == CLAIMS  # a process that is not restarted yet
    for token in (before, without_key_id):
        with pytest.raises(InvalidToken):
            AccessTokens(SECRET_KEY, 15).verify(token)


@pytest.mark.parametrize(
    "kid", ["", "x" * 1000, None, 5, [key_id(SECRET_KEY)], {}, key_id(OTHER_KEY), "../../dev/null"]
)
def test_key_id_of_a_token_selects_nothing_but_its_own_key(kid: Any) -> None:
    with pytest.raises(InvalidToken):
        AccessTokens(SECRET_KEY, 15, [OTHER_KEY]).verify(sign(valid_claims(USER, SESSION), kid=kid))


def test_refresh_tokens_of_all_keys_are_derived() -> None:
    former, rotated = AccessTokens(OTHER_KEY, 15), AccessTokens(SECRET_KEY, 15, [OTHER_KEY])
    expected = [
        AccessTokens(SECRET_KEY, 15).derive_refresh_token(SESSION, "a"),
        former.derive_refresh_token(SESSION, "a"),
    ]
    assert rotated.derive_refresh_tokens(SESSION, "a") == expected
    assert rotated.derive_refresh_token(SESSION, "a") == expected[0]


def test_malformed_text_is_rejected() -> None:
    tokens = AccessTokens(SECRET_KEY, 15)
    header, claims, signature = tokens.issue(USER, SESSION).split(".")
    for text in (
        "",
        " ",
        "\0",
        "\ud800",
        "☃.☃.☃",
        "x" * 10**6,
        f"{header}\n.{claims}.{signature}",
        f"{_base64url(b'1')}...",
    ):
        with pytest.raises(InvalidToken):
            tokens.verify(text)
