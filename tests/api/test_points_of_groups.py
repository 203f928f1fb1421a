"""Each operation counts for the group in whose name its request was executed."""

from typing import Any

import pytest

from database.active_shares import ActiveShares
from server.graphql.operations import REQUEST_POINTS
from tests.support import documents
from tests.support.client import Client
from tests.support.sample_data import SampleData


async def test_points_of_an_operation_are_counted_for_its_tenant(
    member_client: Client, sample_data: SampleData, monkeypatch: pytest.MonkeyPatch
) -> None:
    await member_client("{ __typename }")  # the database confirms the tenant
    counted: list[tuple[Any, int]] = []
    monkeypatch.setattr(ActiveShares, "count", lambda _shares, group, points: counted.append((group, points)))
    response = await member_client.with_headers(**{"X-GraphQL-Cost": "include"})(documents.connection("Task"))
    ((group, points),) = counted
    assert group is not None
    assert points == REQUEST_POINTS + response.body["extensions"]["cost"]["actual"]
    assert points > REQUEST_POINTS + len(sample_data.rows["task"])
