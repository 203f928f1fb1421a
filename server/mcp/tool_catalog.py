"""The tools of the server: which ones an agent sees, and which ones it can call."""

from server.config.settings import Settings
from server.http.request_turns import RequestTurns
from server.mcp.document_tools import DocumentTools
from server.mcp.exchange import McpExchange
from server.mcp.operation_tools import OperationRunner, build_operation_tools
from server.mcp.schema_tools import build_schema_tools
from server.mcp.tool import Tool


class ToolCatalog:
    """The tools of one application. The settings leave out those that /graphql would refuse."""

    def __init__(self, turns: RequestTurns, settings: Settings) -> None:
        runner = OperationRunner(turns)
        operation_tools = build_operation_tools(runner)
        reserved_names = frozenset({"search_schema", "describe_type", *(tool.name for tool in operation_tools)})
        tools: list[Tool] = []
        if settings.persisted != "required":
            if settings.introspection:
                tools += build_schema_tools(runner.operations.schema)
            tools += operation_tools
        self._tools = {tool.name: tool for tool in tools}
        self._documents = None if settings.persisted == "off" else DocumentTools(runner, reserved_names)

    @property
    def describes_schema(self) -> bool:
        """Whether there are tools that describe the schema."""
        return "search_schema" in self._tools

    async def list(self, exchange: McpExchange) -> list[Tool]:
        """Return the tools that the agent may call, always in the same order."""
        tools = [tool for tool in self._tools.values() if tool.is_read_only or exchange.may_write]
        return tools if self._documents is None else tools + await self._documents.list(exchange)

    async def find(self, name: str, exchange: McpExchange) -> Tool | None:
        """Return the tool with this name; None if there is none. It checks by itself what the agent may do."""
        if (tool := self._tools.get(name)) is not None or self._documents is None:
            return tool
        return await self._documents.find(name, exchange)
