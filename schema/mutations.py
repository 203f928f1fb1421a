"""Mutation fields. Each runs one use case in a unit of work and returns a payload with user errors."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from inspect import Parameter, signature
from typing import Annotated, Any, get_origin
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import capitalize_first, to_camel_case

from inputs.nouns import singular
from models.ids import public_id
from models.scopes import Domain, Scope
from queries.table_domains import scope_of_table
from resolvers.mutation_result import MutationResult, to_mutation_result
from resolvers.operation_transaction import perform_in_transaction
from schema.arguments import INFO, parameter, with_signature
from schema.cost import MUTATION_COST
from schema.derive import lazy_type
from schema.fields import computed_field
from schema.requirements import (
    REQUIREMENT,
    describe_requirement,
    require,
    require_own_session,
    requirement_metadata,
)
from schema.user_error import UserErrorType
from services.core.access import Access, Requirement

Resolver = Callable[..., Any]
RETURNS_SECRETS = "allotment.returns-secrets"
"""Metadata key of a mutation: whether its result contains secrets, so that it is not stored for idempotent replays."""
RESOLVE = "allotment.resolve"
"""Metadata key of a mutation: the function that resolves it, from graphql-core's info and converted arguments."""
REFUSAL = "allotment.transaction-refusal"
"""Metadata key of a mutation: why it refuses @atomic and @dryRun (TransactionRefusal); None if it does not."""


class TransactionRefusal(StrEnum):
    """Why a mutation cannot take part in a transaction of its operation, or be rolled back."""

    RETURNS_SECRETS = "it returns secrets"
    SENDS_EMAIL = "it sends email"
    CHANGES_COOKIES = "it changes cookies"
    SEVERAL_TRANSACTIONS = "it writes in several transactions"


def row_mutation(  # noqa: PLR0913 -- keywords
    table: str,
    resolver: Resolver,
    *,
    access: Access,
    description: str,
    key_access: Access | None = None,
    confirmed: bool = False,
) -> Any:
    """A mutation that returns the changed row: `async def resolver(work, **arguments)`. API keys need `key_access`
    instead, if it is given; users must have confirmed who they are, if `confirmed`."""
    required = require(access, scope_of_table(table, is_write=True), key_access, confirmed=confirmed)
    return unit_of_work_mutation(resolver, row_field(table), required, description)


def row_field(table: str) -> dict[str, Any]:
    """The payload field of the changed row."""
    description = f"The {singular(table)} as it is now, also after a conflict; null after other errors."
    return {table: payload_field(lazy_type(table), lambda row: row, description)}


def delete_mutation(  # noqa: PLR0913 -- keywords
    table: str,
    resolver: Resolver,
    *,
    access: Access,
    description: str,
    row_condition: str | None = None,
    versioned: bool = True,
    confirmed: bool = False,
) -> Any:
    """A mutation that returns the id of the deleted row, or the row itself if it was not deleted.

    A `versioned` mutation's payload has a field for that row, described by `row_condition`.
    """
    noun = singular(table)
    deleted_id = payload_field(
        strawberry.ID,
        lambda result: public_id(table, result) if isinstance(result, UUID) else None,
        f"The id of the deleted {noun}; null if it was not deleted.",
    )
    remaining_row = payload_field(
        lazy_type(table),
        lambda result: None if isinstance(result, UUID) else result,
        f"The current {noun}, {row_condition or 'if a version conflict prevented its deletion'}.",
    )
    fields = {"deleted_id": deleted_id} | ({table: remaining_row} if versioned else {})
    required = require(access, scope_of_table(table, is_write=True), confirmed=confirmed)
    return unit_of_work_mutation(resolver, fields, required, description)


def mutation(  # noqa: PLR0913
    resolver: Resolver,
    fields: dict[str, Any],
    *,
    access: Access,
    description: str,
    refusal: TransactionRefusal | None,
    domain: Domain | None = None,
    cost: Mapping[Any, Any] = MUTATION_COST,
    confirmed: bool = False,
) -> Any:
    """A mutation whose resolver opens its own units of work: `async def resolver(context, **arguments)`. `domain` is
    required unless API keys cannot use the mutation. If `confirmed`, users must have confirmed who they are.

    With an Idempotency-Key, a replay returns the stored result of the resolver's first `context.write` and does not
    call the resolver, so the resolver must return that result unchanged. The result of a mutation that returns secrets
    is never stored, so an Idempotency-Key has no effect on it. `refusal` is None if the only effect of the resolver is
    one `context.write`, after which nothing happens outside the database.
    """
    required = require_own_session(require(access, Scope(domain, is_write=True), confirmed=confirmed))

    async def run(context: Any, **arguments: Any) -> Any:
        with context.signal.stopping_task():
            return await context.perform_or_replay(required, lambda: resolver(context, **arguments))

    secret = refusal is TransactionRefusal.RETURNS_SECRETS
    metadata = requirement_metadata(required) | {RETURNS_SECRETS: secret, REFUSAL: refusal, **cost}
    note = f" Cannot be used with `@atomic` or `@dryRun`, because {refusal}." if refusal else ""
    return _mutation_field(resolver, run, _payload(resolver.__name__, fields), description + note, metadata)


def unit_of_work_mutation(  # noqa: PLR0913, PLR0917 -- the callers are in schema/
    resolver: Resolver,
    fields: dict[str, Any],
    required: Requirement,
    description: str,
    cost: Mapping[Any, Any] = MUTATION_COST,
    count_points: Callable[[Any], int] | None = None,
    *,
    is_for_impersonators: bool = False,
) -> Any:
    """A mutation whose payload has fields of what a use case returns: `async def resolver(work, **arguments)`.
    `count_points` returns what that has cost, in addition to the objects of the payload. A mutation for impersonators
    is available to superusers who act as a user, although it concerns the user's account."""
    required = required if is_for_impersonators else require_own_session(required)

    def run(context: Any, **arguments: Any) -> Any:
        return context.write(required, partial(resolver, **arguments))

    async def run_and_count(context: Any, **arguments: Any) -> Any:
        result = await run(context, **arguments)
        context.written_points += count_points(result) if count_points else 0
        return result

    metadata = requirement_metadata(required) | {RETURNS_SECRETS: False, REFUSAL: None, **cost}
    perform = run if count_points is None else run_and_count
    return _mutation_field(resolver, perform, _payload(resolver.__name__, fields), description, metadata)


def _mutation_field(
    resolver: Resolver, run: Resolver, payload: Any, description: str, metadata: Mapping[Any, Any]
) -> Any:
    required, secret = metadata[REQUIREMENT], metadata[RETURNS_SECRETS]

    async def resolve(info: Any, **arguments: Any) -> MutationResult:
        context = info.context
        context.begin_mutation(info.path.key, secret=secret)
        if context.transaction is None:
            return await to_mutation_result(run(context, **arguments))
        perform = partial(run, context, **arguments)
        return await perform_in_transaction(context, context.transaction, info.path.key, perform)

    parameters = list(signature(resolver).parameters.values())[1:]
    keywords = [parameter(argument.name, _argument_annotation(argument), argument.default) for argument in parameters]
    return strawberry.field(
        resolver=with_signature(resolve, INFO, *keywords),
        graphql_type=payload | None,
        description=f"{description} {describe_requirement(required)}",
        metadata={**metadata, RESOLVE: resolve},
    )


def _argument_annotation(argument: Parameter) -> Any:
    if argument.name != "input" or get_origin(argument.annotation) is Annotated:
        return argument.annotation
    return Annotated[argument.annotation, strawberry.argument(description="The input values.")]


def _payload(name: str, fields: dict[str, Any]) -> Any:
    mutation_name = to_camel_case(name)
    errors = {"user_errors": user_errors_field("If there are any, nothing was written.")}
    cls = type(
        f"{capitalize_first(mutation_name)}Payload",
        (),
        {**errors, **fields, "__annotations__": {"user_errors": list[UserErrorType]}},
    )
    return strawberry.type(cls, description=f"The result of `{mutation_name}`.")


def user_errors_field(effect: str) -> Any:
    """The payload field of user errors; `effect` describes what was written nevertheless."""
    return strawberry.field(description=f"Errors in the input. {effect}")


def payload_field(graphql_type: Any, select: Callable[[Any], Any], description: str) -> Any:
    """A nullable payload field: the part of the resolver's result that `select` returns."""

    def compute(result: MutationResult) -> Any:
        return None if result.value is None else select(result.value)

    return computed_field(compute, graphql_type | None, description, "value")
