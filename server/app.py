"""The composition root: everything is made here, and handed to whatever needs it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial
from http import HTTPMethod

from fastapi import FastAPI
from graphql import GraphQLSchema
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import Route

from resolvers.context import Context
from schema.schema import make_schema
from server.body_limit import BodyLimitMiddleware
from server.checkout import CONSOLE
from server.console import console_page, console_routes
from server.context import caller_of
from server.database import Database, connect
from server.database_role import check_role
from server.documents import Documents
from server.endpoint import Endpoint
from server.health import health_routes
from server.migrate import check_revision
from server.operations import EXECUTORS, Operations
from server.request_id import RequestIdMiddleware
from server.setting_types import ExecutorName
from server.settings import Settings, load_settings
from services.passwords import Passwords
from services.tokens import Tokens
from services.unit_of_work import Hook

HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "X-Tenant", "X-Tenant-ID"]


def create_app(settings: Settings | None = None, hooks: Sequence[Hook] = ()) -> FastAPI:
    """The whole server as an ASGI application."""
    settings = settings or load_settings()
    database = connect(settings)
    endpoint = Endpoint(
        _operations(settings.executor, introspection=settings.introspection),
        _context_maker(settings, database, hooks),
        (lambda: console_page(CONSOLE)) if settings.graphiql else None,
    )
    app = FastAPI(
        title="Allotment",
        openapi_url=None,
        lifespan=_lifespan(database, settings),
        routes=[
            Route("/graphql", endpoint.__call__, methods=list(HTTPMethod)),  # it refuses the others itself
            *health_routes(database),
            *(console_routes(CONSOLE) if settings.graphiql else []),
        ],
    )
    app.state.database = database
    _add_middleware(app, settings)
    return app


@cache
def _operations(executor: ExecutorName, *, introspection: bool) -> Operations:
    """Built once a process, however many applications it makes."""
    documents = Documents(introspection=introspection)
    return Operations(_schema(), documents, partial(EXECUTORS[executor], hide_suggestions=not introspection))


@cache
def _schema() -> GraphQLSchema:
    return make_schema()._schema


def _context_maker(settings: Settings, database: Database, hooks: Sequence[Hook]) -> Callable[[Request], Context]:
    tokens = Tokens(settings.secret_key.get_secret_value(), settings.access_token_minutes)
    passwords = Passwords(settings.bcrypt_rounds)

    def make(request: Request) -> Context:
        return Context(caller_of(request, tokens), database.reading, database.writing, tokens, passwords, hooks)

    return make


def _lifespan(database: Database, settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with database.reading.connect() as connection:
            await check_revision(connection)
            await check_role(connection, production=settings.environment == "production")
        yield
        await database.close()

    return lifespan


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added is the first to see a request."""
    app.add_middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes)
    app.add_middleware(RequestIdMiddleware)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_origin_regex=settings.cors_origin_regex,
        allow_methods=["GET", "POST"],
        allow_headers=HEADERS,
        expose_headers=["Idempotency-Replayed", "X-Request-ID"],
        max_age=600,
    )
