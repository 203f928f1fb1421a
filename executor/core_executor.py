"""graphql-core's executor without the reference cycle that keeps the operation in memory after its execution."""

from typing import Any

from graphql.execution.incremental.incremental_executor import IncrementalExecutor
from graphql.type import GraphQLResolveInfoHelpers


class CoreExecutor(IncrementalExecutor):
    """graphql-core's executor. The helpers for resolvers, which reference the executor, are created for each use: as an
    attribute of the executor they would form a cycle, which only the garbage collector frees."""

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Return the helpers for resolvers."""
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, _helpers: Any) -> None:
        """Ignore the helpers that the base class creates."""
