"""Compression of response bodies."""

import zlib

import httpx
import orjson
import pytest
from backports.zstd import ZstdDecompressor

from server.http.compression import STEP_BYTES, compress, negotiate_encoding
from tests.server.raw_client import RawClient

pytestmark = pytest.mark.only("sqlite")

LARGE_QUERY = "{ viewer { " + " ".join(f"a{number}: id" for number in range(50)) + " } }"
SMALL_QUERY = "{ __typename }"

NEGOTIATIONS = [
    ("", None),
    ("identity", None),
    ("br, deflate", None),
    ("gzip", "gzip"),
    ("gzip, deflate, br, zstd", "zstd"),
    ("GZIP;Q=0.5", "gzip"),
    ("gzip, zstd;q=0.9", "gzip"),
    ("gzip;q=0, zstd;q=0", None),
    ("*", "zstd"),
    ("*, zstd;q=0", "gzip"),
    ("gzip;q=0.5, identity", None),
    ("gzip;q=0.5, identity;q=0.5", "gzip"),
    ("gzip;q=x", None),
    (", ;;,=", None),
    ("x" * 10_000, None),
]


def decompress(body: bytes, encoding: str) -> bytes:
    """Decompress a whole body; fail if its end is missing."""
    decompressor = ZstdDecompressor() if encoding == "zstd" else zlib.decompressobj(31)
    content = decompressor.decompress(body)
    assert decompressor.eof
    return content


@pytest.mark.parametrize(("accept_encoding", "expected"), NEGOTIATIONS)
def test_negotiation(accept_encoding: str, expected: str | None) -> None:
    assert negotiate_encoding(accept_encoding) == expected


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
async def test_pieces_of_any_size_are_compressed(encoding: str) -> None:
    pieces = [b"a", b"b" * (3 * STEP_BYTES + 1), b"", b"c" * STEP_BYTES]
    body = b"".join(pieces)
    compressed = await compress(pieces, encoding)
    assert all(compressed)
    assert pieces == [b""] * 4  # the original is freed
    assert decompress(b"".join(compressed), encoding) == body


async def receive_raw(client: RawClient, method: str, accept_encoding: str) -> tuple[httpx.Response, bytes]:
    """Send the large query; return the response and its body as it was sent."""
    parameters = {"query": LARGE_QUERY}
    params, body = (parameters, None) if method == "GET" else (None, parameters)
    headers = {**client.headers, "Accept-Encoding": accept_encoding}
    async with client.http.stream(method, "/graphql", headers=headers, params=params, json=body) as response:
        return response, b"".join([part async for part in response.aiter_raw()])


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_large_responses_are_compressed_for_clients_that_accept_it(
    raw_client: RawClient, encoding: str, method: str
) -> None:
    plain, body = await receive_raw(raw_client, method, "identity")
    compressed, compressed_body = await receive_raw(raw_client, method, encoding)
    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == encoding
    assert len(orjson.loads(body)["data"]["viewer"]) == 50
    assert decompress(compressed_body, encoding) == body
    assert int(compressed.headers["Content-Length"]) == len(compressed_body) < len(body)
    for response in (plain, compressed):
        assert "Accept-Encoding" in response.headers.get_list("Vary")
    assert compressed.headers.get("ETag") == plain.headers.get("ETag")


async def test_small_responses_are_not_compressed(raw_client: RawClient) -> None:
    raw_client.http.headers["Accept-Encoding"] = "zstd, gzip"
    response = await raw_client.post({"query": SMALL_QUERY})
    assert "Content-Encoding" not in response.headers
    assert response.json() == {"data": {"__typename": "Query"}}
