"""Issuers that the console offers: in its description of the server, and in the policy of its page."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI

from server.cli.checks.issuers import check_issuers
from server.console.server_info import SERVER_INFO_PATH
from tests.support.configured_app import app_opener, http_client
from tests.support.issuer_keys import CLIENT_ID
from tests.support.issuer_server import CONFIGURATION, IssuerServer
from tests.support.settings import build_settings
from tests.webhooks.receiver import Answer

CONSOLE = {"clientId": CLIENT_ID, "name": "Example Ltd"}


def options(issuer: IssuerServer) -> dict[str, Any]:
    return {"oidc_issuers": issuer.setting(console=CONSOLE), "oidc_allow_private": "127.0.0.0/8", "graphiql": True}


def discovery(issuer: IssuerServer, values: dict[str, Any]) -> Answer:
    document = json.loads(issuer.answer(CONFIGURATION).body) | values
    return Answer(200, json.dumps({name: value for name, value in document.items() if value is not None}).encode())


async def load(app: FastAPI) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the issuers of the description, and the headers of the page."""
    async with http_client(app) as client:
        info = (await client.get(SERVER_INFO_PATH)).json()
        page = await client.get("/graphql", headers={"Accept": "text/html"})
        return info["issuers"], dict(page.headers)


async def wait_for_issuers(app: FastAPI) -> list[dict[str, str]]:
    async with asyncio.timeout(20):
        while not (issuers := (await load(app))[0]):  # noqa: ASYNC110 -- the server sets no event
            await asyncio.sleep(0.01)
    return issuers


@pytest.mark.only("sqlite")
async def test_console_is_given_the_endpoints_of_issuers(database_url: str, issuer: IssuerServer) -> None:
    async with app_opener(database_url)(**options(issuer)) as app:
        none, without = await load(app)  # begins to fetch, and does not wait
        assert none == []
        assert "connect-src 'self';" in without["content-security-policy"]
        assert await wait_for_issuers(app) == [
            {
                "issuer": issuer.url,
                "name": "Example Ltd",
                "clientId": CLIENT_ID,
                "authorizationEndpoint": f"{issuer.url}/authorize",
                "tokenEndpoint": f"{issuer.url}/token",
            }
        ]
        headers = (await load(app))[1]
        assert f"connect-src 'self' {issuer.url};" in headers["content-security-policy"]
        assert headers["etag"] != without["etag"], "a browser would keep the policy that it has stored"
        assert issuer.requested.count(CONFIGURATION) == 1
        async with http_client(app) as client:
            policy = (await client.get("/reset-password")).headers["content-security-policy"]
        assert "connect-src 'self';" in policy


WRONG: list[dict[str, Any]] = [
    {"issuer": "https://other.example"},
    {"authorization_endpoint": None},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"token_endpoint": None},
    {"token_endpoint": 5},
    {"token_endpoint": "/token"},
    {"token_endpoint": "https://user@host.example/token"},
    {"token_endpoint": "https://host.example; script-src *"},
    {"token_endpoint": "https://*"},
    {"token_endpoint": "https://host.example/\r\nX: y"},
    {"token_endpoint": "https://host.example/#x"},
]


@pytest.mark.parametrize("values", [None, *WRONG])
async def test_issuer_with_unusable_endpoints_is_not_offered(
    values: dict[str, Any] | None, issuer: IssuerServer
) -> None:
    issuer.answers[CONFIGURATION] = Answer(503) if values is None else discovery(issuer, values)
    settings = options(issuer) | {"oidc_issuers": issuer.setting(console=CONSOLE, jwksUri=f"{issuer.url}/keys")}
    _, result = await check_issuers(build_settings("sqlite:///unused.db", **settings))
    assert "cannot be offered by the console" in result.message
    assert result.is_failed


async def test_doctor_checks_the_endpoints(issuer: IssuerServer) -> None:
    settings = build_settings("sqlite:///unused.db", **options(issuer))
    keys, console = await check_issuers(settings)
    assert not keys.is_failed
    assert not console.is_failed
    assert "can be offered by the console" in console.message
