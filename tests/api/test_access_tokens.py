"""Access tokens in the Authorization header, valid and invalid."""

import uuid

from models import Task
from models.membership import Role
from tests.harness.statement_counter import StatementCounter
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client
from tests.support.invalid_tokens import OTHER_KEY, invalid_tokens, sign, valid_claims
from tests.support.sample_data import fetch_table

CREATE = documents.create("Task")
NEW = {"title": "New"}
CREDENTIALS = {"email": "member@here.test", "password": PASSWORD}


def client_with_authorization(app_fixture: AppFixture, authorization: str) -> Client:
    """Return a client with this Authorization header."""
    return app_fixture.client(tenant="here").with_headers(Authorization=authorization)


async def test_invalid_token_has_no_access(app_fixture: AppFixture, statement_counter: StatementCounter) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    tokens = {name: token for name, token in invalid_tokens(user.id).items() if token.isascii()}
    await app_fixture.client().lease_cost_points()
    with statement_counter:
        responses = {
            name: await client_with_authorization(app_fixture, f"Bearer {token}")(CREATE, input=NEW)
            for name, token in tokens.items()
        }
    assert {name: response.error_codes for name, response in responses.items()} == {
        name: ["UNAUTHENTICATED"] for name in tokens
    }
    assert {str(response.body["data"]) for response in responses.values()} == {"{'createTask': None}"}
    assert statement_counter.count == 0
    assert await fetch_table(app_fixture.tenant, Task) == []


async def test_login_ignores_invalid_token(app_fixture: AppFixture) -> None:
    tokens = invalid_tokens(app_fixture.tenant.users[Role.MEMBER].id)
    for name in ("expired", "another key", "alg none", "another audience", "one word", "very long"):
        response = await client_with_authorization(app_fixture, f"Bearer {tokens[name]}")(
            documents.LOGIN, input=CREDENTIALS
        )
        token = response.payload("login")["accessToken"]
        assert (await client_with_authorization(app_fixture, f"Bearer {token}")(CREATE, input=NEW)).payload(
            "createTask"
        )


async def test_error_distinguishes_expired_invalid_and_missing_token(app_fixture: AppFixture) -> None:
    tokens = invalid_tokens(app_fixture.tenant.users[Role.MEMBER].id)
    messages = {}
    for name in ("expired", "another key"):
        response = await client_with_authorization(app_fixture, f"Bearer {tokens[name]}")(documents.VIEWER)
        messages[name] = response.body["errors"][0]["message"]
        assert tokens[name] not in response.body["errors"][0]["message"]
    assert messages == {
        "expired": "The access token has expired. Refresh the session, or sign in again.",
        "another key": "The access token is invalid.",
    }
    (anonymous_error,) = (await app_fixture.client()(documents.VIEWER)).body["errors"]
    assert "Authorization: Bearer" in anonymous_error["message"]


async def test_token_of_unknown_user_is_rejected(app_fixture: AppFixture) -> None:
    token = sign(valid_claims(uuid.uuid4()))
    assert (await client_with_authorization(app_fixture, f"Bearer {token}")(documents.VIEWER)).error_codes == [
        "UNAUTHENTICATED"
    ]
    assert OTHER_KEY not in token


async def test_token_is_accepted_with_bearer_scheme_only(app_fixture: AppFixture) -> None:
    token = app_fixture.access_token(app_fixture.tenant.users[Role.MEMBER])
    for authorization in (f"Bearer {token}", f"bearer {token}", f"BEARER   {token} "):
        assert (await client_with_authorization(app_fixture, authorization)(documents.VIEWER)).data["viewer"][
            "email"
        ] == "member@here.test"
    for authorization in (token, f"Basic {token}", f"Token {token}", f"Bearer{token}", "Bearer", "Bearer ", "null"):
        assert (await client_with_authorization(app_fixture, authorization)(documents.VIEWER)).error_codes == [
            "UNAUTHENTICATED"
        ]
