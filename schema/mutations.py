"""Mutation fields: one action each, in a unit of work of its own, answered with a payload that carries user errors."""

from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import capitalize_first, to_camel_case

from models.ids import public_id
from resolvers.outcome import Outcome, UserError, outcome_of
from schema.arguments import INFO, PARENT, parameter, signed
from schema.derive import type_of
from schema.inputs.choices import published
from schema.roots import ACCESS, WHO
from services.access import Access
from services.errors import Code

Resolver = Callable[..., Any]
RETURNS_SECRETS = "allotment.returns-secrets"
"""In a mutation's metadata: whether its answer holds secrets, so that it must not be kept to be given again."""


_CODE = published(Code, name="UserErrorCode")


@strawberry.type(name="UserError", description=UserError.__doc__)
class UserErrorType:
    code: _CODE = strawberry.field(description="What is wrong, for programs.")  # type: ignore[valid-type]
    field: list[str] = strawberry.field(description="Where in the mutation's arguments, as a path.")
    message: str = strawberry.field(description="What is wrong, for people.")


def changes(table: str, resolver: Resolver, *, allows: Access, description: str) -> Any:
    """A mutation that answers the changed row: `async def resolver(work, **arguments)`."""
    return _mutation(resolver, row(table), allows, description)


def row(table: str) -> dict[str, Any]:
    """The field of a payload that holds the changed row."""
    return {table: shown(type_of(table), lambda result: result, f"The {table} as it is now; null if nothing was done.")}


def deletes(  # noqa: PLR0913 -- by name
    table: str,
    resolver: Resolver,
    *,
    allows: Access,
    description: str,
    kept: str = "if it was changed meanwhile and therefore not deleted",
    versioned: bool = True,
) -> Any:
    """A mutation that answers the id of the row it deleted. The row as it is comes with a CONFLICT, where the mutation
    takes an expected version, or when the use case answers it because it is kept."""
    deleted_id = shown(
        strawberry.ID,
        lambda result: public_id(table, result) if isinstance(result, UUID) else None,
        f"The id of the deleted {table}; null if it was not deleted.",
    )
    left = shown(
        type_of(table),
        lambda result: None if isinstance(result, UUID) else result,
        f"The {table} as it is now, {kept}.",
    )
    fields = {"deleted_id": deleted_id} | ({table: left} if versioned else {})
    return _mutation(resolver, fields, allows, description)


def mutation(
    resolver: Resolver, fields: dict[str, Any], *, allows: Access, description: str, secret: bool = False
) -> Any:
    """A mutation that opens its units of work itself: `async def resolver(context, **arguments)`. What it answers is
    `secret` if nobody may be told it again, so that an Idempotency-Key means nothing to it."""

    async def run(context: Any, **arguments: Any) -> Any:
        await context.allow(allows)
        return await resolver(context, **arguments)

    return _field(resolver, run, _payload(resolver.__name__, fields), allows, description, secret=secret)


def _mutation(resolver: Resolver, fields: dict[str, Any], allows: Access, description: str) -> Any:
    async def run(context: Any, **arguments: Any) -> Any:
        return await context.write(allows, lambda work: resolver(work, **arguments))

    return _field(resolver, run, _payload(resolver.__name__, fields), allows, description)


def _field(resolver: Resolver, run: Resolver, payload: Any, allows: Access, description: str, **more: bool) -> Any:
    secret = more.get("secret", False)

    async def resolve(info: Any, **arguments: Any) -> Outcome:
        info.context.begin(secret=secret)
        return await outcome_of(run(info.context, **arguments))

    parameters = list(signature(resolver).parameters.values())[1:]
    named = [parameter(each.name, _described(each), each.default) for each in parameters]
    return strawberry.field(
        resolver=signed(resolve, INFO, *named),
        graphql_type=payload | None,
        description=f"{description} {WHO[allows]}",
        metadata={ACCESS: allows, RETURNS_SECRETS: secret},
    )


def _described(argument: Any) -> Any:
    if argument.name != "input":
        return argument.annotation
    return Annotated[argument.annotation, strawberry.argument(description="The values.")]


def _payload(name: str, fields: dict[str, Any]) -> Any:
    title = f"{capitalize_first(to_camel_case(name))}Payload"
    errors = {"user_errors": user_errors("nothing was written unless this is empty")}
    cls = type(title, (), {**errors, **fields, "__annotations__": {"user_errors": list[UserErrorType]}})
    return strawberry.type(cls, description=f"What came of `{to_camel_case(name)}`.")


def user_errors(meaning: str) -> Any:
    """The field of a payload that says what was wrong, and what that means for what was done."""
    return strawberry.field(description=f"What was wrong with the input; {meaning}.")


def shown(kind: Any, pick: Callable[[Any], Any], description: str) -> Any:
    """A field of a payload: this part of what the resolver answered."""

    def resolve(root: Any) -> Any:
        return None if root.result is None else pick(root.result)

    return strawberry.field(resolver=signed(resolve, PARENT), graphql_type=kind | None, description=description)
