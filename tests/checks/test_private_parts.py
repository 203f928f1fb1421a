"""Private parts of libraries that this code uses still exist, and no others are used.

A release of such a library may change them without notice, so pyproject.toml limits its version.
"""

import ast
import tomllib
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import aiosqlite
import asyncpg
import pytest
from graphql.execution.incremental.incremental_executor import IncrementalExecutor
from sqlalchemy import String, create_engine, select
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor
from sqlmodel import SQLModel
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from models import Task, User
from models.relations import table_of
from schema.schema import build_schema
from server.config.paths import PROJECT_ROOT
from tests.checks.sources import sources

# ruff: noqa: SLF001, PLW0108
SQLITE = create_engine("sqlite://")
STATEMENT = select(table_of(Task).c.title)

PRIVATE_PARTS: dict[str, Callable[[], Any]] = {
    "_bind_processors": lambda: STATEMENT.compile(SQLITE)._bind_processors,
    "_generate_cache_key": lambda: STATEMENT._generate_cache_key(),
    "_has_events": lambda: SQLITE._has_events,
    "_mapping": lambda: SQLITE.connect().exec_driver_sql("SELECT 1 AS one").one()._mapping,
    "_rows": lambda: vars(AsyncAdapt_dbapi_cursor)["_rows"],
    "_sa_instance_state": lambda: vars(User(email="a@here.test", full_name="A"))["_sa_instance_state"],
    "_sa_registry": lambda: SQLModel._sa_registry.mappers,
    "_schema": lambda: build_schema()._schema,
    "_thread": lambda: aiosqlite.connect(":memory:")._thread,
    "_transport": lambda: asyncpg.Connection._transport,
    "_value_": lambda: next(iter(Task.model_fields["status"].default.__class__))._value_,
    "_variant_mapping": lambda: String().with_variant(String(5), "postgresql")._variant_mapping["postgresql"],
}
"""Private attributes of SQLAlchemy, aiosqlite, asyncpg, SQLModel, Strawberry and enum members, and how to read each."""

INTERNAL_METHODS = (
    "build_response",
    "complete_awaitable_list_item_value",
    "complete_iterable_value",
    "complete_leaf_value",
    "complete_list_item_value",
    "complete_value",
    "execute_fields",
    "execute_fields_serially",
    "track_async_work",
    "with_abort_signal",
)
"""Methods of graphql-core's executor that the package `executor` overrides or calls. They are not part of its API."""


@pytest.mark.parametrize("name", PRIVATE_PARTS)
def test_private_part_exists(name: str) -> None:
    assert PRIVATE_PARTS[name]() is not None


@pytest.mark.parametrize("name", INTERNAL_METHODS)
def test_internal_method_exists(name: str) -> None:
    assert callable(getattr(IncrementalExecutor, name))


def test_no_other_private_parts_are_used() -> None:
    used = {
        (path, name)
        for path, source in sources().items()
        if not path.startswith(("tests/", "bench/"))
        for name in private_attributes(ast.parse(source))
    }
    assert {(path, name) for path, name in used if name not in PRIVATE_PARTS} == set()
    assert {name for _, name in used} == set(PRIVATE_PARTS)


def private_attributes(tree: ast.Module) -> Iterator[str]:
    """Yield the private attributes that a module reads from objects of other classes."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not is_own and node.attr not in own:
                yield node.attr
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            yield from (name for name in names if name.startswith("_") and not name.startswith("__"))


def test_foreign_private_attribute_is_found() -> None:
    snippet = (
        "import x._y\nfrom x import _z\nclass A:\n    def _b(self):\n        return self._c, self.d._e, super()._b()"
    )
    assert set(private_attributes(ast.parse(snippet))) == {"_z", "_e"}


PROTOCOL_METHODS = {
    "_should_upgrade", "_start_asgi_task", "connection_lost", "connection_made", "data_received",
    "handle_websocket_upgrade", "on_body", "on_header", "on_headers_complete", "on_message_begin",
    "on_message_complete", "on_response_complete", "pause_writing", "resume_writing", "shutdown",
}  # fmt: skip
"""Methods of uvicorn's protocol that server/connections overrides or calls."""
PROTOCOL_ATTRIBUTES = {
    "access_log", "access_logger", "app", "client", "connections", "cycle", "expect_100_continue", "flow", "headers",
    "logger", "loop", "parser", "pipeline", "scope", "server_state", "transport",
}  # fmt: skip
CYCLE_ATTRIBUTES = {
    "body", "chunked_encoding", "default_headers", "disconnected", "expected_content_length", "flow", "keep_alive",
    "message_event", "on_response", "response_complete", "response_started", "scope", "transport",
    "waiting_for_100_continue",
}  # fmt: skip
CYCLE_ARGUMENTS = [
    "scope", "transport", "flow", "logger", "access_logger", "access_log", "default_headers", "message_event",
    "expect_100_continue", "keep_alive", "on_response",
]  # fmt: skip
"""server/connections/request_protocol.py passes the first ones by position."""


def test_parts_of_the_http_protocol_exist() -> None:
    transport: Any = None
    flow = FlowControl(transport)
    assert not PROTOCOL_METHODS - set(vars(HttpToolsProtocol))
    assert not PROTOCOL_ATTRIBUTES - set(HttpToolsProtocol.__init__.__code__.co_names)
    assert not CYCLE_ATTRIBUTES - set(RequestResponseCycle.__init__.__code__.co_names)
    assert [*signature(RequestResponseCycle).parameters] == CYCLE_ARGUMENTS
    assert (flow.read_paused, flow.write_paused) == (False, False)


CAPS = {
    "sqlalchemy[asyncio]": "<2.2",
    "asyncpg": "<0.33",
    "graphql-core": "<3.4",
    "strawberry-graphql[fastapi]": "==",
    "uvicorn": "<0.55",
    "httptools": "<0.10",
}


@pytest.mark.parametrize("package", CAPS)
def test_version_is_capped(package: str) -> None:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (requirement,) = (line for line in project["dependencies"] if line.removeprefix(package)[:2] in (">=", "=="))
    assert CAPS[package] in requirement
