"""Finds statements of migrations that block the reads or writes of an existing table for long on PostgreSQL, and those
that do not fit the phase of their migration.

It reads the SQL that Alembic prints, with PostgreSQL's own parser. Statements on tables that the same migration creates
are free.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import AlterTableType, ConstrType, NullTestType, ObjectType
from pglast.stream import RawStream

from migrations.batch_updates import OFFLINE_NOTE
from tests.checks.lint_advice import ADVICE, CONTRACTING, STABLE_FUNCTIONS

BOOKKEEPING = frozenset({"alembic_version", "applied_migration"})
_REWRITES = frozenset({
    AlterTableType.AT_SetLogged, AlterTableType.AT_SetUnLogged, AlterTableType.AT_SetTableSpace,
    AlterTableType.AT_SetAccessMethod,
})  # fmt: skip
_DROPS = frozenset({AlterTableType.AT_DropColumn, AlterTableType.AT_DropConstraint})
_SERIAL_TYPES = frozenset({"smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"})


@dataclass
class LintState:
    """What the earlier migrations have prepared."""

    not_null_checks: dict[tuple[str, str], str] = field(default_factory=dict)
    """The columns that a constraint, by table and name, requires to be not null."""
    validated: set[tuple[str, str]] = field(default_factory=set)
    """The columns, by table, of which such a constraint was validated."""


@dataclass(frozen=True)
class Statement:
    """A parsed statement and its text."""

    node: Any

    @property
    def text(self) -> str:
        return str(RawStream()(self.node))

    @property
    def table(self) -> str | None:
        """The table that the statement reads or changes, if there is only one."""
        relation = getattr(self.node, "relation", None)
        return None if relation is None else str(relation.relname)

    @property
    def is_bookkeeping(self) -> bool:
        """Whether it belongs to Alembic's own tables, or begins or ends a transaction."""
        return self.table in BOOKKEEPING or isinstance(self.node, ast.TransactionStmt)


def lint_migration(sql: str, phase: str, state: LintState | None = None) -> list[str]:
    """Return a message for each violation, with what to write instead."""
    state = state or LintState()
    statements = [Statement(raw.stmt) for raw in parse_sql(sql)]
    own = [statement for statement in statements if not statement.is_bookkeeping]
    new_tables = {str(statement.table) for statement in own if isinstance(statement.node, ast.CreateStmt)}
    violations = [*_mixed_statements(own, sql)]
    added: set[str] = set()
    for statement in own:
        found = [] if statement.table in new_tables else list(_rules(statement, state, added))
        rules = [*found, *_phase_rules(statement, phase, new_tables, found)]
        violations += [f"{rule}: {statement.text}\n    → {ADVICE[rule]}" for rule in rules]
    _remember(own, state)
    return violations


def _mixed_statements(statements: Sequence[Statement], sql: str) -> Iterator[str]:
    """Yield a message if some of the statements run outside of a transaction, and others do not."""
    concurrent = [statement for statement in statements if _is_concurrent(statement.node)]
    others = len(statements) - len(concurrent)
    if others and (concurrent or OFFLINE_NOTE in sql):
        outside = concurrent[0].text if concurrent else "op.update_in_batches(…)"
        yield f"not-alone: {outside}\n    → {ADVICE['not-alone']}"


def _is_concurrent(node: Any) -> bool:
    return bool(getattr(node, "concurrent", False))


def _phase_rules(statement: Statement, phase: str, new_tables: set[str], found: list[str]) -> Iterator[str]:
    if phase != "expand" or statement.table in new_tables:
        return
    node = statement.node
    drops = isinstance(node, ast.DropStmt) or any(command.subtype in _DROPS for command in _commands(node))
    if drops or CONTRACTING & set(found) or _is_tightening(node):
        yield "not-expanding"


def _is_tightening(node: Any) -> bool:
    """Return whether servers of the previous version may fail, because they write nulls or rely on a default."""
    return any(
        command.subtype == AlterTableType.AT_SetNotNull
        or (command.subtype == AlterTableType.AT_ColumnDefault and command.def_ is None)
        for command in _commands(node)
    )


# Statements


def _rules(statement: Statement, state: LintState, added: set[str]) -> Iterator[str]:
    """Yield the names of the rules that the statement violates."""
    node: Any = statement.node
    match node:
        case ast.IndexStmt() if not node.concurrent:
            yield "create-index"
        case ast.DropStmt() if node.removeType == ObjectType.OBJECT_INDEX and not node.concurrent:
            yield "drop-index"
        case ast.AlterTableStmt():
            for command in _commands(node):
                yield from _command_rules(str(statement.table), command, state, added)
        case ast.RenameStmt() if node.renameType in {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_COLUMN}:
            yield "rename"
        case ast.LockStmt():
            yield "lock-table"
        case ast.UpdateStmt() | ast.DeleteStmt() | ast.MergeStmt() | ast.TruncateStmt():
            yield "change-rows"
        case _ if _is_rewriting(node):
            yield "rewrite-table"


def _is_rewriting(node: Any) -> bool:
    """Return whether the statement copies a table or index below a lock: VACUUM FULL, CLUSTER, REINDEX, REFRESH."""
    match node:
        case ast.VacuumStmt():
            return any(option.defname == "full" for option in node.options or ())
        case ast.ReindexStmt():
            return not any(option.defname == "concurrently" for option in node.params or ())
        case ast.RefreshMatViewStmt():
            return not node.concurrent
    return isinstance(node, ast.ClusterStmt)


# Commands of ALTER TABLE


def _commands(node: Any) -> Sequence[Any]:
    return (node.cmds or ()) if isinstance(node, ast.AlterTableStmt) else ()


def _command_rules(table: str, command: Any, state: LintState, added: set[str]) -> Iterator[str]:
    match command.subtype:
        case AlterTableType.AT_AddColumn:
            yield from _column_rules(command.def_)
        case AlterTableType.AT_AddConstraint:
            added.add(str(command.def_.conname))
            yield from _constraint_rules(command.def_)
        case AlterTableType.AT_ValidateConstraint if command.name in added:
            yield "validate-at-once"
        case AlterTableType.AT_SetNotNull if (table, command.name) not in state.validated:
            yield "set-not-null"
        case AlterTableType.AT_AlterColumnType:
            yield "alter-type"
        case subtype if subtype in _REWRITES:
            yield "rewrite-table"


def _column_rules(column: Any) -> Iterator[str]:
    constraints = {constraint.contype: constraint for constraint in column.constraints or ()}
    default = constraints.get(ConstrType.CONSTR_DEFAULT)
    if _last_name(column.typeName.names) in _SERIAL_TYPES or constraints.keys() & {
        ConstrType.CONSTR_IDENTITY,
        ConstrType.CONSTR_GENERATED,
    }:
        yield "computed-column"
    elif default is not None and _is_volatile(default.raw_expr):
        yield "volatile-default"
    elif ConstrType.CONSTR_NOTNULL in constraints and default is None:
        yield "required-column"
    if constraints.keys() & {ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_PRIMARY}:
        yield "add-unique"
    if constraints.keys() & {ConstrType.CONSTR_CHECK, ConstrType.CONSTR_FOREIGN}:
        yield "add-constraint"


def _is_volatile(expression: Any) -> bool:
    """Return whether the expression calls a function that may have another value in each row."""
    nodes = [expression]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FuncCall) and _last_name(node.funcname) not in STABLE_FUNCTIONS:
            return True
        if isinstance(node, ast.Node):
            nodes += [getattr(node, name) for name in node]
        elif isinstance(node, tuple):
            nodes += node
    return False


def _constraint_rules(constraint: Any) -> Iterator[str]:
    match constraint.contype:
        case ConstrType.CONSTR_FOREIGN | ConstrType.CONSTR_CHECK | ConstrType.CONSTR_NOTNULL:
            if not constraint.skip_validation:
                yield "add-constraint"
        case ConstrType.CONSTR_UNIQUE | ConstrType.CONSTR_PRIMARY:
            if constraint.indexname is None:
                yield "add-unique"
        case ConstrType.CONSTR_EXCLUSION:
            yield "add-exclusion"


# What later migrations build on


def _remember(statements: Sequence[Statement], state: LintState) -> None:
    for statement in statements:
        for command in _commands(statement.node):
            table = str(statement.table)
            if command.subtype == AlterTableType.AT_AddConstraint and (column := _checked_column(command.def_)):
                state.not_null_checks[table, str(command.def_.conname)] = column
            key = (table, str(command.name))
            if command.subtype == AlterTableType.AT_ValidateConstraint and key in state.not_null_checks:
                state.validated.add((table, state.not_null_checks[key]))


def _checked_column(constraint: Any) -> str | None:
    """Return the column of the constraint `CHECK (column IS NOT NULL)`, or None for other constraints."""
    test: Any = constraint.raw_expr
    if not isinstance(test, ast.NullTest) or test.nulltesttype != NullTestType.IS_NOT_NULL:
        return None
    return _last_name(test.arg.fields) if isinstance(test.arg, ast.ColumnRef) else None


def _last_name(names: Any) -> str:
    """Return a name without its schema."""
    return str(names[-1].sval)
