"""Use cases and hooks for tests of the unit of work."""

from collections.abc import Awaitable, Callable
from typing import Any

from database.authentication import Credentials
from models import Team
from models.membership import Role
from services.core import records
from services.core.changes import Change, ChangeKind
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import Hook, Proceed, run_use_case
from tests.support.app_fixture import TenantFixture
from tests.support.sample_data import fetch_table

UseCase = Callable[[UnitOfWork], Awaitable[Any]]


class UseCaseFailed(Exception):
    """An unexpected error in a use case."""


class ChangeRecorder:
    """A hook that records the changes of the use case."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    async def __call__(self, work: UnitOfWork, proceed: Proceed) -> Any:
        assert work.changes == []
        result = await proceed()
        self.changes = work.changes
        return result

    @property
    def kinds(self) -> list[tuple[ChangeKind, str]]:
        """The kind and table of each change, in order."""
        return [(change.kind, change.table) for change in self.changes]


async def run_as_member(tenant: TenantFixture, use_case: UseCase, *hooks: Hook) -> Any:
    """Run a use case as a member of the tenant."""
    credentials = Credentials(tenant.users[Role.MEMBER].id, tenant.slug)
    return await run_use_case(tenant.app_fixture.database, credentials, use_case, hooks)


def create_team_use_case(name: str = "Diggers") -> UseCase:
    """Return a use case that creates a team."""
    return lambda work: records.create(work, Team, {"name": name})


async def list_team_names(tenant: TenantFixture) -> list[str]:
    """Return the names of the tenant's teams, sorted."""
    return sorted(row["name"] for row in await fetch_table(tenant, Team))


def after_commit_recorder(recorded: list[str], name: str) -> Hook:
    """Return a hook that appends a name to a list after the commit."""

    async def hook(work: UnitOfWork, proceed: Proceed) -> Any:
        async def record() -> None:
            recorded.append(name)

        work.after_commit.append(record)
        return await proceed()

    return hook
