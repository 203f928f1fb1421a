"""Whatever is done, with whatever ids: nothing of another tenant's changes, and its ids are as good as made up."""

import json
import re
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLSchema

from models.ids import new_id, public_id
from models.order import OrderStatus
from models.relations import table_named
from tests.support.client import Answer
from tests.tenancy.changing import Mutation, Slot, mutations
from tests.tenancy.grounds import CALLERS, Grounds
from tests.tenancy.values import Values

MALFORMED = ("", "{prefix}_", "{prefix}_{digits}0", "{digits}", "{prefix}_{upper}", "☃")
NEW = re.compile(
    r"\b\d{6}-[0-9A-Z]{8}\b|\d{4}-\d\d-\d\dT[\d:.]+Z|eyJ[\w.-]+|\b(refresh|allot)_[\w-]{6,43}|\b[a-z_]+_[0-9a-f]{32}\b"
)
"""Numbers of orders, moments, tokens, keys and ids: new each time."""
STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "confirmOrder": ("order", {"status": OrderStatus.PENDING}),
    "shipOrder": ("order", {"status": OrderStatus.CONFIRMED}),
    "deliverOrder": ("order", {"status": OrderStatus.SHIPPED}),
    "cancelOrder": ("order", {"status": OrderStatus.PENDING}),
    "closeAccount": ("account", {"balance": Decimal(0)}),
}
"""What `here`'s rows of a table must have so that a mutation can be done."""
WORDS = {"currency"}
"""Texts that are words of a closed set, which nobody can take."""
TELLING = {"register", "createTenant"}
"""Mutations that say, rate-limited, that an address or a slug is taken anywhere on the server."""


def values_of(grounds: Grounds) -> Values:
    return Values(grounds.own, grounds.foreign, grounds.others)


async def send(grounds: Grounds, caller: str, mutation: Mutation, arguments: dict[str, Any], **how: bool) -> Answer:
    """Call the mutation; the answer must not show the other tenant."""
    if mutation.name in STATES:
        table, values = STATES[mutation.name]
        await grounds.store.change(table_named(table), {"tenant_id": grounds.world.here.tenant_id}, **values)
    answer = await grounds.client(caller)(mutation.document(**how), **arguments)
    grounds.shows_nothing_of_there(caller, answer.body, f"{mutation.name} {arguments} as {caller}")
    expected = set() if caller == "owner" and not mutation.for_superusers else {"FORBIDDEN"}
    assert set(answer.codes) <= expected, f"{mutation.name} {arguments} as {caller}: {answer.body}"
    return answer


@pytest.mark.slow
async def test_what_is_done_here_neither_changes_nor_minds_what_is_there(
    grounds: Grounds, schema: GraphQLSchema
) -> None:
    every = mutations(schema, values_of(grounds))
    beside = await outcomes(grounds, every)
    await grounds.store.wipe(grounds.world.there.tenant_id, members=False)
    grounds.laid_out = await grounds.store.everything()
    alone = await outcomes(grounds, every)
    for call, outcome in beside.items():
        assert alone[call] == outcome, f"{call}: depends on what the other tenant has"


async def outcomes(grounds: Grounds, every: list[Mutation]) -> dict[str, Any]:
    """What comes of every mutation: its answer, and how many rows `here` has then; but for what differs each time."""
    found = {}
    hint = "say in tests/tenancy/values.py (GIVEN, KINDS or MUTATIONS) how to call it so that all goes well"
    for mutation in (each for each in every if not each.for_superusers):
        for arguments in mutation.ways():
            answer = await send(grounds, "owner", mutation, arguments)
            payload, call = answer.data[mutation.name], f"{mutation.name} {arguments}"
            assert payload["userErrors"] == [], f"{call}: {payload}; {hint}"
            await grounds.nothing_changed_there()
            here = await grounds.store.of(grounds.world.here.tenant_id)
            masked = NEW.sub("<new>", json.dumps(answer.body))
            found[call] = masked, {name: len(rows) for name, rows in here.items()}
            await grounds.restore_here()
    return found


async def test_an_id_of_another_tenants_is_as_good_as_a_made_up_one(grounds: Grounds, schema: GraphQLSchema) -> None:
    for mutation in mutations(schema, values_of(grounds)):
        for caller, slot in product(CALLERS, mutation.slots()):
            foreign, made_up = grounds.foreign[slot.whose], public_id(slot.whose, new_id())
            refused = await refusal(grounds, caller, mutation, slot, foreign)
            assert refused == await refusal(grounds, caller, mutation, slot, made_up)
            if added := mutation.with_added(slot, foreign):
                answer = await send(grounds, caller, mutation, added)
                assert is_refused(answer, mutation), f"{mutation.name} {added} as {caller}: {answer.body}"
    await grounds.nothing_changed_there()


async def test_a_malformed_id_is_as_good_as_a_made_up_one(grounds: Grounds, schema: GraphQLSchema) -> None:
    for mutation in mutations(schema, values_of(grounds)):
        for slot in mutation.slots():
            expected = await refusal(grounds, "owner", mutation, slot, public_id(slot.whose, new_id()))
            for pattern in MALFORMED:
                digits = grounds.foreign[slot.whose][-32:]
                id = pattern.format(prefix=slot.whose, digits=digits, upper=digits.upper())
                assert await refusal(grounds, "owner", mutation, slot, id) == expected, id


async def test_what_is_unique_in_another_tenant_is_free_in_this_one(grounds: Grounds, schema: GraphQLSchema) -> None:
    for mutation in mutations(schema, values_of(grounds)):
        for text in mutation.texts() if mutation.name not in TELLING else ():
            if text.column in WORDS:
                continue
            taken = await grounds.text_of_a_stranger(mutation.about or "", text.column)
            if taken is not None:
                answer = await send(grounds, "owner", mutation, mutation.with_value(text.path, taken), brief=True)
                assert answer.payload(mutation.name), (
                    f"{mutation.name}: {text.column} {taken!r} is taken elsewhere only"
                )
                await grounds.restore_here()
    await grounds.nothing_changed_there()


async def refusal(grounds: Grounds, caller: str, mutation: Mutation, slot: Slot, id: str) -> str:
    """What the mutation answers with this id in this place, which must be a refusal, without the id."""
    arguments = mutation.with_value(slot.path, id)
    answer = await send(grounds, caller, mutation, arguments)
    assert is_refused(answer, mutation), f"{mutation.name} {arguments} as {caller}: {answer.body}"
    text = json.dumps(answer.body)
    return text.replace(id, "<id>") if id else text


def is_refused(answer: Answer, mutation: Mutation) -> bool:
    """Whether nothing was found, or the caller may not do this anyway; nothing was done, in any case."""
    if answer.codes:
        return True
    payload = dict(answer.data[mutation.name])
    errors = payload.pop("userErrors")
    del payload["__typename"]
    return {error["code"] for error in errors} == {"NOT_FOUND"} and not any(payload.values())
