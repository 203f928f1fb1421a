"""Serialization and restoration of use-case results."""

from dataclasses import dataclass
from typing import Any

import pytest

from models.ids import new_id
from services.core.idempotency_results import restore_result, serialize_result
from services.core.unit_of_work import UnitOfWork
from tests.services.use_case_helpers import create_team_use_case, run_as_member
from tests.support.app_fixture import AppFixture


@dataclass(frozen=True)
class SeveralTeams:
    """A result that contains several rows."""

    teams: list[Any]
    id: Any
    number: int = 3


async def test_result_is_restored_from_the_current_rows(app_fixture: AppFixture) -> None:
    created_team = await run_as_member(app_fixture.tenant, create_team_use_case())
    id = new_id()
    serialized = serialize_result(SeveralTeams([created_team, None], id))

    async def restore(work: UnitOfWork) -> Any:
        return await restore_result(work, serialized)

    restored = await run_as_member(app_fixture.tenant, restore)
    assert (restored.teams[0].name, restored.teams[1:], restored.id, restored.number) == ("Diggers", [None], id, 3)
    assert "Diggers" not in str(serialized)


async def test_row_of_another_tenant_is_not_restored(app_fixture: AppFixture) -> None:
    serialized = serialize_result(await run_as_member(app_fixture.other_tenant, create_team_use_case()))

    async def restore(work: UnitOfWork) -> Any:
        return await restore_result(work, serialized)

    assert await run_as_member(app_fixture.tenant, restore) is None


@pytest.mark.parametrize("result", [object(), {"a": 1}, 1.5, b"x"])
def test_result_that_cannot_be_restored_is_an_error(result: Any) -> None:
    with pytest.raises(TypeError, match="declare the mutation secret"):
        serialize_result(result)
