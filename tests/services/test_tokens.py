"""Access tokens."""

import uuid

import pytest

from services.people.tokens import AccessTokens, InvalidToken, TokenClaims
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
