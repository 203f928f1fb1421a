"""Use cases to do in a unit of work, and what watches them."""

from collections.abc import Awaitable, Callable
from typing import Any

from models import Team
from models.membership import Role
from queries.caller import Caller
from services import team
from services.changes import Change, Kind
from services.unit_of_work import Hook, Proceed, UnitOfWork, perform
from tests.support.scene import stored
from tests.support.world import Plot

UseCase = Callable[[UnitOfWork], Awaitable[Any]]


class Failed(Exception):
    """Something that nobody foresaw."""


class Watcher:
    """A hook that remembers what it saw."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    async def __call__(self, work: UnitOfWork, proceed: Proceed) -> Any:
        assert work.changes == []
        done = await proceed()
        self.changes = work.changes
        return done

    @property
    def kinds(self) -> list[tuple[Kind, str]]:
        """What happened to which tables, in order."""
        return [(change.kind, change.table) for change in self.changes]


async def do(plot: Plot, use_case: UseCase, *hooks: Hook) -> Any:
    """Do it as a member."""
    caller = Caller(plot.users[Role.MEMBER].id, plot.slug)
    return await perform(plot.world.database.writing, caller, use_case, hooks)


def creating(name: str = "Diggers") -> UseCase:
    """The use case that creates a team."""
    return lambda work: team.create_team(work, {"name": name})


async def names(plot: Plot) -> list[str]:
    """The teams that are there."""
    return sorted(row["name"] for row in await stored(plot, Team))


def telling(told: list[str], name: str) -> Hook:
    """A hook that adds a name to those told, once it is all committed."""

    async def hook(work: UnitOfWork, proceed: Proceed) -> Any:
        async def tell() -> None:
            told.append(name)

        work.after_commit.append(tell)
        return await proceed()

    return hook
