"""What tests of passkeys do again and again."""

from typing import Any

from tests.support.authenticator import Authenticator, SoftPasskey
from tests.support.client import Client, GraphQLResponse
from tests.support.passkey_documents import (
    ADD_PASSKEY,
    LOGIN_WITH_PASSKEY,
    START_CONFIRMATION,
    START_LOGIN,
    START_REGISTRATION,
)
from tests.support.second_factors import CONFIRM_IDENTITY

REFUSED = [("BAD_CREDENTIALS", ["input", "credential"])]
TRUE_AUTHENTICATOR = Authenticator()


async def options_of(client: Client, document: str) -> dict[str, Any]:
    (payload,) = (await client(document)).data.values()
    assert payload["userErrors"] == []
    options: dict[str, Any] = payload["options"]
    return options


async def send_new(client: Client, credential: Any, name: str = "Laptop") -> GraphQLResponse:
    return await client(ADD_PASSKEY, input={"credential": credential, "name": name})


async def add(client: Client, name: str = "Laptop") -> SoftPasskey:
    """Add a passkey to the user of the client."""
    passkey, credential = TRUE_AUTHENTICATOR.create(await options_of(client, START_REGISTRATION))
    assert (await send_new(client, credential, name)).payload("addPasskey")["passkey"]["name"] == name
    return passkey


async def log_in(
    client: Client, passkey: SoftPasskey, authenticator: Authenticator = TRUE_AUTHENTICATOR, **replaced: Any
) -> GraphQLResponse:
    credential = authenticator.get(await options_of(client, START_LOGIN), passkey, **replaced)
    return await send_login(client, credential)


async def send_login(client: Client, credential: Any) -> GraphQLResponse:
    return await client(LOGIN_WITH_PASSKEY, input={"credential": credential})


async def confirm(
    client: Client, passkey: SoftPasskey, authenticator: Authenticator = TRUE_AUTHENTICATOR
) -> GraphQLResponse:
    credential = authenticator.get(await options_of(client, START_CONFIRMATION), passkey)
    return await client(CONFIRM_IDENTITY, input={"passkey": credential})
