"""Mutations with effects outside one transaction refuse @atomic and @dryRun, and the check finds those that do not."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from strawberry.utils.str_converters import to_camel_case

import resolvers
from schema.mutations import REFUSAL, RETURNS_SECRETS, TransactionRefusal
from tests.checks.transaction_refusals import outside_effects
from tests.support.graphql_schema import graphql_schema

MUTATION_TYPE = graphql_schema().mutation_type
assert MUTATION_TYPE is not None
MUTATIONS = MUTATION_TYPE.fields


def context_resolvers() -> Iterator[tuple[str, Any]]:
    """Yield the mutations whose resolvers receive the context, and these resolvers."""
    for module in pkgutil.iter_modules(resolvers.__path__, "resolvers."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.iscoroutinefunction):
            is_own = function.__module__ == module.name and to_camel_case(name) in MUTATIONS
            if is_own and next(iter(inspect.signature(function).parameters)) == "context":
                yield to_camel_case(name), function


def test_every_mutation_declares_whether_it_refuses() -> None:
    assert all(REFUSAL in field.extensions for field in MUTATIONS.values())


def test_mutations_with_outside_effects_refuse() -> None:
    found = dict(context_resolvers())
    assert {"login", "inviteMember", "setUsersActive"} <= set(found)
    assert {name for name in found if MUTATIONS[name].extensions[REFUSAL] is None} == {
        name for name, resolver in found.items() if not outside_effects(resolver) and name not in SECRETS
    }


SECRETS = {name for name, field in MUTATIONS.items() if field.extensions[RETURNS_SECRETS]}


def test_mutations_that_return_secrets_refuse() -> None:
    assert SECRETS
    assert {MUTATIONS[name].extensions[REFUSAL] for name in SECRETS} == {TransactionRefusal.RETURNS_SECRETS}


def test_only_mutations_with_the_context_refuse() -> None:
    refusing = {name for name, field in MUTATIONS.items() if field.extensions[REFUSAL] is not None}
    assert refusing <= {name for name, _ in context_resolvers()}


def test_effects_in_inner_functions_are_found() -> None:
    async def send(context: Any) -> Any:
        async def inner(work: Any) -> Any:
            return await context.services.mailer.send(work)

        return await context.write(inner)

    async def write(context: Any) -> Any:
        return await context.write(lambda work: work)

    assert (outside_effects(send), outside_effects(write)) == ({"mailer"}, set())
