"""The table `applied_migration`: each migration that was applied to the database, with its phase.

A server reads it if it does not know the revision of the database: it is compatible if all migrations that it does not
know expand (server/migration_history.py). The table is written in the transaction of the migration. It has no
migration itself, as Alembic's own table has none.
"""

from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

UNDECLARED = "contract"
"""What servers that do not know a migration without a phase must assume."""

APPLIED = sa.Table(
    "applied_migration",
    sa.MetaData(),
    sa.Column("revision", sa.String(32), primary_key=True),
    sa.Column("phase", sa.String(16), nullable=False),
)


def record_applied(script: ScriptDirectory, *, ctx: MigrationContext, step: Any, heads: set[str], **_: Any) -> None:
    """Make the table agree with the revision after a step of an upgrade, downgrade or stamp."""
    ctx.execute(sa.schema.CreateTable(APPLIED, if_not_exists=True))
    if ctx.as_sql:
        _print_change(script, ctx, step)
        return
    assert ctx.connection is not None  # noqa: S101 -- there is one in online mode
    expected = {revision.revision: _phase(revision) for revision in _ancestors(script, heads)}
    recorded = set(ctx.connection.execute(sa.select(APPLIED.c.revision)).scalars())
    if removed := recorded - expected.keys():
        ctx.execute(sa.delete(APPLIED).where(APPLIED.c.revision.in_(removed)))
    for revision in expected.keys() - recorded:
        ctx.execute(sa.insert(APPLIED).values(revision=revision, phase=expected[revision]))


def _print_change(script: ScriptDirectory, ctx: MigrationContext, step: Any) -> None:
    """Print the change of one step as SQL, for `alembic upgrade --sql`."""
    for revision in step.down_revisions if step.is_upgrade else step.up_revision_ids:
        if not step.is_upgrade:
            ctx.execute(sa.delete(APPLIED).where(APPLIED.c.revision == revision))
    for revision in step.up_revision_ids if step.is_upgrade else ():
        phase = _phase(script.get_revision(revision))
        ctx.execute(sa.insert(APPLIED).values(revision=revision, phase=phase))


def _ancestors(script: ScriptDirectory, heads: set[str]) -> list[Any]:
    return list(script.iterate_revisions(tuple(heads), "base")) if heads else []


def _phase(revision: Any) -> str:
    return str(getattr(revision.module, "phase", UNDECLARED))
