"""Helpers for requests with an Idempotency-Key."""

from sqlalchemy import func, select

from database.engine import Database
from models import IdempotencyRecord
from models.relations import table_of
from tests.support.client import Client, GraphQLResponse


def with_key(client: Client, key: str = "key-1") -> Client:
    """Return a copy of the client that sends this key."""
    return client.with_headers(**{"Idempotency-Key": key})


def is_replay(response: GraphQLResponse) -> bool:
    """Return whether the response is a replay."""
    return bool(response.headers.get("idempotency-replayed") == "true")


async def count_stored_results(database: Database) -> int:
    """Return the number of stored results."""
    async with database.read_engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table_of(IdempotencyRecord))) or 0
