"""The URL, headers, trailers and chunk extensions of a request are limited, also in pipelined requests."""

import re
import threading
from collections.abc import Iterator

import pytest

from server.config.connection_limits import DEFAULT_LIMITS
from tests.support.raw_connection import RawConnection, graphql_request, request

pytestmark = pytest.mark.slow

CHUNKED = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
TYPENAME = b'{"query": "{ __typename }"}'
TYPENAME_CHUNK = b"%x\r\n%b\r\n" % (len(TYPENAME), TYPENAME)
PIPELINED_REQUESTS = 20_000
URL_TOO_LONG = "BAD_USER_INPUT: The request's URL is longer than 16384 bytes (MAX_URL_BYTES). Send a POST."
HEADERS_TOO_LARGE = "BAD_USER_INPUT: The request's headers are larger than 32768 bytes (MAX_HEADER_BYTES)."
TOO_MANY_HEADERS = "BAD_USER_INPUT: The request has more than 100 headers (MAX_HEADERS)."
FRAMING_TOO_LARGE = "BAD_USER_INPUT: The trailers or chunk extensions of the request are larger than 32768 bytes"


@pytest.fixture
def connection(demo_server: str) -> Iterator[RawConnection]:
    with RawConnection(demo_server) as connection:
        yield connection


def large_header(size: int) -> bytes:
    """Build a request whose headers have this number of bytes, with a colon, a space and a line end each."""
    rest = size - len("Host: allotment.test\r\n") - len("X-A: \r\n")
    return request("/health", "X-A: " + "a" * rest)


REFUSED = {
    "one large header": (large_header(DEFAULT_LIMITS.header_bytes + 1), 431, HEADERS_TOO_LARGE),
    "an endless header": (request("/health", "X-A: " + "a" * 500_000)[:-4], 431, HEADERS_TOO_LARGE),
    "several large headers": (request("/health", *[f"X-{n}: {'a' * 8000}" for n in range(5)]), 431, HEADERS_TOO_LARGE),
    "an endless name": (b"GET /health HTTP/1.1\r\n" + b"a" * 500_000, 431, HEADERS_TOO_LARGE),
    "many headers": (request("/health", *["X: y"] * DEFAULT_LIMITS.headers), 431, TOO_MANY_HEADERS),
    "endless headers": (b"GET /health HTTP/1.1\r\n" + b"a: b\r\n" * 100_000, 431, TOO_MANY_HEADERS),
    "a long URL": (request("/" + "a" * DEFAULT_LIMITS.url_bytes), 414, URL_TOO_LONG),
    "an endless URL": (b"GET /" + b"a" * 500_000, 414, URL_TOO_LONG),
    "large trailers": (CHUNKED + TYPENAME_CHUNK + b"0\r\nX: " + b"a" * 33_000 + b"\r\n\r\n", 431, HEADERS_TOO_LARGE),
    "an endless trailer": (CHUNKED + TYPENAME_CHUNK + b"0\r\nX: " + b"a" * 500_000, 431, FRAMING_TOO_LARGE),
    "many trailers": (CHUNKED + TYPENAME_CHUNK + b"0\r\n" + b"a: b\r\n" * 100 + b"\r\n", 431, TOO_MANY_HEADERS),
    "endless trailers": (CHUNKED + TYPENAME_CHUNK + b"0\r\n" + b"a: b\r\n" * 100_000, 431, TOO_MANY_HEADERS),
    "an endless extension": (CHUNKED + b"5;a=" + b"a" * 500_000, 431, FRAMING_TOO_LARGE),
    "many extensions": (CHUNKED + (b"1;a=" + b"a" * 9000 + b"\r\n \r\n") * 50, 431, FRAMING_TOO_LARGE),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_request_beyond_limit_is_refused(connection: RawConnection, name: str) -> None:
    data, status, error = REFUSED[name]
    connection.send(data)
    response = connection.response()
    assert (response.status, response.error[: len(error)]) == (status, error)
    assert response.headers["connection"] == "close"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_request_at_the_limits_is_accepted(connection: RawConnection) -> None:
    connection.send(large_header(DEFAULT_LIMITS.header_bytes))
    assert connection.response().status == 200
    connection.send(request("/health", *["X: y"] * (DEFAULT_LIMITS.headers - 1)))
    assert connection.response().status == 200
    connection.send(request("/health?" + "a" * (DEFAULT_LIMITS.url_bytes - len("/health?"))))
    assert connection.response().status == 200


def test_refusal_follows_the_responses_to_earlier_requests(connection: RawConnection) -> None:
    refused = request("/health", "X-A: " + "a" * 40_000)
    connection.send(graphql_request("{ __typename }") * 3 + request() + refused + request())
    responses = [connection.response() for _ in range(5)]
    assert [response.status for response in responses] == [200, 200, 200, 200, 431]


def test_malformed_request_follows_the_responses_to_earlier_requests(connection: RawConnection) -> None:
    connection.send(graphql_request("{ __typename }") * 2 + b"nonsense\r\n\r\n")
    assert [connection.response().status for _ in range(2)] == [200, 200]
    response = connection.response()
    assert (response.status, response.error) == (400, "BAD_USER_INPUT: The request is not valid HTTP.")


def test_refused_body_does_not_delay_earlier_responses(connection: RawConnection) -> None:
    connection.send(request() * 3 + CHUNKED + b"5;a=" + b"a" * 100_000)
    assert [connection.response().status for _ in range(4)] == [200, 200, 200, 431]


def test_trailers_are_no_headers(connection: RawConnection) -> None:
    connection.send(CHUNKED + TYPENAME_CHUNK + b"0\r\nX-Request-ID: from-the-trailer\r\n\r\n")
    response = connection.response()
    assert (response.status, response.body) == (200, {"data": {"__typename": "Query"}})
    assert response.headers["x-request-id"] != "from-the-trailer"


def test_body_in_chunks_of_one_byte_is_accepted(connection: RawConnection) -> None:
    body = b'{"query": "{ __typename }", "extensions": {"a": "%b"}}' % (b"a" * 100_000)
    connection.send(CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
    assert connection.response().body == {"data": {"__typename": "Query"}}


def test_body_of_blank_lines_is_accepted(connection: RawConnection) -> None:
    body = b'{"query": "{ __typename }"' + b"\r\n" * 400_000 + b"}"
    connection.send(request("/graphql", "Content-Type: application/json", method="POST", body=body))
    assert connection.response().body == {"data": {"__typename": "Query"}}


def test_head_in_single_bytes_is_accepted(connection: RawConnection) -> None:
    for byte in request("/health", "X-A: " + "a" * 200):
        connection.send(bytes([byte]))
    assert connection.response().status == 200


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
def test_upgrade_request_is_answered(connection: RawConnection, upgrade: str) -> None:
    connection.send(request("/health", "Connection: Upgrade", f"Upgrade: {upgrade}"))
    assert connection.socket.recv(9) == b"HTTP/1.1 "


def test_expected_continue_is_sent(connection: RawConnection) -> None:
    head, body = graphql_request("{ __typename }", "Expect: 100-continue").split(b"\r\n\r\n")
    connection.send(head + b"\r\n\r\n")
    assert connection.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.send(body)
    assert connection.response().status == 200


def test_connection_of_http_1_0_is_closed_after_the_response(connection: RawConnection) -> None:
    connection.send(b"GET /health HTTP/1.0\r\n\r\n")
    assert connection.response().status == 200
    assert connection.wait_until_closed() == b""


def test_thousands_of_pipelined_requests_are_answered_in_order(connection: RawConnection) -> None:
    requests = b"".join(request("/health", f"X-Request-ID: {number}") for number in range(PIPELINED_REQUESTS))
    sender = threading.Thread(target=connection.send, args=(requests,))
    sender.start()
    received = bytearray()
    while received.count(b'{"status":"ok"}', -100) == 0 or received.count(b"HTTP/1.1") < PIPELINED_REQUESTS:
        data = connection.socket.recv(1_000_000)
        assert data
        received += data
    sender.join()
    numbers = [int(number) for number in re.findall(rb"x-request-id: (\d+)", received)]
    assert numbers == list(range(PIPELINED_REQUESTS))
