"""Mercurius: GraphQL for Fastify."""

from collections.abc import Mapping

from bench.contenders.node.runtime import NodeContender
from bench.contenders.plain_lists import DOCUMENTS
from bench.database import BenchDatabase


class Mercurius(NodeContender):
    """Mercurius with JIT, and a loader per relation."""

    name = "mercurius"
    description = "Mercurius on Node, with JIT and loaders; no auth"
    script = "mercurius.mjs"
    documents = DOCUMENTS

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        return self.base_environment(database.superuser_url, port)
