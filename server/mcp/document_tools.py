"""Persisted documents as tools: named operations that the operator of the server has registered."""

import re
from asyncio import Lock, sleep
from collections.abc import Sequence
from math import inf
from time import monotonic
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLSchema, OperationType

from server.graphql.document_operation import DocumentOperation
from server.graphql.persisted_documents import FOUND_SECONDS
from server.graphql.request import DocumentReference, GraphQLRequest
from server.graphql.variable_limits import check_variables
from server.mcp.exchange import McpExchange
from server.mcp.input_schemas import MAX_INPUT_TYPES, describe_variables
from server.mcp.mutation_rules import find_refused_fields
from server.mcp.operation_schemas import KEY, KEY_SCHEMA, RESULT_OUTPUT
from server.mcp.operation_tools import OperationRunner, read_idempotency_keys
from server.mcp.tool import Tool, ToolResult, check_names
from services.core.persisted_documents import load_newest_texts

MAX_DOCUMENTS = 200
"""Of the documents that were registered last, how many become tools: models read the list of all tools."""
MAX_LISTED_BYTES = 256 * 1024
"""The size of the tools of all documents in the list: it is encoded at once, and models read it."""
MAX_SCHEMA_BYTES = 6 * 1024
"""A larger JSON Schema of the input of a tool describes fewer of the input types."""
_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The names of tools that all clients accept."""
_MAX_DESCRIBED_FIELDS = 5
_MEMBER_BYTES = 256
"""About the size of the annotations of a tool, and of the names of its members."""


class DocumentTool(NamedTuple):
    """A tool, and the operation that it runs."""

    tool: Tool
    operation: DocumentOperation


class DocumentTools:
    """The tools of the registered documents, loaded again when they may have changed."""

    def __init__(self, runner: OperationRunner, reserved_names: frozenset[str]) -> None:
        self._runner = runner
        self._reserved_names = reserved_names
        self._max_bytes = min(MAX_LISTED_BYTES, runner.operations.limits.response_bytes // 2)
        """The other half of a response is for the other tools."""
        self._tools: dict[str, DocumentTool] = {}
        self._loaded_at = -inf
        self._lock = Lock()

    async def list(self, exchange: McpExchange) -> list[Tool]:
        """Return the tools whose operations the agent may run, by name."""
        tools = await self._load(exchange)
        schema = self._runner.operations.schema
        may_run = (
            tool for _, tool in sorted(tools.items()) if not find_refused_fields(schema, tool.operation, exchange)
        )
        return [each.tool for each in may_run]

    async def find(self, name: str, exchange: McpExchange) -> Tool | None:
        """Return the tool with this name, if there is one."""
        found = (await self._load(exchange)).get(name)
        return None if found is None else found.tool

    async def _load(self, exchange: McpExchange) -> dict[str, DocumentTool]:
        """Return the tools. One request at a time loads them. If it fails or is cancelled, the next one does."""
        started_at = monotonic()
        if started_at < self._loaded_at + FOUND_SECONDS:
            return self._tools
        with exchange.context.signal.stopping_task():
            await self._lock.acquire()
        try:
            if self._loaded_at < started_at:
                self._tools = await self._build(await _load_texts(exchange))
                self._loaded_at = monotonic()
            return self._tools
        finally:
            self._lock.release()

    async def _build(self, texts: Sequence[str]) -> dict[str, DocumentTool]:
        """Build the tools, the newest first. Of documents with the same name, the one that was registered last is a
        tool. Those that would make the list too large, and all older ones, are none."""
        tools: dict[str, DocumentTool] = {}
        size = 0
        for text in texts:
            await sleep(0)  # other requests run while documents are validated
            operation = self._find_operation(text)
            if operation is not None and operation.name is not None and operation.name not in tools:
                tool = _build_tool(self._runner, operation)
                size += _measure(tool)
                if size > self._max_bytes:
                    break
                tools[operation.name] = DocumentTool(tool, operation)
        return tools

    def _find_operation(self, text: str) -> DocumentOperation | None:
        """Return the operation of a document, if it has a name that tools may have, and one result."""
        document = self._runner.operations.load_valid(text)
        if document is None or len(document.operations) != 1:
            return None
        (operation,) = document.operations.values()
        name = operation.name or ""
        if operation.type is OperationType.SUBSCRIPTION or operation.has_live_directive:
            return None
        return operation if _TOOL_NAME.fullmatch(name) and name not in self._reserved_names else None


async def _load_texts(exchange: McpExchange) -> list[str]:
    texts = await load_newest_texts(exchange.context.reader, MAX_DOCUMENTS)
    await exchange.context.reader.release()
    return texts


def _build_tool(runner: OperationRunner, operation: DocumentOperation) -> Tool:
    schema = runner.operations.schema
    input_schema = _describe_input(schema, operation)
    takes_key = operation.type is OperationType.MUTATION and KEY not in input_schema["properties"]
    if takes_key:
        input_schema["properties"][KEY] = KEY_SCHEMA
    digest = operation.document_hash
    reference = DocumentReference(f"sha256:{digest}", digest)
    is_query = operation.type is OperationType.QUERY

    async def run(exchange: McpExchange) -> ToolResult:
        check_names(exchange.arguments, input_schema)
        check_variables(exchange.arguments)
        keys = read_idempotency_keys(exchange) if takes_key else ()
        variables = {name: value for name, value in exchange.arguments.items() if not (takes_key and name == KEY)}
        request = GraphQLRequest("", variables, reference=reference)
        return await (runner.query(exchange, request) if is_query else runner.mutate(exchange, request, keys))

    name = operation.name or ""
    title = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip()
    return Tool(name, title, _describe(operation), input_schema, run, RESULT_OUTPUT, is_read_only=is_query)


def _describe_input(schema: GraphQLSchema, operation: DocumentOperation) -> dict[str, Any]:
    """Return the JSON Schema of the variables, with fewer definitions of input types if it is large."""
    described = describe_variables(schema, operation.variable_definitions)
    max_types = min(MAX_INPUT_TYPES, len(described.get("$defs", ())))
    while max_types and len(orjson.dumps(described, default=str)) > MAX_SCHEMA_BYTES:
        max_types //= 2
        described = describe_variables(schema, operation.variable_definitions, max_types)
    return described


def _measure(tool: Tool) -> int:
    """Return about how many bytes a tool has in the list."""
    listed = (tool.name, tool.title, tool.description, tool.input_schema, tool.output_schema)
    return _MEMBER_BYTES + len(orjson.dumps(listed, default=str))


def _describe(operation: DocumentOperation) -> str:
    """Describe an operation by its root fields."""
    fields = operation.root_type.fields
    nodes = {node.name.value for node in operation.root_fields() if node.name.value in fields}
    lines = [f"- {name}: {fields[name].description or ''}".strip() for name in sorted(nodes)[:_MAX_DESCRIBED_FIELDS]]
    effect = "It only reads." if operation.type is OperationType.QUERY else "It changes data."
    first = (
        f"Run the {operation.type.value} {operation.name}, which the operator of the server has registered. {effect}"
    )
    return "\n".join([first, *lines])
