"""The idiomatic server: built as the guides of its libraries recommend, on the same models and tables."""

from collections.abc import Mapping, Sequence

from bench.contenders import uvicorn_server
from bench.contenders.contender import POOL_SIZE, GraphQLContender, python_command
from bench.contenders.plain_lists import DOCUMENTS
from bench.database import BenchDatabase


class Idiomatic(GraphQLContender):
    """Strawberry, SQLModel entities, AsyncSession and aiodataloader, without authentication."""

    name = "idiomatic"
    description = "Strawberry, SQLModel entities, AsyncSession, aiodataloader; no auth"
    documents = DOCUMENTS

    def command(self) -> Sequence[str]:
        return python_command("bench.contenders.idiomatic.app")

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        return {
            uvicorn_server.DATABASE_URL: database.superuser_url,
            uvicorn_server.PORT: str(port),
            uvicorn_server.POOL: str(POOL_SIZE),
        }
