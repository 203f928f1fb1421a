"""What `allotment migrate` would run: the pending migrations, with their phases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.migration_history import BEFORE_RELEASE, CONTRACT, EXPAND, Migration, MigrationHistory

_PHASE_NAMES = {BEFORE_RELEASE: "before release", EXPAND: "expand", CONTRACT: "contract"}


@dataclass(frozen=True)
class MigrationPlan:
    """The migrations to run, and those that remain because they need `--contract`."""

    current: str | None
    steps: Sequence[Migration]
    remaining: Sequence[Migration]
    phases: dict[str, str]

    @property
    def is_new_database(self) -> bool:
        """Whether the database is empty, so that no server uses it and there is nothing to lose."""
        return self.current is None

    def batches(self) -> Iterator[list[Migration]]:
        """Yield the migrations that run in one transaction: each alone; all, in a new database; and together those
        before the first release, of which no server can work with a part."""
        if self.is_new_database:
            yield list(self.steps)
            return
        together = [step for step in self.steps if self.phases[step.revision] == BEFORE_RELEASE]
        if together:
            yield together
        yield from ([step] for step in self.steps[len(together) :])

    def describe(self, steps: Sequence[Migration]) -> Iterator[str]:
        """Yield a line for each of these migrations."""
        width = max(map(len, _PHASE_NAMES.values()))
        for step in steps:
            yield f"  {step.revision}  {_PHASE_NAMES[self.phases[step.revision]]:<{width}}  {step.title}"

    def describe_remaining(self) -> Iterator[str]:
        """Yield lines about the steps that need `--contract`; none if there are none."""
        if self.remaining:
            when = "when no server of the previous version runs any more"
            yield f"These remain. Run `allotment migrate --contract` {when}:"
            yield from self.describe(self.remaining)

    def irreversible(self) -> list[str]:
        """Return the revisions of steps that contract: what they remove does not come back."""
        return [step.revision for step in self.steps if self.phases[step.revision] == CONTRACT]


def plan_migrations(history: MigrationHistory, revision: str | None, *, contract: bool) -> MigrationPlan:
    """Plan the migration of a database at this revision: up to the first step that contracts, or with all steps."""
    pending = history.after(revision)
    phases = {migration.revision: history.phase(migration) for migration in pending}
    contracting = [position for position, step in enumerate(pending) if phases[step.revision] == CONTRACT]
    end = contracting[0] if contracting and not contract and revision is not None else len(pending)
    return MigrationPlan(revision, pending[:end], pending[end:], phases)
