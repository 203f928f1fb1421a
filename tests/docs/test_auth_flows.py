"""The sequence diagrams of docs/auth.md: their operations exist, and each kind of client signs in as its diagram shows.

tests/oidc/test_page.py runs that of issuers, and tests/api/emails those of registration and password reset.
"""

import re
from typing import Any

import httpx
import pytest
from graphql import GraphQLInputObjectType, get_named_type

from server.app import load_graphql_schema
from server.config.paths import PROJECT_ROOT
from server.seed.demo_users import PASSWORD
from tests.docs.blocks import Block, parse_blocks
from tests.support.authenticator import Authenticator
from tests.support.passkey_documents import ADD_PASSKEY, START_REGISTRATION

OWNER = {"email": "owner@demo.test", "password": PASSWORD}
LOGIN = "mutation ($in: LoginInput!) { login(input: $in) { accessToken refreshToken user { permissions } } }"
REFRESH = "mutation ($in: RefreshTokenInput) { refreshSession(input: $in) { accessToken refreshToken } }"
LOGOUT = "mutation ($in: RefreshTokenInput) { logout(input: $in) { done } }"
TASKS = "{ tasks(first: 1) { nodes { id } } }"
CREATE_KEY = "mutation ($in: CreateApiKeyInput!) { createApiKey(input: $in) { apiKey { id } secret } }"
REVOKE_KEY = "mutation ($id: ID!) { revokeApiKey(id: $id) { userErrors { code } } }"
FIND_USER = '{ user(by: {email: "owner@demo.test"}) { id } }'
END_IMPERSONATION = "mutation { endImpersonation { done } }"
only_sqlite = pytest.mark.only("sqlite")  # what differs between the engines is tested in tests/api
_OPERATION = re.compile(r"\w+->>Allotment: ([a-z]\w+)(?:\((.*?)\)$|\(|$| )", re.MULTILINE)


def blocks(language: str) -> list[Block]:
    page = (PROJECT_ROOT / "docs" / "auth.md").read_text(encoding="utf-8")
    return [block for block in parse_blocks(page) if block.language == language]


async def send(
    http: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None, token: str = ""
) -> dict[str, Any]:
    headers = {"X-Tenant": "demo"} | ({"Authorization": f"Bearer {token}"} if token else {})
    response = await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    answer: dict[str, Any] = response.json()
    return answer


async def may_read(http: httpx.AsyncClient, token: str) -> bool:
    """Whether the token is accepted; anything but tasks or UNAUTHENTICATED is an error."""
    answer = await send(http, TASKS, token=token)
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert codes in ([], ["UNAUTHENTICATED"])
    return not codes


def test_operations_of_the_diagrams_exist() -> None:
    mutation_type = load_graphql_schema().mutation_type
    assert mutation_type is not None
    operations = [match for block in blocks("mermaid") for match in _OPERATION.findall(block.text)]
    names = {name for name, _ in operations}
    assert names >= {
        "login",
        "refreshSession",
        "logout",
        "loginWithIssuer",
        "loginWithPasskey",
        "createApiKey",
        "resetPassword",
    }
    for name, arguments in operations:
        field = mutation_type.fields[name]
        given = re.fullmatch(r"input: \{(.*)\}", arguments)
        if not given:
            assert arguments.split(":")[0] in ("", *field.args), name
            continue
        input_type = get_named_type(field.args["input"].type)
        assert isinstance(input_type, GraphQLInputObjectType)
        assert {part.split(":")[0].strip() for part in given[1].split(",")} <= input_type.fields.keys(), name


@only_sqlite
async def test_page_signs_in_with_the_cookie(http: httpx.AsyncClient) -> None:
    http.headers["Origin"] = "http://allotment.test"
    payload = (await send(http, LOGIN, {"in": OWNER | {"refreshTokenIn": "COOKIE"}}))["data"]["login"]
    assert payload["refreshToken"] is None
    assert "createTask" in payload["user"]["permissions"]
    assert await may_read(http, payload["accessToken"])
    (script,) = (block.text for block in blocks("js") if "refreshSession" in block.text)
    refresh = re.search(r"graphql\(`(.*)`\)", script)
    assert refresh is not None
    token = (await send(http, refresh[1]))["data"]["refreshSession"]["accessToken"]
    assert await may_read(http, token)
    assert (await send(http, LOGOUT, token=token))["data"]["logout"] == {"done": True}
    assert not await may_read(http, token)
    assert not http.cookies
    (error,) = (await send(http, refresh[1]))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


@only_sqlite
async def test_script_signs_in_with_the_payload(http: httpx.AsyncClient) -> None:
    first = (await send(http, LOGIN, {"in": OWNER}))["data"]["login"]
    assert await may_read(http, first["accessToken"])
    given = {"in": {"refreshToken": first["refreshToken"]}}
    second = (await send(http, REFRESH, given))["data"]["refreshSession"]
    assert second["refreshToken"] != first["refreshToken"]
    assert await may_read(http, second["accessToken"])
    given = {"in": {"refreshToken": second["refreshToken"]}}
    assert (await send(http, LOGOUT, given))["data"]["logout"] == {"done": True}
    assert not await may_read(http, second["accessToken"])
    assert not http.cookies


@only_sqlite
async def test_service_uses_a_key_until_it_is_revoked(http: httpx.AsyncClient) -> None:
    owner = (await send(http, LOGIN, {"in": OWNER}))["data"]["login"]["accessToken"]
    given = {"in": {"name": "Reports", "role": "MEMBER", "scopes": ["READ"], "expiresAt": "2199-01-01T00:00:00Z"}}
    created = (await send(http, CREATE_KEY, given, token=owner))["data"]["createApiKey"]
    assert await may_read(http, created["secret"])
    revoked = await send(http, REVOKE_KEY, {"id": created["apiKey"]["id"]}, token=owner)
    assert revoked["data"]["revokeApiKey"]["userErrors"] == []
    assert not await may_read(http, created["secret"])


@only_sqlite
async def test_person_signs_in_with_a_passkey(http: httpx.AsyncClient) -> None:
    http.headers["Origin"] = "http://allotment.test"  # a cookie is set
    owner = (await send(http, LOGIN, {"in": OWNER}))["data"]["login"]["accessToken"]
    options = (await send(http, START_REGISTRATION, token=owner))["data"]["startPasskeyRegistration"]["options"]
    passkey, credential = Authenticator().create(options)
    given = {"input": {"credential": credential, "name": "Laptop"}}
    assert (await send(http, ADD_PASSKEY, given, token=owner))["data"]["addPasskey"]["userErrors"] == []
    (script,) = (block.text for block in blocks("js") if "logInWithPasskey" in block.text)
    start, login = re.findall(r"= `(mutation.*?)`;", script, re.DOTALL)
    options = (await send(http, start))["data"]["startPasskeyLogin"]["options"]
    answer = {"credential": Authenticator().get(options, passkey)}
    assert await may_read(http, (await send(http, login, answer))["data"]["loginWithPasskey"]["accessToken"])
    assert http.cookies


@only_sqlite
async def test_superuser_acts_as_a_user(http: httpx.AsyncClient) -> None:
    superuser = {"email": "superuser@demo.test", "password": PASSWORD}
    own = (await send(http, LOGIN, {"in": superuser}))["data"]["login"]["accessToken"]
    user = (await send(http, FIND_USER, token=own))["data"]["user"]
    (impersonate,) = (block.text for block in blocks("graphql") if "impersonateUser" in block.text)
    payload = (await send(http, impersonate, {"userId": user["id"]}, token=own))["data"]["impersonateUser"]
    assert payload["userErrors"] == []
    token = payload["accessToken"]
    shown = "{ viewer { email impersonation { impersonatorName reason expiresAt } } }"
    viewer = (await send(http, shown, token=token))["data"]["viewer"]
    assert (viewer["email"], viewer["impersonation"]["impersonatorName"]) == (OWNER["email"], "Sue Superuser")
    (refused,) = (await send(http, CREATE_KEY, {"in": {"name": "Reports"}}, token=token))["errors"]
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert (await send(http, END_IMPERSONATION, token=token))["data"]["endImpersonation"] == {"done": True}
    assert not await may_read(http, token)
    assert await may_read(http, own)
