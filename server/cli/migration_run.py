"""Runs migrations, and repeats one that could not lock its tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Any

import typer
from sqlalchemy.exc import DBAPIError

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from server.cli.migration_plan import MigrationPlan
    from server.migration_history import Migration

FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 15.0
_TRANSIENT = {"55P03": "lock_not_available", "40P01": "deadlock_detected"}
"""The SQLSTATEs after which a migration is repeated."""


@dataclass(frozen=True)
class LockPolicy:
    """How long a migration waits for a lock, and how often it is tried."""

    timeout: float = 2.0
    attempts: int = 10

    def pauses(self) -> list[float]:
        """Return the seconds between the attempts. They grow, so that requests are rarely delayed."""
        return [min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**number) for number in range(self.attempts - 1)]


def run_plan(database_url: str, plan: "MigrationPlan", policy: LockPolicy) -> None:
    """Run the migrations of the plan, each completely or not at all, except those that update rows in batches. Raises
    CommandFailed if one cannot lock its tables."""
    completed: list[str] = []
    for batch in plan.batches():
        _run_batch(database_url, batch, policy, completed)
        completed += [step.revision for step in batch]


def _run_batch(database_url: str, batch: Sequence["Migration"], policy: LockPolicy, completed: list[str]) -> None:
    from server.database_revision import upgrade_database

    name, blockers = _name_batch(batch), _LastBlockers()
    for pause in (*policy.pauses(), None):
        blockers.clear()
        try:
            upgrade_database(
                database_url, batch[-1].revision, lock_timeout=policy.timeout, report_blockers=blockers.set
            )
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _TRANSIENT:
                raise
            if pause is None:
                raise CommandFailed(_describe_failure(name, policy, blockers, completed)) from None
            typer.echo(f"{name} waited {policy.timeout:g} s for {blockers}; next attempt in {pause:g} s.", err=True)
            sleep(pause)
        else:
            return


class _LastBlockers:
    """The transactions that a migration waited for when they were read last."""

    def __init__(self) -> None:
        self._blockers: Sequence[Any] = ()
        self.set: Callable[[Sequence[Any]], None] = self._set

    def _set(self, blockers: Sequence[Any]) -> None:
        self._blockers = blockers

    def clear(self) -> None:
        self._blockers = ()

    def __str__(self) -> str:
        return "; ".join(map(str, self._blockers)) or "a lock that was released meanwhile"


def _name_batch(batch: Sequence["Migration"]) -> str:
    return batch[0].revision if len(batch) == 1 else f"{batch[0].revision} to {batch[-1].revision}"


def _describe_failure(name: str, policy: LockPolicy, blockers: _LastBlockers, completed: list[str]) -> str:
    done = f" Completed before: {', '.join(completed)}." if completed else ""
    return (
        f"Migration {name} could not lock its tables in {policy.attempts} attempts of {policy.timeout:g} s, because of "
        f"{blockers}. It has changed nothing, except for completed batches if it updates rows in batches.{done} "
        "End that transaction, or wait for its end; then run `allotment migrate` again."
    )
