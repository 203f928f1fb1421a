"""Access tokens by themselves."""

import uuid

import pytest

from services.tokens import BadToken, Identity, Tokens
from tests.support.forged import OTHER_KEY, encoded, forgeries, right, signed
from tests.support.stage import SECRET

USER = uuid.UUID(int=7)
SESSION = uuid.UUID(int=8)
WHOSE = Identity(USER, SESSION)


def test_a_token_says_whose_it_is() -> None:
    tokens = Tokens(SECRET, 15)
    assert tokens.read(tokens.issue(USER, SESSION)) == WHOSE
    assert tokens.read(signed(right(USER, SESSION))) == WHOSE
    assert tokens.issue(USER, SESSION) != tokens.issue(USER, SESSION)


def test_a_clock_may_be_off_by_some_seconds() -> None:
    claims = right(USER, SESSION)
    late = claims | {"iat": claims["iat"] + 5, "nbf": claims["nbf"] + 5}
    assert Tokens(SECRET, 15).read(signed(late)) == WHOSE
    assert Tokens(SECRET, 15).read(signed(claims | {"exp": claims["iat"] - 5})) == WHOSE


@pytest.mark.parametrize("name", forgeries(USER))
def test_what_is_no_token_of_ours_is_told_apart(name: str) -> None:
    with pytest.raises(BadToken) as caught:
        Tokens(SECRET, 15).read(forgeries(USER)[name])
    assert caught.value.__cause__ is None
    assert ("expired" in str(caught.value)) == (name == "expired")


def test_a_token_of_another_server_does_not_count() -> None:
    with pytest.raises(BadToken):
        Tokens(OTHER_KEY, 15).read(Tokens(SECRET, 15).issue(USER, SESSION))


def test_nothing_that_is_sent_as_a_token_is_too_strange() -> None:
    tokens = Tokens(SECRET, 15)
    header, claims, signature = tokens.issue(USER, SESSION).split(".")
    for text in (
        "",
        " ",
        "\0",
        "\ud800",
        "☃.☃.☃",
        "x" * 10**6,
        f"{header}\n.{claims}.{signature}",
        f"{encoded(b'1')}...",
    ):
        with pytest.raises(BadToken):
            tokens.read(text)
