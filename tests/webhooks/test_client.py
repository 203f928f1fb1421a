"""The HTTP client of webhooks."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from server import outbound_http
from server.webhooks.client import MAX_RESPONSE_BYTES, SendFailed, WebhookClient
from services.core.url_policy import UrlPolicy
from tests.webhooks.receiver import Answer, Receiver, open_receiver

LOCAL = UrlPolicy(allows_http=True, allowed_networks=(ip_network("127.0.0.0/8"),))
Open = Callable[..., Awaitable[WebhookClient]]


@pytest.fixture
async def open_client() -> AsyncIterator[Open]:
    """Open clients with a short timeout."""
    opened: list[WebhookClient] = []

    async def open_one(urls: UrlPolicy = LOCAL, tls: ssl.SSLContext | None = None) -> WebhookClient:
        opened.append(WebhookClient(urls, 1.0, 4, tls))
        return opened[-1]

    yield open_one
    for each in opened:
        await each.close()


async def test_response_is_read_up_to_a_limit(open_client: Open, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(200, b"x" * 1_000_000)
    response = await (await open_client()).post(receiver.url, b"{}", {})
    assert (response.status, response.body) == (200, "x" * MAX_RESPONSE_BYTES)


async def test_body_that_does_not_end_is_no_failure(open_client: Open, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab\x00c\xff")
    response = await (await open_client()).post(receiver.url, b"{}", {})
    assert (response.status, response.body) == (200, "ab\ufffdc\ufffd")


async def test_redirect_is_not_followed(open_client: Open, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(307, headers=(f"Location: {receiver.url}/elsewhere",))
    assert (await (await open_client()).post(receiver.url, b"{}", {})).status == 307
    assert [each.path for each in receiver.received] == ["/hooks"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(delay=5), "did not answer in time"),
        (Answer(raw=b""), "closed the connection"),
        (Answer(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), "is not HTTP"),
        (Answer(raw=b"HTTP/1.1 banana OK\r\n\r\n"), "is not HTTP"),
        (Answer(raw=b"\x00\xff" * 1000 + b"\r\n\r\n"), "is not HTTP"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000 + b"\r\n\r\n"), "is not HTTP"),
    ],
)
async def test_endpoint_that_does_not_answer_has_failed(
    open_client: Open, receiver: Receiver, answer: Answer, message: str
) -> None:
    receiver.answer = lambda _: answer
    with pytest.raises(SendFailed, match=message):
        await (await open_client()).post(receiver.url, b"{}", {})


async def test_slow_response_ends_at_the_timeout(open_client: Open) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(SendFailed, match="in time"):
        await (await open_client()).post(f"http://127.0.0.1:{port}/", b"{}", {})
    server.close()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://2130706433:{port}/"]
)
async def test_private_address_is_not_connected_to(open_client: Open, receiver: Receiver, url: str) -> None:
    client = await open_client(UrlPolicy(allows_http=True))
    with pytest.raises(SendFailed):
        await client.post(url.format(port=receiver.port), b"{}", {})
    assert receiver.received == []


async def test_name_that_resolves_to_a_private_address_is_refused(
    open_client: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = _resolve_to(monkeypatch, receiver.port, "127.0.0.1")
    client = await open_client(UrlPolicy(allows_http=True))
    with pytest.raises(SendFailed, match="not a public one"):
        await client.post(f"http://rebound.example:{receiver.port}/", b"{}", {})
    assert (looked_up, receiver.received) == (["rebound.example"], [])


async def test_name_is_resolved_once_and_sent_as_host(
    open_client: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = _resolve_to(monkeypatch, receiver.port, "127.0.0.1")
    await (await open_client()).post(f"http://hooks.example:{receiver.port}/", b"{}", {})
    assert looked_up == ["hooks.example"]
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


async def test_other_addresses_of_a_name_are_tried(
    open_client: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _resolve_to(monkeypatch, receiver.port, "10.0.0.1", "127.0.0.1")
    assert (await (await open_client()).post(f"http://hooks.example:{receiver.port}/", b"{}", {})).status == 204


async def test_proxies_of_the_environment_are_not_used(
    open_client: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await (await open_client()).post(receiver.url, b"{}", {})).status == 204


async def test_certificate_is_verified_for_the_name(
    open_client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_tls, client_tls = _create_certificate(tmp_path, "hooks.example")
    async with open_receiver(server_tls) as receiver:
        _resolve_to(monkeypatch, receiver.port, "127.0.0.1")
        trusting = await open_client(LOCAL, client_tls)
        assert (await trusting.post(f"https://hooks.example:{receiver.port}/", b"{}", {})).status == 204
        with pytest.raises(SendFailed, match="certificate"):
            await trusting.post(f"https://other.example:{receiver.port}/", b"{}", {})
        with pytest.raises(SendFailed, match="certificate"):
            await (await open_client()).post(f"https://hooks.example:{receiver.port}/", b"{}", {})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("99999999999", 999999999), ("soon", None), ("-1", None), ("1.5", None)],
)
async def test_retry_after_in_seconds(
    open_client: Open, receiver: Receiver, header: str, seconds: float | None
) -> None:
    receiver.answer = lambda _: Answer(503, headers=(f"Retry-After: {header}",))
    assert (await (await open_client()).post(receiver.url, b"{}", {})).retry_after == seconds


async def test_retry_after_as_a_date(open_client: Open, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(503, headers=("Retry-After: Wed, 01 Jan 2200 00:00:00 GMT",))
    retry_after = (await (await open_client()).post(receiver.url, b"{}", {})).retry_after
    assert retry_after is not None
    assert retry_after > 10**9


def _resolve_to(monkeypatch: pytest.MonkeyPatch, port: int, *addresses: str) -> list[str]:
    """Let all names resolve to these addresses; return the list of the names that are looked up."""
    looked_up: list[str] = []

    def look_up(host: str, _port: int, _family: Any) -> list[Any]:
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(outbound_http, "_look_up", look_up)
    return looked_up


def _create_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Create a certificate for a name; return the contexts of a server that has it and of a client that trusts it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key)]
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "2", *new_key, "-out", str(certificate), *names],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))
