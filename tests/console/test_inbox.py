"""`GET /graphql/console/inbox.json`: the emails of a development server, and who may read them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from database.engine import Database
from server.console import inbox_file
from server.console.inbox import INBOX_PATH
from server.console.server_info import SERVER_INFO_PATH
from tests.console.test_server_info import DEVELOPMENT, PRODUCTION, create_demo_users
from tests.support.configured_app import OpenApp
from tests.support.settings import build_settings

DEVELOPER = "developer@example.com"
REGISTER = """
mutation ($input: RegisterInput!) { register(input: $input) { user { id } userErrors { code field message } } }
"""
RESET = "mutation ($input: EmailInput!) { requestPasswordReset(input: $input) { done } }"
HERE = ("127.0.0.1", 50_000)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the inboxes of databases on a server."""
    monkeypatch.setattr(inbox_file, "PROJECT_ROOT", tmp_path)
    return tmp_path


def local_client(app: FastAPI, client: tuple[str, int] = HERE, host: str = "localhost:8000") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=client)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


async def register(app: FastAPI, client: httpx.AsyncClient) -> None:
    values = {"email": DEVELOPER, "fullName": "Dev Eloper", "password": "Quite-unusual-77!"}
    body = {"query": REGISTER, "variables": {"input": values}}
    answer = (await client.post("/graphql", json=body)).json()
    assert answer["data"]["register"]["userErrors"] == []
    await app.state.background.drain()


async def test_emails_are_readable_on_this_machine(open_app: OpenApp) -> None:
    async with open_app(**DEVELOPMENT, bcrypt_rounds=10) as app, local_client(app) as client:
        assert (await client.get(INBOX_PATH)).json() == {"emails": []}
        await register(app, client)
        await client.post("/graphql", json={"query": RESET, "variables": {"input": {"email": DEVELOPER}}})
        await app.state.background.drain()
        response = await client.get(INBOX_PATH)
        again = await client.get(INBOX_PATH, headers={"If-None-Match": response.headers["etag"]})
        assert (await client.get(SERVER_INFO_PATH)).json()["inbox"] is True
    reset, confirm = response.json()["emails"]
    assert reset["subject"] == "Reset your password"
    assert "http://localhost:8000/reset-password#token=" in reset["text"]
    assert "/verify-email#token=" in confirm["text"]
    assert reset["to"] == confirm["to"] == DEVELOPER
    assert response.headers["cache-control"] == "no-store"
    assert again.status_code == 304


async def test_processes_share_the_inbox_of_their_database(open_app: OpenApp) -> None:
    settings = {**DEVELOPMENT, "bcrypt_rounds": 10}
    async with open_app(**settings) as app, open_app(**settings) as other, local_client(app) as client:
        await register(app, client)
        async with local_client(other) as other_client:
            assert len((await other_client.get(INBOX_PATH)).json()["emails"]) == 1


@pytest.mark.parametrize(
    "values",
    [
        PRODUCTION,
        {**PRODUCTION, "introspection": True, "public_url": "http://localhost:8000"},
        {**DEVELOPMENT, "smtp_url": "smtp://localhost:1", "bcrypt_rounds": 10},
        {**DEVELOPMENT, "graphiql": False, "bcrypt_rounds": 10},
        {"environment": "test"},
    ],
    ids=["production", "production with introspection", "SMTP_URL", "GRAPHIQL=false", "test"],
)
@pytest.mark.only("sqlite")
async def test_other_servers_have_no_inbox(
    open_app: OpenApp, database: Database, checkout: Path, values: dict[str, Any]
) -> None:
    await create_demo_users(database)
    inbox = inbox_file.inbox_path(build_settings(str(database.write_engine.url)).database)
    async with open_app(**values) as app, local_client(app) as client:
        await register(app, client)
        assert (await client.get(INBOX_PATH)).status_code == 404
        assert (await client.get(SERVER_INFO_PATH)).json().get("inbox", False) is False
    assert not inbox.exists()
    assert list(checkout.glob(".allotment-*")) == []


REFUSED: dict[str, dict[str, Any]] = {
    "another machine": {"client": ("192.168.0.7", 50_000)},
    "IPv6 of another machine": {"client": ("2001:db8::1", 50_000)},
    "another name (DNS rebinding)": {"host": "evil.example:8000"},
    "a name that begins alike": {"host": "localhost.evil.example:8000"},
    "the address in the network": {"host": "192.168.0.2:8000"},
}
REFUSED_HEADERS = [
    {"X-Forwarded-For": "203.0.113.1"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"X-Forwarded-Host": "tunnel.example"},
    {"X-Real-IP": "127.0.0.1"},
    {"Via": "1.1 tunnel"},
    {"Host": ""},
    {"Host": "["},
]
CROSS_SITE_HEADERS = [
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
ACCEPTED_HEADERS = [
    {},
    {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]


async def read_status(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    """Return the status of the inbox, which the description of the server has to agree with."""
    response = await client.get(INBOX_PATH, headers=headers)
    assert (response.status_code == 200) is (await client.get(SERVER_INFO_PATH, headers=headers)).json()["inbox"]
    if response.status_code != 200:
        assert DEVELOPER not in response.text
        assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    return response.status_code


@pytest.mark.only("sqlite")
async def test_inbox_is_refused_to_other_machines_and_sites(open_app: OpenApp) -> None:
    async with open_app(**DEVELOPMENT, bcrypt_rounds=10) as app, local_client(app) as client:
        await register(app, client)
        for headers in ACCEPTED_HEADERS:
            assert (headers, await read_status(client, headers)) == (headers, 200)
        for headers in (*REFUSED_HEADERS, *CROSS_SITE_HEADERS):
            assert (headers, await read_status(client, headers)) == (headers, 403)
        for name, options in REFUSED.items():
            async with local_client(app, **options) as other:
                assert (name, await read_status(other, {})) == (name, 403)
        for host in ("127.0.0.1:8000", "[::1]:8000", "LOCALHOST"):
            async with local_client(app, host=host) as other:
                assert (host, await read_status(other, {})) == (host, 200)


@pytest.mark.only("sqlite")
async def test_demo_data_do_not_open_the_inbox(open_app: OpenApp, database: Database) -> None:
    await create_demo_users(database)
    async with open_app(**DEVELOPMENT, bcrypt_rounds=10) as app, local_client(app) as client:
        await register(app, client)
        assert (await client.get(SERVER_INFO_PATH)).json()["demo"] is not None
        assert await read_status(client, {}) == 200
        for name, options in REFUSED.items():
            async with local_client(app, **options) as other:
                assert (name, await read_status(other, {})) == (name, 403)
