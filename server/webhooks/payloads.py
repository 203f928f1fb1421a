"""The payloads of deliveries: what changed, and the answer of the document that the webhook chose.

They are built for each attempt, so an attempt after a day contains the object as it is then, and nothing that the
webhook's role may not see any more.
"""

from asyncio import sleep
from collections.abc import Mapping
from functools import partial
from math import inf
from typing import Any

from graphql import OperationType
from starlette.types import Message

from database.authentication import SystemCredentials
from executor import ResponseTooLarge
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from resolvers.app_services import AppServices
from resolvers.context import Context
from server.graphql.errors import ErrorCode
from server.graphql.outcome import Outcome, PartlyEncodedResult
from server.graphql.request import DocumentReference, GraphQLRequest
from server.graphql.response_body import build_response_body
from server.graphql.response_encoding import encode_in_pieces, encode_json
from server.http.overloaded import Overloaded
from server.http.request_id import generate_request_id
from server.http.request_turns import RequestTurns
from server.telemetry.log_context import LogContext, log_context
from services.core.audit_values import prefix_of_noun, serialize_time
from services.core.errors import BadInput
from services.core.persisted_documents import hash_of_id
from services.webhooks.documents import fill_variables

OVERLOAD_RETRY_SECONDS = 2.0
TEST_TYPE = "webhook.test"
_TRANSIENT = {ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE, ErrorCode.CONFLICT}
MAX_PAYLOAD_BYTES = 1024 * 1024
"""How large a payload is at most: it occupies memory until the endpoint has answered."""
_QUERIES = frozenset({OperationType.QUERY})
_TOO_LARGE = f"The payload has more than {MAX_PAYLOAD_BYTES:,} bytes: select less in the document."


class PayloadPostponed(Exception):
    """The payload cannot be built at present, for instance because the tenant's cost budget is used up."""

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class PayloadFailed(Exception):
    """The payload cannot be built until the webhook, or its document, is changed."""


class PayloadBuilder:
    """Builds the payloads of one process. Documents are executed in turn with the requests of the webhook's tenant."""

    def __init__(self, services: AppServices, turns: RequestTurns) -> None:
        self._services = services
        self._turns = turns

    async def build(self, webhook: Any, delivery: Any) -> bytes:
        """Return the payload as JSON; raise PayloadPostponed or PayloadFailed."""
        if delivery.is_test:
            return _encode({"type": TEST_TYPE, "timestamp": serialize_time(utc_now()), "data": {}})
        change = describe_change(delivery)
        name = f"{change['type'].lower()}.{change['action'].lower()}"
        payload = {"type": name, "timestamp": change["createdAt"]}
        if webhook.document_id is None:
            return _encode(payload | {"data": change})
        return await self._execute(webhook, change, payload | {"change": change})

    async def _execute(self, webhook: Any, change: Mapping[str, Any], payload: dict[str, Any]) -> bytes:
        request_id = generate_request_id()
        log_context.set(LogContext(request_id))
        context = self._build_context(webhook, request_id)
        try:
            execute = partial(self._turns.execute, _build_request(webhook, change), context, _QUERIES)
            outcome = await self._turns.run(context, _receive_nothing, execute)
            assert isinstance(outcome, Outcome)  # noqa: S101 -- for mypy
            return await self._encode_outcome(outcome, payload)
        except Overloaded as error:
            raise PayloadPostponed(str(error), OVERLOAD_RETRY_SECONDS) from None
        except (BadInput, ResponseTooLarge) as error:
            raise PayloadFailed(f"The document cannot be executed: {error}") from None
        finally:
            if context.place is not None:
                context.place.leave()

    def _build_context(self, webhook: Any, request_id: str) -> Context:
        credentials = SystemCredentials(
            tenant_id=webhook.tenant_id,
            role=Role[webhook.role.name],
            request_id=request_id,
            group=f"tenant:{webhook.tenant_id}",
        )
        return Context(credentials, self._services)

    async def _encode_outcome(self, outcome: Outcome, payload: dict[str, Any]) -> bytes:
        entries, is_request_error = build_response_body(outcome.result)
        for error in entries.get("errors", ()):
            _check_error(error, is_request_error=is_request_error)
        body = payload | entries
        if not isinstance(outcome.result, PartlyEncodedResult):
            return _encode(body)
        try:
            return b"".join(await encode_in_pieces(body, MAX_PAYLOAD_BYTES))
        except ResponseTooLarge:
            raise PayloadFailed(_TOO_LARGE) from None


def describe_change(delivery: Any) -> dict[str, Any]:
    """Return the change as the fields of the type `Change` have it."""
    prefix = prefix_of_noun(delivery.noun)
    return {
        "type": prefix.upper(),
        "objectId": public_id(prefix, delivery.object_id),
        "action": delivery.action.value,
        "changedFields": delivery.changed_fields.split(),
        "version": delivery.object_version,
        "requestId": delivery.request_id,
        "createdAt": serialize_time(delivery.changed_at),
        "cursor": delivery.cursor,
    }


def _build_request(webhook: Any, change: Mapping[str, Any]) -> GraphQLRequest:
    variables = fill_variables(webhook.variables, change)
    reference = DocumentReference(webhook.document_id, hash_of_id(webhook.document_id))
    return GraphQLRequest("", variables, webhook.operation_name, reference)


def _check_error(error: Any, *, is_request_error: bool) -> None:
    """Raise PayloadPostponed for an error that a later attempt may not have, PayloadFailed if nothing was executed, or
    not all in time."""
    extensions = error.get("extensions", {})
    if extensions.get("code") in _TRANSIENT:
        raise PayloadPostponed(error["message"], float(extensions.get("retryAfter", OVERLOAD_RETRY_SECONDS)))
    if is_request_error or extensions.get("code") == ErrorCode.ABORTED:  # a slow document would be slow again
        raise PayloadFailed(f"The document cannot be executed: {error['message']}")


def _encode(payload: Any) -> bytes:
    encoded = encode_json(payload)
    if len(encoded) > MAX_PAYLOAD_BYTES:
        raise PayloadFailed(_TOO_LARGE)
    return encoded


async def _receive_nothing() -> Message:
    """Wait forever: no client can disconnect."""
    await sleep(inf)
    raise AssertionError
