"""Queries that are not executed if their client has the current response: if nothing has changed that it depends on.

The entity tag of such a response is a hash of the query, the caller and the version of the data, which one statement
reads. It is read before the data, so a tag may belong to older data than the response, but never to newer data: then
the next request is executed, although it need not be."""

import json
from dataclasses import asdict

from graphql import ExecutionResult
from sqlalchemy.exc import DBAPIError

from database.abort import StatementTimeout
from database.authentication import Principal
from database.outage import is_outage
from executor import UndeclaredSources
from resolvers.context import Context
from server.graphql.code_version import code_version
from server.graphql.document_operation import DocumentOperation
from server.graphql.entity_tags import Validator, build_entity_tag
from server.graphql.repeated_execution import Execute, await_execution
from server.graphql.request import GraphQLRequest
from services.core.data_version import read_data_version


async def execute_if_changed(
    validator: Validator, request: GraphQLRequest, operation: DocumentOperation, context: Context, execute: Execute
) -> ExecutionResult:
    """Execute a query, unless the validator finds that the client has the current response: then return no data."""
    validator.entity_tag = await _find_entity_tag(validator, request, operation, context)
    if validator.is_current:
        return ExecutionResult(None, None)
    return await await_execution(execute())


async def _find_entity_tag(
    validator: Validator, request: GraphQLRequest, operation: DocumentOperation, context: Context
) -> str | None:
    """Return the entity tag of the response; None if it depends on something else, or if that is not known now."""
    try:
        tables = operation.sources.evaluate(request.variables)
        principal = await context.identify()
        has_tenant = principal.role is not None
        version = await read_data_version(context.reader, tables) if has_tenant else None
    except UndeclaredSources:
        return None
    except Exception as error:
        if isinstance(error, DBAPIError | StatementTimeout) or is_outage(error):
            return None  # the execution has the same error, and reports it
        raise
    if version is None:
        return None
    return build_entity_tag([version, *_describe(validator, request, principal)])


def _describe(validator: Validator, request: GraphQLRequest, principal: Principal) -> list[bytes]:
    """Return what the response depends on, besides the data."""
    query = (request.query, request.operation_name, request.variables)
    # orjson would refuse lone surrogates and great integers
    text = json.dumps([validator.representation, asdict(principal), query], sort_keys=True, default=str)
    return [code_version(), text.encode()]
