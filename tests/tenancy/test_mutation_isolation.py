"""Mutations with any ids change nothing in another tenant, and treat its ids like ids that do not exist."""

import json
import re
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLSchema

from models.ids import new_id, public_id
from tests.support.client import GraphQLResponse
from tests.support.generated_values import IDS, ORDER_NUMBERS, TIMES, TOKENS
from tests.tenancy.isolation import argument_values, execute_mutation
from tests.tenancy.mutation_calls import IdArgument, MutationCall, mutation_calls
from tests.tenancy.tenancy_fixtures import PRINCIPALS, TenantPair
from tests.tenancy.tenant_rows import rows_of_tenant

MALFORMED_IDS = ("", "{prefix}_", "{prefix}_{digits}0", "{digits}", "{prefix}_{upper}", "☃")
GENERATED_VALUES = re.compile("|".join(values.pattern for values in (ORDER_NUMBERS, TIMES, TOKENS, IDS)))
"""Order numbers, timestamps, tokens, secrets and ids, which differ in each response."""
ENUMERATED_TEXT_COLUMNS = {"currency", "url"}
"""Text columns whose values are a closed set, or have a format, and are not unique."""
GLOBALLY_UNIQUE_MUTATIONS = {"register", "createTenant"}
"""Mutations that report, rate-limited, that an email address or a slug is taken in the whole server."""

GUARDS = {"fromTeamId"}
"""Arguments with which a mutation succeeds only in one state of the object; the calls that must succeed omit them."""


@pytest.mark.slow
async def test_mutations_are_independent_of_another_tenant(tenants: TenantPair, schema: GraphQLSchema) -> None:
    mutations = mutation_calls(schema, argument_values(tenants))
    results_with_other_rows = await execute_all(tenants, mutations)
    await tenants.tenant_rows.delete_tenant(tenants.other_tenant.id, members=False)
    tenants.initial_rows = await tenants.tenant_rows.dump_all()
    results_without_other_rows = await execute_all(tenants, mutations)
    for call, result in results_with_other_rows.items():
        assert results_without_other_rows[call] == result, f"{call}: depends on rows of the other tenant"


async def execute_all(tenants: TenantPair, mutations: list[MutationCall]) -> dict[tuple[str, int], Any]:
    """Execute all variants of all mutations; return the masked response and the own tenant's row counts of each. The
    arguments do not identify a variant: codes of a second factor are different at each time."""
    results: dict[tuple[str, int], Any] = {}
    hint = (
        "add arguments that make it succeed to VALUES_BY_NAME, ID_PREFIXES or MUTATION_ARGUMENTS "
        "in tests/tenancy/argument_values.py"
    )
    for mutation in (mutation for mutation in mutations if not mutation.for_superusers):
        for number, variant in enumerate(mutation.argument_variants()):
            arguments = {name: value for name, value in variant.items() if name not in GUARDS}
            response = await execute_mutation(tenants, "owner", mutation, arguments)
            payload, call = response.data[mutation.name], f"{mutation.name} {arguments}"
            assert payload["userErrors"] == [], f"{call}: {payload}; {hint}"
            rows = await tenants.assert_other_tenant_unchanged()
            own_rows = rows_of_tenant(rows, tenants.own_tenant.id)
            masked_response = GENERATED_VALUES.sub("<generated>", json.dumps(response.body))
            results[mutation.name, number] = masked_response, {name: len(rows) for name, rows in own_rows.items()}
            await tenants.restore_own_tenant(rows)
    return results


@pytest.mark.slow
async def test_foreign_id_is_rejected_like_unknown_id(tenants: TenantPair, schema: GraphQLSchema) -> None:
    for mutation in mutation_calls(schema, argument_values(tenants)):
        for principal, argument in product(PRINCIPALS, mutation.id_arguments()):
            foreign_id, unknown_id = tenants.foreign_ids[argument.id_prefix], public_id(argument.id_prefix, new_id())
            rejection = await rejection_body(tenants, principal, mutation, argument, foreign_id)
            assert rejection == await rejection_body(tenants, principal, mutation, argument, unknown_id)
            if arguments := mutation.with_appended_id(argument, foreign_id):
                response = await execute_mutation(tenants, principal, mutation, arguments)
                assert is_rejected(response, mutation), f"{mutation.name} {arguments} as {principal}: {response.body}"
    await tenants.assert_other_tenant_unchanged()


@pytest.mark.slow
@pytest.mark.only("sqlite")  # ids are decoded before any statement
async def test_malformed_id_is_rejected_like_unknown_id(tenants: TenantPair, schema: GraphQLSchema) -> None:
    for mutation in mutation_calls(schema, argument_values(tenants)):
        for argument in mutation.id_arguments():
            unknown_id = public_id(argument.id_prefix, new_id())
            expected = await rejection_body(tenants, "owner", mutation, argument, unknown_id)
            for pattern in MALFORMED_IDS:
                digits = tenants.foreign_ids[argument.id_prefix][-32:]
                id = pattern.format(prefix=argument.id_prefix, digits=digits, upper=digits.upper())
                assert await rejection_body(tenants, "owner", mutation, argument, id) == expected, id


@pytest.mark.slow
@pytest.mark.only("sqlite")  # no row-level security hides a missing scope
async def test_value_that_is_unique_in_another_tenant_is_available(tenants: TenantPair, schema: GraphQLSchema) -> None:
    for mutation in mutation_calls(schema, argument_values(tenants)):
        for argument in mutation.text_arguments() if mutation.name not in GLOBALLY_UNIQUE_MUTATIONS else ():
            if argument.column in ENUMERATED_TEXT_COLUMNS:
                continue
            text = await tenants.foreign_text(mutation.id_prefix or "", argument.column)
            if text is not None:
                arguments = mutation.with_value(argument.path, text)
                response = await execute_mutation(tenants, "owner", mutation, arguments, brief=True)
                assert response.payload(mutation.name), (
                    f"{mutation.name}: {argument.column} {text!r} is taken in the other tenant only"
                )
                await tenants.restore_own_tenant()
    await tenants.assert_other_tenant_unchanged()


async def rejection_body(
    tenants: TenantPair, principal: str, mutation: MutationCall, argument: IdArgument, id: str
) -> str:
    """Execute the mutation with this id, assert that it is rejected, and return the response without the id."""
    arguments = mutation.with_value(argument.path, id)
    response = await execute_mutation(tenants, principal, mutation, arguments)
    assert is_rejected(response, mutation), f"{mutation.name} {arguments} as {principal}: {response.body}"
    text = json.dumps(response.body)
    return text.replace(id, "<id>") if id else text


def is_rejected(response: GraphQLResponse, mutation: MutationCall) -> bool:
    """Return whether the principal may not execute the mutation, or its only user errors are NOT_FOUND."""
    if response.error_codes:
        return True
    payload = dict(response.data[mutation.name])
    errors = payload.pop("userErrors")
    for name in ("__typename", "results", "failed"):  # the results of bulk mutations repeat the errors
        payload.pop(name, None)
    return {error["code"] for error in errors} == {"NOT_FOUND"} and not any(payload.values())
