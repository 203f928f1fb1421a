"""The composition root: everything is made here, and handed to whatever needs it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial

from fastapi import FastAPI
from graphql import GraphQLSchema

from resolvers.context import Context, Tools
from schema.schema import make_schema
from server.checkout import CONSOLE
from server.collector import settle_collector
from server.console import console_page, console_routes
from server.context import caller_of, origin_of
from server.cookies import Cookies
from server.database import Database, connect
from server.database_role import check_role
from server.documents import Documents
from server.endpoint import Endpoint
from server.entrance import Application
from server.health import health_routes
from server.mail import mailer_for
from server.migrate import check_revision
from server.operations import EXECUTORS, Operations
from server.setting_types import ExecutorName
from server.settings import Settings, load_settings
from services.background import Background
from services.letters import Letters
from services.mail import BackgroundMailer
from services.passwords import Passwords
from services.tokens import Tokens
from services.unit_of_work import Hook
from services.uses import Uses


def create_app(settings: Settings | None = None, hooks: Sequence[Hook] = ()) -> FastAPI:
    """The whole server as an ASGI application."""
    settings = settings or load_settings()
    database = connect(settings)
    cookies = Cookies(secure=settings.environment == "production", path=settings.cookie_path)
    tools = _tools(settings, database, hooks, cookies.name)
    endpoint = Endpoint(
        _operations(settings.executor, introspection=settings.introspection),
        lambda request: Context(caller_of(request, tools.tokens), tools, partial(origin_of, request, settings.lets_in)),
        cookies,
        (lambda: console_page(CONSOLE)) if settings.graphiql else None,
    )
    app = Application(
        endpoint,
        settings,
        title="Allotment",
        openapi_url=None,
        lifespan=_lifespan(database, settings, tools.background),
        routes=[
            *health_routes(database),
            *(console_routes(CONSOLE) if settings.graphiql else []),
        ],
    )
    app.state.database = database
    app.state.tools = tools
    app.state.background = tools.background
    return app


@cache
def _operations(executor: ExecutorName, *, introspection: bool) -> Operations:
    """Built once a process, however many applications it makes."""
    documents = Documents(introspection=introspection)
    return Operations(_schema(), documents, partial(EXECUTORS[executor], hide_suggestions=not introspection))


@cache
def _schema() -> GraphQLSchema:
    return make_schema()._schema


def _tools(settings: Settings, database: Database, hooks: Sequence[Hook], cookie_name: str) -> Tools:
    background = Background()
    return Tools(
        database.reading,
        database.writing,
        Tokens(settings.secret_key.get_secret_value(), settings.access_token_minutes),
        Passwords(settings.bcrypt_rounds),
        BackgroundMailer(mailer_for(settings), background),
        Letters(settings.links_url),
        background,
        Uses(database.writing, background),
        settings.session_days,
        cookie_name,
        hooks,
    )


def _lifespan(
    database: Database, settings: Settings, background: Background
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with database.reading.connect() as connection:
            await check_revision(connection)
            await check_role(connection, production=settings.environment == "production")
        settle_collector()
        yield
        await background.drain()
        await database.close()

    return lifespan
