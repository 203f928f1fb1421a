"""Keys of issuers over HTTP: what is fetched, when, and what happens if an issuer fails or is hostile."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock

import pytest
from fastapi import FastAPI

from database.abort import RequestAborted
from database.authentication import Credentials
from inputs.session import LoginWithIssuerInput
from resolvers.context import Context
from resolvers.oidc import login_with_issuer
from server.config.settings import load_settings
from server.issuer_client import MAX_DOCUMENT_BYTES, build_id_token_verifier
from services.core.errors import IssuerUnavailable
from services.people.oidc import key_cache
from services.people.oidc.id_token import Identity, IdTokenVerifier, InvalidIdToken
from tests.support.issuer_keys import ec_key, rsa_key
from tests.support.issuer_server import CONFIGURATION, IssuerServer
from tests.support.settings import SECRET_KEY
from tests.webhooks.receiver import Answer

LOCAL = "127.0.0.0/8"
Open = Callable[..., IdTokenVerifier]


@pytest.fixture
async def open_verifier(issuer: IssuerServer) -> AsyncIterator[Open]:
    """Build verifiers with this issuer."""
    opened: list[IdTokenVerifier] = []

    def build(allowed: str = LOCAL, timeout: float = 5, **setting: Any) -> IdTokenVerifier:
        fixed = {"environment": "test", "database_url": "sqlite:///unused.db", "secret_key": SECRET_KEY}
        values = {"oidc_issuers": issuer.setting(**setting), "oidc_allow_private": allowed, "oidc_timeout": timeout}
        opened.append(build_id_token_verifier(load_settings(None, **fixed, **values)))
        return opened[-1]

    yield build
    for each in opened:
        await each.close()


async def verify(verifier: IdTokenVerifier, token: str) -> Identity:
    if (keys := verifier.find_unloaded(token)) is not None:
        await keys.load()
    return verifier.verify(token, None)


def let_time_pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the clock of the caches be ahead."""
    clock = vars(key_cache)["monotonic"]
    monkeypatch.setattr(key_cache, "monotonic", lambda: clock() + seconds)


async def wait_until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- nothing sets an event
            await asyncio.sleep(0.01)


async def test_keys_are_found_by_discovery_and_fetched_once(issuer: IssuerServer, open_verifier: Open) -> None:
    verifier = open_verifier()
    tokens = [issuer.token() for _ in range(5)]
    await asyncio.gather(*(verify(verifier, token) for token in tokens))
    assert issuer.requested == [CONFIGURATION, "/keys"]
    (status,) = verifier.status
    assert (status.issuer, status.keys, status.error) == (issuer.url, 1, None)


async def test_keys_are_fetched_in_the_background_at_the_start(issuer: IssuerServer, open_verifier: Open) -> None:
    verifier = open_verifier(jwksUri=f"{issuer.url}/other-keys")
    verifier.start()
    await wait_until(lambda: verifier.status[0].keys)
    assert verifier.find_unloaded(issuer.token()) is None
    assert issuer.requested == ["/other-keys"]


async def test_rotated_keys_are_fetched_for_an_unknown_id(
    issuer: IssuerServer, open_verifier: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, old = open_verifier(), issuer.token()
    await verify(verifier, old)
    issuer.keys = [rsa_key("next"), ec_key("after")]
    with pytest.raises(InvalidIdToken, match="does not publish"):  # not again so soon
        await verify(verifier, issuer.token())
    let_time_pass(monkeypatch, key_cache.UNKNOWN_KEY_SECONDS)
    assert await verify(verifier, issuer.token())
    with pytest.raises(InvalidIdToken, match="does not publish"):
        await verify(verifier, old)
    fetched = len(issuer.requested)
    for n in range(20):  # anyone may send such tokens
        with pytest.raises(InvalidIdToken, match="does not publish"):
            await verify(verifier, ec_key(f"unknown-{n}").sign({"iss": issuer.url}))
    assert len(issuer.requested) == fetched


async def test_old_keys_are_fetched_in_the_background_and_used_meanwhile(
    issuer: IssuerServer, open_verifier: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = open_verifier()
    await verify(verifier, issuer.token())
    issuer.answers["/keys"] = Answer(503)
    let_time_pass(monkeypatch, key_cache.REFRESH_SECONDS)
    token = issuer.token()
    assert verifier.find_unloaded(token) is None
    assert verifier.verify(token, None)
    await wait_until(lambda: verifier.status[0].error)
    assert "status 503" in str(verifier.status[0].error)
    assert await verify(verifier, issuer.token())
    let_time_pass(monkeypatch, key_cache.MAX_AGE_SECONDS)
    with pytest.raises(IssuerUnavailable):
        await verify(verifier, issuer.token())
    del issuer.answers["/keys"]
    let_time_pass(monkeypatch, key_cache.RETRY_SECONDS)
    assert await verify(verifier, issuer.token())


HOSTILE = {
    "error": Answer(500),
    "not found": Answer(404, b"{}"),
    "wrong JSON": Answer(200, b"<html>"),
    "deep JSON": Answer(200, b"[" * 100_000),
    "no keys": Answer(200, b'{"keys": []}'),
    "other JSON": Answer(200, b'"keys"'),
    "too large": Answer(200, b" " * (MAX_DOCUMENT_BYTES + 1)),
    "endless": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b" " * 2_000_000),
    "not HTTP": Answer(raw=b"SSH-2.0-OpenSSH\r\n"),
    "closed": Answer(raw=b""),
    "compressed": Answer(200, b"\x1f\x8b\x08", ("Content-Encoding: gzip",)),
}


@pytest.mark.parametrize("path", [CONFIGURATION, "/keys"])
@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_answers_make_the_issuer_unavailable(
    issuer: IssuerServer, open_verifier: Open, name: str, path: str
) -> None:
    issuer.answers[path] = HOSTILE[name]
    verifier = open_verifier()
    with pytest.raises(IssuerUnavailable):
        await verify(verifier, issuer.token())
    fetched = len(issuer.requested)
    with pytest.raises(IssuerUnavailable):  # fails fast: the next attempt is later
        await verify(verifier, issuer.token())
    assert len(issuer.requested) == fetched
    assert verifier.status[0].error


async def test_slow_issuer_ends_at_the_timeout(issuer: IssuerServer, open_verifier: Open) -> None:
    issuer.answers["/keys"] = Answer(200, delay=60)
    verifier = open_verifier(timeout=0.3)
    with pytest.raises(IssuerUnavailable):
        await verify(verifier, issuer.token())
    assert "in time (OIDC_TIMEOUT)" in str(verifier.status[0].error)


async def test_unexpected_errors_make_the_issuer_unavailable(
    issuer: IssuerServer, open_verifier: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = AsyncMock(side_effect=TypeError("unhashable"))
    monkeypatch.setattr(key_cache, "fetch_keys", fetch)
    verifier = open_verifier()
    for _ in range(2):
        with pytest.raises(IssuerUnavailable):
            await verify(verifier, issuer.token())
    assert fetch.await_count == 1
    assert "unhashable" in str(verifier.status[0].error)


async def test_waiting_requests_are_limited(
    issuer: IssuerServer, open_verifier: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_cache, "MAX_WAITERS", 2)
    may_answer = asyncio.Event()
    fetch = key_cache.fetch_keys

    async def fetch_later(*arguments: Any) -> Any:
        await may_answer.wait()
        return await fetch(*arguments)

    monkeypatch.setattr(key_cache, "fetch_keys", fetch_later)
    verifier = open_verifier()
    waiting = [asyncio.create_task(verify(verifier, issuer.token())) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(IssuerUnavailable, match="Too many requests wait"):
        await verify(verifier, issuer.token())
    waiting.pop().cancel()  # makes room for another one
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(verify(verifier, issuer.token())))
    may_answer.set()
    assert len(await asyncio.gather(*waiting)) == 2


async def test_aborted_request_ceases_to_wait(issuer: IssuerServer, open_verifier: Open, app: FastAPI) -> None:
    issuer.answers["/keys"] = Answer(200, delay=60)
    verifier = open_verifier()
    context = Context(Credentials(), replace(app.state.services, id_tokens=verifier))
    task = asyncio.create_task(login_with_issuer(context, LoginWithIssuerInput(id_token=issuer.token())))
    await wait_until(lambda: issuer.requested)
    context.abort("The client has disconnected.")
    with pytest.raises(RequestAborted):
        await task


@pytest.mark.parametrize("path", [CONFIGURATION, "/keys"])
async def test_redirects_are_not_followed(issuer: IssuerServer, open_verifier: Open, path: str) -> None:
    issuer.answers[path] = Answer(302, headers=(f"Location: {issuer.url}/elsewhere",))
    with pytest.raises(IssuerUnavailable):
        await verify(open_verifier(), issuer.token())
    assert "/elsewhere" not in issuer.requested


async def test_private_addresses_are_not_connected_to(issuer: IssuerServer, open_verifier: Open) -> None:
    verifier = open_verifier(allowed="")
    with pytest.raises(IssuerUnavailable):
        await verify(verifier, issuer.token())
    assert issuer.requested == []
    assert "OIDC_ALLOW_PRIVATE" in str(verifier.status[0].error)


@pytest.mark.parametrize("url", ["http://10.0.0.1/keys", "http://169.254.169.254/latest", "file:///etc/passwd", "x", 5])
async def test_discovery_leads_to_no_private_address(issuer: IssuerServer, open_verifier: Open, url: Any) -> None:
    issuer.answers[CONFIGURATION] = Answer(200, json.dumps({"issuer": issuer.url, "jwks_uri": url}).encode())
    with pytest.raises(IssuerUnavailable):
        await verify(open_verifier(), issuer.token())


async def test_discovery_document_of_another_issuer_is_refused(issuer: IssuerServer, open_verifier: Open) -> None:
    document = {"issuer": "https://evil.example", "jwks_uri": f"{issuer.url}/keys"}
    issuer.answers[CONFIGURATION] = Answer(200, json.dumps(document).encode())
    with pytest.raises(IssuerUnavailable):
        await verify(open_verifier(), issuer.token())
    assert issuer.requested == [CONFIGURATION]


async def test_http_is_refused_in_production(issuer: IssuerServer) -> None:
    values = {"environment": "production", "database_url": "postgresql://allotment@db/allotment"}
    settings = load_settings(
        None, **values, secret_key="kJ8x_Qm2Zt5Yw9Rb4Nc7Lf0Hs3Vd6Ga1Pe", oidc_issuers=issuer.setting(),
        oidc_allow_private=LOCAL,
    )  # fmt: skip
    verifier = build_id_token_verifier(settings)
    (status,) = await verifier.load_all()
    assert "https" in str(status.error)
    await verifier.close()


async def test_closing_ends_a_fetch(issuer: IssuerServer, open_verifier: Open) -> None:
    issuer.answers[CONFIGURATION] = Answer(200, delay=60)
    verifier = open_verifier()
    verifier.start()
    await wait_until(lambda: issuer.requested)
    async with asyncio.timeout(5):
        await verifier.close()
