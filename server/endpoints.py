"""Builds the GraphQL endpoints."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from resolvers.app_services import AppServices
from resolvers.context import Context
from server.config.paths import CONSOLE_DIST
from server.config.settings import Settings
from server.console.page import console_page
from server.http.caller_connections import CallerConnections
from server.http.cookies import RefreshCookie
from server.http.credentials import find_group, read_client_info, read_credentials
from server.http.endpoint import GraphQLEndpoint
from server.http.live_streams import LiveStreams
from server.http.request import HttpRequest
from server.http.request_turns import RequestTurns
from server.http.result_messages import ResultEncoder
from server.live.subscriptions import Subscriptions
from server.mcp.endpoint import McpEndpoint
from server.monitoring.live_metrics import live_metrics
from server.monitoring.monitoring import Monitoring
from server.monitoring.plan_endpoint import PlanEndpoint
from server.monitoring.request_tracing import RequestTracing
from server.websocket.endpoint import WebSocketEndpoint
from server.websocket.operation_runner import OperationRunner
from services.core.access_confirmation import AccessConfirmation


class Endpoints(NamedTuple):
    """The GraphQL endpoints. They share places, memory and limits."""

    http: GraphQLEndpoint
    websocket: WebSocketEndpoint
    streams: LiveStreams
    """The subscriptions over HTTP."""
    plan: PlanEndpoint
    mcp: McpEndpoint | None
    """The endpoint of agents, if it is on."""

    @property
    def routes(self) -> list[Route]:
        """The routes of the endpoints that are used less often than /graphql."""
        return [self.plan.route, *([] if self.mcp is None else self.mcp.routes)]


def build_endpoints(
    settings: Settings,
    services: AppServices,
    turns: RequestTurns,
    refresh_cookie: RefreshCookie,
    monitoring: Monitoring,
) -> Endpoints:
    """Build the GraphQL endpoints."""

    def build_context(request: HttpRequest) -> Context:
        credentials, client_host = read_credentials(request, services.tokens), request.client_host
        caller = services.database.callers.find(credentials)
        credentials.group = (caller and caller.group) or find_group(credentials, client_host)
        load_client_info = partial(read_client_info, request, settings.is_allowed_origin)
        return Context(credentials, services, load_client_info, client_host, caller, request=request)

    callers = CallerConnections(settings.max_live_connections_per_caller)
    subscriptions = Subscriptions(turns, turns.operations, services.change_feeds, AccessConfirmation(services.database))
    open_stream = monitoring.observe_streams(subscriptions.open)
    streams = LiveStreams(callers, ResultEncoder(turns.limits.response_bytes, turns.memory), settings, open_stream)
    runner = OperationRunner(turns, build_context, open_stream)
    websocket = WebSocketEndpoint(runner, settings, settings.is_allowed_without_cookies, callers)
    monitoring.add_source(live_metrics(websocket, services))
    http = GraphQLEndpoint(
        turns,
        build_context,
        refresh_cookie,
        settings,
        streams,
        begin_trace=RequestTracing(services, only_superusers=not settings.shows_traces_to_everyone).begin,
        build_console_page=_build_console_page(services) if settings.graphiql else None,
    )
    plan = _build_plan_endpoint(settings, turns, build_context)
    mcp = McpEndpoint(turns, build_context, settings) if settings.mcp else None
    return Endpoints(http, websocket, streams, plan, mcp)


def _build_console_page(services: AppServices) -> Callable[[Request], Response]:
    return partial(console_page, CONSOLE_DIST, services.id_tokens.console_clients)


def _build_plan_endpoint(
    settings: Settings, turns: RequestTurns, build_context: Callable[[HttpRequest], Context]
) -> PlanEndpoint:
    only_superusers = not settings.shows_traces_to_everyone
    return PlanEndpoint(turns, build_context, only_superusers=only_superusers, executor=settings.executor)
