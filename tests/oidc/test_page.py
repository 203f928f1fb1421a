"""docs/auth.md on issuers: the setting is valid, and the mutation signs a person in who is known to an issuer."""

import asyncio
import hashlib
import json
import re

from sqlalchemy import update

from models import User
from models.base import utc_now
from models.relations import table_of
from server.config.oidc_settings import IssuerConfig, parse_issuers
from server.config.paths import PROJECT_ROOT
from tests.docs.blocks import Block, parse_blocks
from tests.oidc.conftest import SignIn
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.configured_app import app_opener, http_client
from tests.support.issuer_documents import LOGIN_WITH_ISSUER
from tests.support.issuer_keys import ISSUER_SETTING, id_token
from tests.support.issuer_server import IssuerServer
from tests.webhooks.receiver import Answer

MEMBER = "member@here.test"
READY_TOKEN = "a token of the operator that is long enough"


def block_of(language: str, containing: str) -> Block:
    page = (PROJECT_ROOT / "docs" / "auth.md").read_text(encoding="utf-8")
    return next(block for block in parse_blocks(page) if block.language == language and containing in block.text)


def issuer_of(containing: str) -> IssuerConfig:
    match = re.fullmatch(r"OIDC_ISSUERS='(.*)'\n", block_of("sh", containing).text, re.DOTALL)
    assert match is not None
    (issuer,) = parse_issuers(match[1])
    return issuer


def test_settings_of_the_page_are_valid() -> None:
    assert issuer_of("OIDC_ISSUERS").url == "https://accounts.google.com"
    console = issuer_of('"console"').console
    assert console is not None
    assert (console.id, console.name) == ("allotment-console", "Example Ltd")


async def test_mutation_of_the_page_signs_in(
    app_fixture: AppFixture, database_url: str, issuer: IssuerServer, sign_in: SignIn
) -> None:
    user = table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == MEMBER).values(email_verified_at=utc_now()))
    setting = issuer.setting(requireHashedNonce=True)
    options = {"oidc_issuers": setting, "oidc_allow_private": "127.0.0.0/8", "ready_token": READY_TOKEN}
    async with app_opener(database_url)(**options) as app:
        client = Client(http_client(app))
        nonce = "a random value of the page"
        token = issuer.token("s", MEMBER, nonce=hashlib.sha256(nonce.encode()).hexdigest())
        response = await client(block_of("graphql", "loginWithIssuer(input:").text, idToken=token, nonce=nonce)
        payload = response.payload("loginWithIssuer")
        assert payload["user"] == {"email": MEMBER, "linkedIssuers": {"nodes": [{"issuer": issuer.url}]}}
        headers = {"Authorization": f"Bearer {READY_TOKEN}"}
        (described,) = (await client.http.get("/ready", headers=headers)).json()["issuers"]
        assert described == {"issuer": issuer.url, "keys": 1, "ageSeconds": described["ageSeconds"], "error": None}
        assert "issuers" not in (await client.http.get("/ready")).json()


async def test_people_without_invitation_sign_in_if_the_issuer_allows_registration(
    app_fixture: AppFixture, database_url: str
) -> None:
    setting = ISSUER_SETTING | {"allowRegistration": True, "emailDomains": ["new.test"]}
    async with app_opener(database_url)(oidc_issuers=[setting]) as app:
        client = Client(http_client(app))
        tokens = [id_token("s", "ada@new.test") for _ in range(3)]
        sent = [client(LOGIN_WITH_ISSUER, input={"idToken": token}) for token in tokens]
        payloads = [response.payload("loginWithIssuer") for response in await asyncio.gather(*sent)]
        assert len({payload["user"]["id"] for payload in payloads}) == 1  # all were sent at the same time
        assert payloads[0]["user"]["memberships"]["nodes"] == []
        response = await client(LOGIN_WITH_ISSUER, input={"idToken": id_token("t", "ada@other.test")})
        assert response.user_errors("loginWithIssuer") == [("BAD_CREDENTIALS", ["input", "idToken"])]


async def test_issuer_that_is_down_affects_only_sign_ins_with_it(
    app_fixture: AppFixture, database_url: str, issuer: IssuerServer
) -> None:
    issuer.answers["/keys"] = Answer(503)
    options = {"oidc_issuers": issuer.setting(), "oidc_allow_private": "127.0.0.0/8", "ready_token": READY_TOKEN}
    async with app_opener(database_url)(**options) as app:
        client = Client(http_client(app), **app_fixture.tenant.client().headers)
        response = await client(LOGIN_WITH_ISSUER, input={"idToken": issuer.token()})
        assert response.error_codes == ["UNAVAILABLE"]
        (error,) = response.body["errors"]
        assert error["extensions"]["retryAfter"] == 10
        assert issuer.url in error["message"]
        assert (await client("{ viewer { email } }")).data["viewer"]["email"] == MEMBER
        ready = await client.http.get("/ready", headers={"Authorization": f"Bearer {READY_TOKEN}"})
        assert ready.status_code == 200
        assert "status 503" in json.dumps(ready.json()["issuers"])
