"""Signs in, reads sign-in events, and creates API keys with scopes, as clients do."""

from typing import Any

from fastapi import FastAPI

from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse

EVENT_FIELDS = "kind count address userAgent device detail sessionId apiKeyId createdAt lastAt user { email }"
OWN_EVENTS = f"{{ viewer {{ signInEvents {{ nodes {{ {EVENT_FIELDS} }} }} }} }}"
TENANT_EVENTS = f"""
query ($where: SignInEventWhere) {{ signInEvents(where: $where) {{ totalCount nodes {{ {EVENT_FIELDS} }} }} }}
"""
CREATE_SCOPED_KEY = """mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { apiKey { id role scopes } secret userErrors { code field } } }"""
MEMBER, OWNER = "member@here.test", "owner@here.test"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def log_in(
    app_fixture: AppFixture, email: str = MEMBER, password: str = PASSWORD, **headers: str
) -> GraphQLResponse:
    """Send a login with further headers."""
    client = app_fixture.client().with_headers(**{"User-Agent": FIREFOX} | headers)
    return await client(documents.LOGIN, input={"email": email, "password": password})


async def own_events(client: Client) -> list[dict[str, Any]]:
    """Return the viewer's events, the newest first."""
    nodes: list[dict[str, Any]] = (await client(OWN_EVENTS)).data["viewer"]["signInEvents"]["nodes"]
    return nodes


async def tenant_events(client: Client, **where: Any) -> list[dict[str, Any]]:
    """Return the events of the client's tenant, the newest first."""
    nodes: list[dict[str, Any]] = (await client(TENANT_EVENTS, where=where)).data["signInEvents"]["nodes"]
    return nodes


async def settle(app: FastAPI) -> None:
    """Wait for what is recorded after responses."""
    await app.state.background.drain()


async def create_key(app_fixture: AppFixture, *scopes: str, role: str = "ADMIN") -> Client:
    """Return a client with a new key that has these scopes."""
    owner = app_fixture.tenant.client(Role.OWNER)
    created = (await owner(CREATE_SCOPED_KEY, input={"name": "Key", "role": role, "scopes": list(scopes)})).payload(
        "createApiKey"
    )
    assert created["apiKey"]["scopes"] == sorted(set(scopes))
    return app_fixture.client().with_token(created["secret"])


def assert_lacks(response: GraphQLResponse, scope: str) -> None:
    """Fail unless the only error names the missing scope."""
    assert response.error_codes == ["FORBIDDEN"]
    assert response.body["errors"][0]["message"] == f"This API key lacks the scope {scope}."
