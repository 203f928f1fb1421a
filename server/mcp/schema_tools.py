"""Tools that describe the schema. They read no data."""

from collections.abc import Collection
from typing import Any

from graphql import GraphQLSchema

from server.mcp.exchange import McpExchange
from server.mcp.message_charge import charge_message
from server.mcp.schema_search import KINDS, SchemaElement, build_index
from server.mcp.tool import Tool, ToolResult, read_string
from server.mcp.type_description import describe_type
from services.core.errors import BadInput

MAX_QUERY_LENGTH = 500
DEFAULT_RESULTS, MAX_RESULTS = 10, 30
MAX_DESCRIPTION = 400
"""In characters: how much of a description a result contains."""
_SEARCH = (
    "Find types, fields, queries and mutations of the GraphQL schema by what they are about. Words of names and "
    "descriptions are compared in their basic form, so use the words of the subject (`stock of a product`), not only "
    "guessed names. Then read the details with describe_type."
)
_DESCRIBE = (
    "Read the definition of a type (`Task`, `TaskWhere`), or of one field with its arguments (`Query.tasks`), in the "
    "GraphQL schema definition language, with descriptions."
)


def build_schema_tools(schema: GraphQLSchema) -> list[Tool]:
    """Build the tools. The index of the search is built here, once per process."""
    index = build_index(schema)

    async def search(exchange: McpExchange) -> ToolResult:
        await charge_message(exchange)
        query = read_string(exchange.arguments, "query", MAX_QUERY_LENGTH)
        limit = _read_limit(exchange.arguments)
        elements = index.search(query, limit, _read_kinds(exchange))
        return ToolResult({"results": [_describe_element(element) for element in elements]})

    async def describe(exchange: McpExchange) -> ToolResult:
        await charge_message(exchange)
        name = read_string(exchange.arguments, "name", MAX_QUERY_LENGTH)
        definition = describe_type(schema, name)
        if definition is None:
            raise BadInput(f"There is no type or field {name[:100]!r}. Find names with search_schema.")
        return ToolResult({"definition": definition})

    return [
        Tool("search_schema", "Search the schema", _SEARCH, _search_input(), search, _SEARCH_OUTPUT),
        Tool("describe_type", "Describe a type", _DESCRIBE, _describe_input(), describe, _DESCRIBE_OUTPUT),
    ]


def _read_limit(arguments: dict[str, Any]) -> int:
    limit = arguments.get("limit", DEFAULT_RESULTS)
    if type(limit) is not int or not 1 <= limit <= MAX_RESULTS:
        raise BadInput(f"`limit` must be an integer from 1 to {MAX_RESULTS}.")
    return limit


def _read_kinds(exchange: McpExchange) -> Collection[str]:
    """Return the kinds of elements that are searched: by default all, but mutations only for agents that may write."""
    kind = exchange.arguments.get("kind")
    if kind is None:
        return [each for each in KINDS if each != "mutation" or exchange.may_write]
    if kind not in KINDS:
        raise BadInput(f"`kind` must be one of: {', '.join(KINDS)}.")
    return [kind]


def _describe_element(element: SchemaElement) -> dict[str, str]:
    description = element.description
    if len(description) > MAX_DESCRIPTION:
        description = f"{description[:MAX_DESCRIPTION]}…"
    return {"name": element.coordinate, "kind": element.kind, "signature": element.signature} | (
        {"description": description} if description else {}
    )


def _search_input() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_RESULTS, "default": DEFAULT_RESULTS}
    kind = {"type": "string", "enum": list(KINDS), "description": "Return only elements of this kind."}
    query = {"type": "string", "maxLength": MAX_QUERY_LENGTH, "description": "What is searched for, in English."}
    return {
        "type": "object",
        "properties": {"query": query, "kind": kind, "limit": limit},
        "required": ["query"],
        "additionalProperties": False,
    }


def _describe_input() -> dict[str, Any]:
    name = {"type": "string", "maxLength": MAX_QUERY_LENGTH, "description": "`Type` or `Type.field`."}
    return {"type": "object", "properties": {"name": name}, "required": ["name"], "additionalProperties": False}


_SEARCH_OUTPUT = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": {"type": "object"}}},
}
_DESCRIBE_OUTPUT = {"type": "object", "properties": {"definition": {"type": "string"}}}
