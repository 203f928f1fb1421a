"""The idiomatic server: what the guides of its libraries lead to, over the same models and tables."""

from collections.abc import Mapping, Sequence

from bench.contenders import serving
from bench.contenders.contender import POOL_SIZE, GraphQL, python
from bench.contenders.plain_lists import DOCUMENTS
from bench.stage import Stage


class Idiomatic(GraphQL):
    """Strawberry, SQLModel entities, AsyncSession and aiodataloader, without authentication."""

    name = "idiomatic"
    about = "Strawberry, SQLModel entities, AsyncSession, aiodataloader; no auth"
    documents = DOCUMENTS

    def command(self) -> Sequence[str]:
        return python("bench.contenders.idiomatic.app")

    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        return {serving.DATABASE_URL: stage.superuser_url, serving.PORT: str(port), serving.POOL: str(POOL_SIZE)}
