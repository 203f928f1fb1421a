"""`GET /graphql/console/server.json`: what the console knows before anyone signs in."""

from hashlib import sha256
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from database.authentication import Credentials
from database.engine import Database
from models import User
from models.relations import table_of
from server.config.paths import PROJECT_ROOT
from server.config.version import program_version
from server.console.server_info import SERVER_INFO_PATH
from server.seed.demo import create_members
from server.seed.demo_users import DEMO_USERS, PASSWORD, TENANTS
from services.core.use_case import run_use_case
from tests.support.app_fixture import FAST_PASSWORDS
from tests.support.configured_app import OpenApp, http_client
from tests.support.settings import PRODUCTION_SECRET_KEY

DEVELOPMENT = {"environment": "development"}
PRODUCTION = {
    "environment": "production", "secret_key": PRODUCTION_SECRET_KEY, "bcrypt_rounds": 10, "graphiql": True
}  # fmt: skip


async def load_info(open_app: OpenApp, **settings: Any) -> dict[str, Any]:
    async with open_app(**settings) as app, http_client(app) as client:
        response = await client.get(SERVER_INFO_PATH)
        assert response.status_code == 200
        info: dict[str, Any] = response.json()
        return info


async def create_demo_users(database: Database) -> None:
    await run_use_case(database, Credentials(), lambda work: create_members(work, FAST_PASSWORDS))


async def test_development_server_describes_itself(open_app: OpenApp) -> None:
    schema_hash = sha256((PROJECT_ROOT / "schema.graphql").read_bytes()).hexdigest()[:12]
    assert await load_info(open_app, **DEVELOPMENT, bcrypt_rounds=10) == {
        "name": "Allotment",
        "version": program_version(),
        "schemaHash": schema_hash,
        "environment": "development",
        "demo": None,
        "inbox": False,  # the client of the test names another host
        "pages": True,
        "issuers": [],
        "passkeys": True,
        "trace": "everyone",
    }


async def test_production_server_says_no_more_than_its_schema(open_app: OpenApp, database: Database) -> None:
    await create_demo_users(database)
    info = await load_info(open_app, **PRODUCTION)
    assert info == {
        "name": "Allotment",
        "version": None,
        "schemaHash": None,
        "environment": "production",
        "demo": None,
        "inbox": False,
        "pages": True,
        "issuers": [],
        "passkeys": False,
        "trace": "superusers",
    }
    assert (await load_info(open_app, **PRODUCTION, introspection=True))["schemaHash"]


async def test_demo_users_that_exist_are_listed(open_app: OpenApp, database: Database) -> None:
    await create_demo_users(database)
    async with database.write_engine.begin() as connection:
        user = table_of(User)
        await connection.execute(update(user).where(user.c.email == "admin@demo.test").values(is_active=False))

    demo = (await load_info(open_app, **DEVELOPMENT, bcrypt_rounds=10))["demo"]
    assert [user["email"] for user in demo["users"]] == [email for email in DEMO_USERS if email != "admin@demo.test"]
    owner = {
        "label": "Owner of Demo Gardens",
        "name": "Olive Owner",
        "email": "owner@demo.test",
        "password": PASSWORD,
        "tenant": "demo",
    }
    assert owner in demo["users"]
    assert demo["tenants"] == [{"slug": slug, "name": name} for slug, name in TENANTS.items()]


async def test_front_end_elsewhere_has_the_pages_of_links(open_app: OpenApp) -> None:
    assert (await load_info(open_app, public_url="https://app.example.com"))["pages"] is False


async def test_current_description_is_not_sent_again(open_app: OpenApp) -> None:
    async with open_app() as app, http_client(app) as client:
        first = await client.get(SERVER_INFO_PATH)
        assert first.headers["cache-control"].startswith("private, max-age=")
        second = await client.get(SERVER_INFO_PATH, headers={"If-None-Match": first.headers["etag"]})
        other = await client.get(SERVER_INFO_PATH, headers={"If-None-Match": '"other"'})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert (other.status_code, other.json()) == (200, first.json())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_description_cannot_be_written(http: httpx.AsyncClient, method: str) -> None:
    assert (await http.request(method, SERVER_INFO_PATH)).status_code == 405


async def test_no_description_without_console(open_app: OpenApp) -> None:
    async with open_app(graphiql=False) as app, http_client(app) as client:
        assert (await client.get(SERVER_INFO_PATH)).status_code == 404
