"""What both executors answer on one database, compared."""

from collections import Counter
from typing import Any

import orjson
import pytest

from queries.caller import Caller
from resolvers.context import Context, Tools
from schema.schema import make_schema
from server.documents import Documents
from server.errors import rendered
from server.graphql_request import GraphQLRequest
from server.operations import EXECUTORS, Operations
from tests.support.known import Ask
from tests.support.operations import Operation

SCHEMA = make_schema()._schema
DOCUMENTS = Documents(introspection=True)
BOTH = {name: Operations(SCHEMA, DOCUMENTS, execute) for name, execute in EXECUTORS.items()}
FORESEEN = {"BAD_USER_INPUT", "FORBIDDEN", "UNAUTHENTICATED"}


class Comparison:
    """Answers queries both ways. The log shows the plans that are dropped."""

    def __init__(self, tools: Tools, log: pytest.LogCaptureFixture) -> None:
        self.tools = tools
        self.log = log
        self.seen: Counter[str] = Counter()

    def asking(self, caller: Caller) -> Ask:
        """Queries by this caller, which must be without errors."""

        async def ask(text: str) -> dict[str, Any]:
            answer = orjson.loads(await self._answer("graphql-core", GraphQLRequest(text, None, None, None), caller))
            assert answer["errors"] == []
            data: dict[str, Any] = answer["data"]
            return data

        return ask

    async def compare(self, operation: Operation, caller: Caller) -> None:
        """With both sets of variables, of which the second finds the plan of the first."""
        for variables in operation.variables if "$" in operation.text else operation.variables[:1]:
            await self._compare(GraphQLRequest(operation.text, variables, None, None), caller)

    async def _compare(self, request: GraphQLRequest, caller: Caller) -> None:
        """Fails where the answers differ, where a fault is ours, and where a plan was dropped without need."""
        self.log.clear()
        compiled = await self._answer("compiled", request, caller)
        dropped = [record.exc_text for record in self.log.records if record.name == "executor.attempt"]
        assert compiled == await self._answer("graphql-core", request, caller)
        codes = {error["extensions"]["code"] for error in orjson.loads(compiled)["errors"]}
        assert codes <= FORESEEN, compiled
        assert codes or not dropped, dropped
        self.seen["errors" if codes else "data"] += 1

    async def _answer(self, executor: Any, request: GraphQLRequest, caller: Caller) -> bytes:
        """Data and errors as they are sent, in bytes: the order of keys counts as well."""
        context = Context(caller, self.tools)
        try:
            result = await BOTH[executor].run(request, context, queries_only=True)
        finally:
            await context.reader.close()
        return orjson.dumps({"data": result.data, "errors": [rendered(error) for error in result.errors or ()]})
