"""Requests with equal headers share what follows from these; the time when a token expires is compared for each one."""

import uuid
from typing import Any

import pytest

from server.http import credentials
from server.http.credentials import read_credentials
from server.http.request import HttpRequest
from server.http.request_head import HEAD, RequestHead
from services.people.tokens import AccessTokens, TokenClaims
from tests.support.invalid_tokens import sign, valid_claims
from tests.support.settings import SECRET_KEY

HEADERS = [(b"accept", b"application/json"), (b"content-length", b"10"), (b"x-tenant", b"here")]
USER = uuid.UUID(int=1)


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(SECRET_KEY, 15)


def with_length(length: bytes) -> list[tuple[bytes, bytes]]:
    return [HEADERS[0], (b"content-length", length), HEADERS[2]]


def build_request(headers: list[tuple[bytes, bytes]], head: RequestHead) -> HttpRequest:
    """Return a request of a connection, with the head of an earlier one."""
    scope: dict[str, Any] = {"type": "http", "method": "POST", "headers": headers, HEAD: head}
    return HttpRequest(scope, None)  # type: ignore[arg-type]


def test_length_of_the_body_is_not_compared() -> None:
    head, longer = RequestHead(HEADERS), with_length(b"200")
    assert head.matches(HEADERS)
    assert head.matches(longer)
    assert (head.content_length(HEADERS), head.content_length(longer)) == (b"10", b"200")
    assert b"content-length" not in head.by_name


@pytest.mark.parametrize(
    "headers",
    [
        [],
        HEADERS[:2],
        [*HEADERS, (b"cookie", b"a=b")],
        [HEADERS[1], HEADERS[0], HEADERS[2]],
        [HEADERS[0], (b"transfer-encoding", b"chunked"), HEADERS[2]],
        [*HEADERS[:2], (b"x-tenant", b"there")],
    ],
)
def test_other_headers_do_not_match(headers: list[tuple[bytes, bytes]]) -> None:
    head = RequestHead(HEADERS)
    assert not head.matches(headers)
    assert head.matches(HEADERS)
    assert not RequestHead(headers).matches(HEADERS)


def test_head_does_not_change_with_the_headers_of_a_request() -> None:
    headers = list(HEADERS)
    head = RequestHead(headers)
    headers.clear()
    assert head.matches(HEADERS)


def test_repeated_headers_are_noted() -> None:
    assert not RequestHead(HEADERS).has_repeated
    assert RequestHead([*HEADERS, HEADERS[0]]).has_repeated


def test_token_is_read_once_and_expires_for_each_request(tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = valid_claims(USER)
    headers = [(b"authorization", f"Bearer {sign(claims)}".encode())]
    head, verified = RequestHead(headers), []
    original = tokens.verify

    def verify(token: str) -> TokenClaims:
        verified.append(token)
        return original(token)

    monkeypatch.setattr(tokens, "verify", verify)
    found = [read_credentials(build_request(headers, head), tokens) for _ in range(3)]
    assert [each.user_id for each in found] == [USER] * 3
    assert len({id(each) for each in found}) == 3
    assert len(verified) == 1
    monkeypatch.setattr(credentials, "time", lambda: claims["exp"])
    read_credentials(build_request(headers, head), tokens)
    assert len(verified) == 2


def test_invalid_token_is_read_again(tokens: AccessTokens) -> None:
    headers = [(b"authorization", b"Bearer x")]
    head = RequestHead(headers)
    for _ in range(2):
        assert read_credentials(build_request(headers, head), tokens).auth_error == "The access token is invalid."
    assert head.credentials is None


def test_credentials_of_a_request_may_be_changed(tokens: AccessTokens) -> None:
    head = RequestHead(HEADERS)
    first = read_credentials(build_request(HEADERS, head), tokens)
    first.group, first.auth_error, first.tenant = "group", "error", "there"
    second = read_credentials(build_request(HEADERS, head), tokens)
    assert (second.group, second.auth_error, second.tenant) == (None, None, "here")
