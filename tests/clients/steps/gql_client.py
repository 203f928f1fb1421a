"""gql for Python: HTTP with httpx, and subscriptions over WebSocket. Arguments: endpoint, access token, name."""

import asyncio
import json
import sys
from typing import Any

from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

ME = "query Me { viewer { email } }"
NEWEST = "query Newest { changes(first: 1) { newestCursor } }"
MANY = "query Many { tasks(first: 101) { nodes { id } } }"
CREATE = (
    "mutation Create($title: String!) { createTask(input: {title: $title}) { task { title } userErrors { code } } }"
)
FOLLOW = """subscription Follow($after: String) {
  changes(after: $after, types: [TASK]) { action object { ... on Task { title } } }
}"""
REGISTERED_ID = "query-me"


class RegisteredRequest(GraphQLRequest):
    """A request that sends the id of its document."""

    @property
    def payload(self) -> dict[str, Any]:
        """What is sent."""
        return {"documentId": REGISTERED_ID}


async def run(url: str, token: str, name: str) -> dict[str, Any]:
    """Run the steps, and return their results."""
    headers = {"Authorization": f"Bearer {token}", "X-Tenant": "demo"}
    async with Client(transport=HTTPXAsyncTransport(url=url, headers=headers, timeout=60)) as session:
        me = await session.execute(gql(ME))
        cursor = (await session.execute(gql(NEWEST)))["changes"]["newestCursor"]
        created = await session.execute(GraphQLRequest(CREATE, variable_values={"title": f"By {name}"}))
        codes: list[str] = []
        try:
            await session.execute(gql(MANY))
        except TransportQueryError as error:
            codes = [each["extensions"]["code"] for each in error.errors or []]
        again = await session.execute(RegisteredRequest(ME))
    socket = WebsocketsTransport(
        url=url.replace("http", "ws"), init_payload=headers, subprotocols=["graphql-transport-ws"]
    )
    async with Client(transport=socket) as session:
        async for event in session.subscribe(GraphQLRequest(FOLLOW, variable_values={"after": cursor})):
            change = event["changes"]
            break
    return {
        "query": me["viewer"]["email"],
        "mutation": created["createTask"]["task"]["title"],
        "error": codes,
        "subscription": [change["action"], change["object"]["title"]],
        "persisted": again["viewer"]["email"],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(run(*sys.argv[1:]))))
