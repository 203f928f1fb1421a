"""Whatever is asked, with whatever ids: nothing of another tenant's shows, and nothing shows that it is there."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLSchema

from tests.tenancy.contract import fields_in
from tests.tenancy.grounds import CALLERS, Grounds
from tests.tenancy.reading import FOR_SUPERUSERS, Operation, asking_queries, document_of, plain_queries, reachable
from tests.tenancy.values import Values

AT_ONCE = 16
"""How many questions go into one document: requests cost more than what is asked."""


async def answers(grounds: Grounds, caller: str, operations: Sequence[Operation], size: int) -> list[Any]:
    """What the operations are answered, so many in one document; none of it may show the other tenant."""
    client, found = grounds.client(caller), []
    for start in range(0, len(operations), size):
        document, variables = document_of(operations[start : start + size])
        answer = await client(document, **variables)
        about = f"{document} with {variables} as {caller}"
        may = caller == "owner" and not any(each.about in FOR_SUPERUSERS for each in operations[start : start + size])
        assert set(answer.codes) <= (set() if may else {"FORBIDDEN"}), f"{about}: {answer.body}"
        grounds.shows_nothing_of_there(caller, answer.body, about)
        found.append((about, answer.body))
    return found


def compare(before: list[Any], after: list[Any]) -> None:
    """Assert that the answers did not depend on what the other tenant had."""
    for (about, shown), (_, left) in zip(before, after, strict=True):
        assert shown == left, f"{about}: depends on what the other tenant has"


async def test_no_query_shows_another_tenant(grounds: Grounds, schema: GraphQLSchema) -> None:
    operations = list(plain_queries(schema, Values(grounds.own, grounds.foreign)))
    before = {caller: await answers(grounds, caller, operations, 1) for caller in CALLERS}
    await grounds.store.wipe(grounds.world.there.tenant_id, members=False)
    compare(before["commuter"], await answers(grounds, "commuter", operations, 1))
    await grounds.store.wipe(grounds.world.there.tenant_id, members=True)
    compare(before["member"], await answers(grounds, "member", operations, 1))
    shown = {each for _, body in before["owner"] for each in fields_in(schema, schema.query_type, tagged(body))}
    missing = reachable(schema) - shown
    assert not missing, f"tests/tenancy/grounds.py: plant something to be seen in {sorted(missing)}"


async def test_no_argument_reaches_another_tenant(grounds: Grounds, schema: GraphQLSchema) -> None:
    operations = list(asking_queries(schema, Values(grounds.own, grounds.foreign)))
    before = await answers(grounds, "member", operations, AT_ONCE)
    await grounds.store.wipe(grounds.world.there.tenant_id, members=True)
    compare(before, await answers(grounds, "member", operations, AT_ONCE))


def tagged(body: Any) -> Any:
    """The data of an answer, knowing its type."""
    return {"__typename": "Query", **body["data"]}
