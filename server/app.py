"""The composition root: builds every object of the application and passes it to the objects that depend on it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import cache, partial
from hashlib import sha256
from typing import Any, Protocol

from fastapi import FastAPI
from graphql import GraphQLSchema
from starlette.routing import BaseRoute

from database.engine import Database
from database.replicas import Replicas
from database.role import check_database_role
from resolvers.app_services import AppServices
from schema.schema import build_schema
from server.background_work import BackgroundWork
from server.bucket_limits_factory import build_bucket_limits
from server.config.operation_limits import DEFAULT_LIMITS, OperationLimits
from server.config.paths import CONSOLE_DIST
from server.config.setting_types import ExecutorName
from server.config.settings import Settings, load_settings
from server.console.routes import console_routes
from server.database_factory import build_change_relay, build_database, build_replicas
from server.database_revision import check_revision
from server.endpoints import build_endpoints
from server.gc_tuning import tune_garbage_collector
from server.graphql.documents import DocumentCache
from server.graphql.executors import EXECUTORS
from server.graphql.operations import OperationExecutor
from server.graphql.persisted_documents import prepare_registered
from server.http.asgi import Application
from server.http.cookies import RefreshCookie
from server.http.health import health_routes
from server.http.live_streams import END_STREAMS, LiveStreams
from server.http.request_turns import RequestTurns
from server.issuer_client import build_id_token_verifier
from server.mailer_factory import build_mailer
from server.monitoring.active_monitoring import build_monitoring
from server.monitoring.monitoring import Address, Monitoring
from server.monitoring.operation_probe import OperationProbe
from server.monitoring.traced_execution import trace_operations
from server.relying_party import build_relying_party
from services.core.background import BackgroundTasks
from services.core.cost.budgets import CostBudgets
from services.core.email import BackgroundMailer
from services.core.errors import BadInput
from services.core.secret_cipher import SecretCipher, SecretPurpose
from services.core.tenant_feed import ChangeFeeds
from services.core.url_policy import UrlPolicy
from services.core.use_case import Hook
from services.people.email_templates import EmailTemplates
from services.people.last_use import LastUse
from services.people.passwords import Passwords
from services.people.tokens import AccessTokens
from services.webhooks.webhook import WebhookServices


def create_app(
    settings: Settings | None = None, hooks: Sequence[Hook] = (), metrics_of_workers: Address | None = None
) -> FastAPI:
    """Build the whole server as an ASGI application. `hooks` run around every unit of work. A worker process gets the
    address of the metrics of all workers."""
    settings = settings or load_settings()
    database = build_database(settings)
    refresh_cookie = RefreshCookie(secure=settings.environment == "production", path=settings.cookie_path)
    replicas = build_replicas(settings, database)
    monitoring = build_monitoring(settings, database, replicas, metrics_of_workers)
    operations = _build_operations(settings, monitoring)
    webhooks = build_webhook_services(settings, operations)
    services = build_app_services(settings, database, webhooks, refresh_cookie.name, hooks, replicas)
    turns = monitoring.build_turns(operations, settings)
    endpoints = build_endpoints(settings, services, turns, refresh_cookie, monitoring)
    app = Application(
        endpoints.http,
        endpoints.websocket,
        settings,
        monitoring.add_request_ids,
        lifespan=build_lifespan(settings, services, turns, monitoring, endpoints.streams),
        routes=[*endpoints.routes, *_build_routes(settings, services, turns, monitoring)],
    )
    app.state.database = database
    app.state.services = services
    app.state.background = services.background
    app.state.monitoring = monitoring
    app.state.turns = turns
    return app


def _build_operations(settings: Settings, monitoring: Monitoring) -> OperationExecutor:
    return build_operation_executor(
        settings.executor,
        introspection=settings.introspection,
        limits=settings.operation_limits,
        probe=monitoring.probe,
    )


def _build_routes(
    settings: Settings, services: AppServices, turns: RequestTurns, monitoring: Monitoring
) -> list[BaseRoute]:
    ready_token = settings.ready_token.get_secret_value()
    return [
        *monitoring.routes(),
        *health_routes(services.database, ready_token, services.replicas, turns.admission, services.id_tokens),
        *console_routes(settings, services, CONSOLE_DIST, hash_schema),
    ]


def build_app_services(  # noqa: PLR0913, PLR0917 -- the composition root
    settings: Settings,
    database: Database,
    webhooks: WebhookServices,
    cookie_name: str,
    hooks: Sequence[Hook] = (),
    replicas: Replicas | None = None,
) -> AppServices:
    """Build the objects that all requests share."""
    background = BackgroundTasks()
    retention = timedelta(days=settings.changes_keep_days)
    return AppServices(
        database=database,
        tokens=AccessTokens(settings.secret_keys[0], settings.access_token_minutes, settings.secret_keys[1:]),
        id_tokens=build_id_token_verifier(settings),
        passwords=Passwords(settings.bcrypt_rounds),
        second_factor_cipher=SecretCipher(
            SecretPurpose.SECOND_FACTORS, settings.secret_keys[0], settings.secret_keys[1:]
        ),
        mailer=BackgroundMailer(build_mailer(settings), background),
        email_templates=EmailTemplates(settings.link_base_url),
        background=background,
        last_use=LastUse(database, background, settings.access_token_minutes * 60),
        cost_budgets=CostBudgets(database, background, build_bucket_limits(settings)),
        session_days=settings.session_days,
        changes_retention=retention,
        change_feeds=ChangeFeeds(database, retention),
        cookie_name=cookie_name,
        webhooks=webhooks,
        hooks=hooks,
        replicas=replicas,
        relying_party=build_relying_party(settings),
    )


def build_webhook_services(settings: Settings, operations: OperationExecutor) -> WebhookServices:
    """Build what use cases of webhooks need."""

    def check_document(text: str, operation_name: str | None) -> None:
        if settings.persisted == "off":
            raise BadInput("The server executes no registered documents (PERSISTED=off).")
        operations.check_query(text, operation_name)

    return WebhookServices(
        SecretCipher(SecretPurpose.WEBHOOKS, settings.secret_keys[0], settings.secret_keys[1:]),
        UrlPolicy(settings.environment != "production", settings.webhook_allow_private),
        check_document,
        timedelta(days=settings.changes_keep_days),
    )


@cache
def build_operation_executor(
    executor: ExecutorName,
    *,
    introspection: bool,
    limits: OperationLimits = DEFAULT_LIMITS,
    probe: OperationProbe | None = None,
) -> OperationExecutor:
    """Build the executor of operations, once per process: the applications of a test run share it."""
    schema = load_graphql_schema()
    execute = partial(EXECUTORS[executor], hide_suggestions=not introspection)
    if probe is None:
        documents = DocumentCache(schema, introspection=introspection, limits=limits)
        return OperationExecutor(schema, documents, execute, limits, traced_execute=trace_operations(execute, executor))
    documents = probe.build_documents(schema, introspection=introspection, limits=limits)
    plans = probe.plan_cache
    observed = probe.wrap(execute, executor)
    traced = trace_operations(observed, executor, plans.wrap_batched)
    return OperationExecutor(schema, documents, observed, limits, plan_cache=plans, traced_execute=traced)


@cache
def load_graphql_schema() -> GraphQLSchema:
    """Build the GraphQL schema, once per process."""
    return _load_schema()._schema


@cache
def hash_schema() -> str:
    """Return the first digits of the SHA-256 of schema.graphql, which is the text of the schema."""
    return sha256(f"{_load_schema().as_str()}\n".encode()).hexdigest()[:12]


_load_schema = cache(build_schema)


class Worker(Protocol):
    """Works in the background from the start of the application to its end."""

    def start(self) -> None:
        """Start the work."""

    async def close(self) -> None:
        """Stop the work, and wait until it has stopped."""


def build_workers(
    settings: Settings, services: AppServices, turns: RequestTurns, monitoring: Monitoring
) -> Sequence[Worker]:
    """Build what works in the background."""
    work = None
    if settings.background_work:
        work = BackgroundWork(settings, services, turns, monitoring.observe_webhooks)
        monitoring.add_source(work.statistics.collect)
    workers = (services.id_tokens, services.replicas, build_change_relay(settings, services.database), work)
    return [worker for worker in workers if worker is not None]


def build_lifespan(
    settings: Settings, services: AppServices, turns: RequestTurns, monitoring: Monitoring, streams: LiveStreams
) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]:
    """Build the startup checks and the shutdown of the application."""
    database = services.database
    workers = build_workers(settings, services, turns, monitoring)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        try:
            async with database.read_engine.connect() as connection:
                await check_revision(connection)
                await check_database_role(connection, production=settings.environment == "production")
            await database.discover_server()
            if settings.persisted != "off":
                await prepare_registered(database, turns.operations.prepare)
        except Exception as error:
            app.state.startup_error = error  # for worker processes, whose supervisor reports it
            raise
        tune_garbage_collector()
        for worker in workers:
            worker.start()
        async with monitoring.run():
            yield {END_STREAMS: streams.end_all}
            for worker in reversed(workers):
                await worker.close()
            await services.background.drain()
        await services.cost_budgets.close()
        await database.close()

    return lifespan
