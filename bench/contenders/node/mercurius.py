"""Mercurius: GraphQL for Fastify."""

from collections.abc import Mapping

from bench.contenders.node.runtime import OnNode
from bench.contenders.plain_lists import DOCUMENTS
from bench.stage import Stage


class Mercurius(OnNode):
    """With JIT, and a loader a relation."""

    name = "mercurius"
    about = "Mercurius on Node, with JIT and loaders; no auth"
    script = "mercurius.mjs"
    documents = DOCUMENTS

    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        return self.settings(stage.superuser_url, port)
