"""What a use case answered, kept as ids and told again."""

from dataclasses import dataclass
from typing import Any

import pytest

from models.ids import new_id
from services.outcomes import known, told
from services.unit_of_work import UnitOfWork
from tests.services.doing import creating, do
from tests.support.world import World


@dataclass(frozen=True)
class Several:
    """What a use case may answer that makes several things."""

    teams: list[Any]
    id: Any
    number: int = 3


async def test_what_is_kept_is_told_again(world: World) -> None:
    made = await do(world.here, creating())
    id = new_id()
    kept = known(Several([made, None], id))

    async def tell(work: UnitOfWork) -> Any:
        return await told(work, kept)

    again = await do(world.here, tell)
    assert (again.teams[0].name, again.teams[1:], again.id, again.number) == ("Diggers", [None], id, 3)
    assert "Diggers" not in str(kept)


async def test_a_row_of_another_tenant_is_not_told(world: World) -> None:
    kept = known(await do(world.there, creating()))

    async def tell(work: UnitOfWork) -> Any:
        return await told(work, kept)

    assert await do(world.here, tell) is None


@pytest.mark.parametrize("result", [object(), {"a": 1}, 1.5, b"x"])
def test_what_cannot_be_told_again_is_an_error(result: Any) -> None:
    with pytest.raises(TypeError, match="declare the mutation secret"):
        known(result)
