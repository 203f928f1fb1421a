"""Workers and their links to accounts, over GraphQL."""

from typing import Any

from models import User
from models.ids import public_id
from tests.support.client import Client, GraphQLResponse

WORKER = "worker { id name version user { id } history { nodes { action changedFields } } }"
CREATE = f"""
mutation ($input: CreateWorkerInput!) {{ createWorker(input: $input) {{ {WORKER} userErrors {{ code field }} }} }}
"""
UPDATE = f"""
mutation ($id: ID!, $input: UpdateWorkerInput!) {{
  updateWorker(id: $id, input: $input) {{ {WORKER} userErrors {{ code field }} }}
}}
"""
BY_ID = "query ($id: ID!) { worker(id: $id) { version user { id } } }"


def user_id(user: User) -> str:
    """Return the global id of a user."""
    return public_id("user", user.id)


async def create_worker(client: Client, name: str = "Ada", **input: Any) -> str:
    """Create a worker, and return its id."""
    id: str = (await client(CREATE, input={"name": name} | input)).payload("createWorker")["worker"]["id"]
    return id


async def link(client: Client, worker_id: str, user: User | None) -> GraphQLResponse:
    """Link a worker to the account of a user, or remove the link."""
    return await client(UPDATE, id=worker_id, input={"userId": None if user is None else user_id(user)})


async def linked_account(client: Client, worker_id: str) -> str | None:
    """Return the id of the user whose account a worker is linked to."""
    user = (await client(BY_ID, id=worker_id)).data["worker"]["user"]
    return None if user is None else str(user["id"])
