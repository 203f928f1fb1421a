"""`POST /graphql/plan`: the plan of an operation, with the rules of /graphql for requests."""

from collections.abc import Callable
from functools import partial

import orjson
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from resolvers.context import Context
from server.config.setting_types import ExecutorName
from server.graphql.errors import ErrorCode
from server.graphql.outcome import Outcome
from server.graphql.request import parse_graphql_request
from server.http.errors import BadRequest, error_response
from server.http.media_types import JSON
from server.http.overloaded import retry_response
from server.http.refusals import describe_failure
from server.http.request import HttpRequest
from server.http.request_parsing import check_content_type, read_parameters
from server.http.request_turns import RequestTurns
from server.http.response_headers import NO_STORE
from server.monitoring.operation_plan import OperationPlanner
from server.monitoring.request_tracing import is_confirmed_superuser

PLAN_PATH = "/graphql/plan"
FORBIDDEN = "Only superusers can plan operations, except in development."


class PlanEndpoint:
    """Responds with plans: in development to everyone, otherwise to superusers only."""

    def __init__(
        self,
        turns: RequestTurns,
        build_context: Callable[[HttpRequest], Context],
        *,
        only_superusers: bool,
        executor: ExecutorName,
    ) -> None:
        self._turns = turns
        self._planner = OperationPlanner(turns, executor)
        self._build_context = build_context
        self._only_superusers = only_superusers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        try:
            response = await self._respond(request)
            await response(scope, receive, send)
        finally:
            request.release_memory()

    async def _respond(self, request: HttpRequest) -> Response:
        try:
            _check_method(request)
            check_content_type(request)
            body = await request.body(self._turns.memory)
            return await self._respond_in_turn(request, body, self._build_context(request))
        except Exception as error:
            if (refusal := describe_failure(error)) is None:
                raise
            return refusal.build_response(JSON)

    async def _respond_in_turn(self, request: HttpRequest, body: bytes, context: Context) -> Response:
        try:
            response = await self._turns.run(context, request.receive, partial(self._plan, request, body, context))
            if isinstance(response, Outcome):  # aborted
                return retry_response(503, ErrorCode.ABORTED, _first_message(response), JSON)
            return response
        finally:
            if context.place is not None:
                context.place.leave()

    async def _plan(self, request: HttpRequest, body: bytes, context: Context) -> Response:
        parameters = read_parameters(request, body)
        if isinstance(parameters, list):
            raise BadRequest("Only one operation can be planned at a time.")
        graphql_request = parse_graphql_request(parameters)
        try:
            if self._only_superusers and not await is_confirmed_superuser(context):
                return error_response(403, ErrorCode.FORBIDDEN, FORBIDDEN)
            plan = await self._planner.plan(graphql_request, context)
        finally:
            await context.reader.close()
        response = Response(orjson.dumps(plan.describe()), media_type="application/json")
        response.raw_headers.append(NO_STORE)
        return response

    @property
    def route(self) -> Route:
        """The route of the endpoint."""
        return Route(PLAN_PATH, self)


def _check_method(request: HttpRequest) -> None:
    if request.method != "POST":
        raise BadRequest("Send operations to plan by POST.", 405, Allow="POST")


def _first_message(outcome: Outcome) -> str:
    return outcome.result.errors[0].message if outcome.result.errors else ""
