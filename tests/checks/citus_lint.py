"""Finds statements of migrations that Citus refuses on a distributed table, or that would not do there what they do on
one PostgreSQL server (docs/decisions/0070-the-server-on-citus.md)."""

from collections.abc import Iterator, Sequence
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import AlterTableType, ConstrType
from pglast.stream import RawStream

from models.placement import Placement, list_placements, tables_placed

TENANT = "tenant_id"
CITUS_ADVICE = {
    "citus-key": f"Rows of other tenants are on other nodes: a unique key of a tenant's table contains {TENANT}.",
    "citus-foreign-key": (
        f"A foreign key to a tenant's table begins with {TENANT} on both sides; only a tenant's table can have one."
    ),
    "citus-inline-constraint": (
        "A constraint in ADD COLUMN has no name of its own. Add the column, and then the constraint with its name."
    ),
    "citus-identity": "A distributed table cannot get a column with a sequence. Let the application write the value.",
    "citus-tenant-setting": (
        "set_config() does not reach the workers, so no rows are found. Write op.update_in_batches(…), in a migration "
        "of its own."
    ),
    "citus-trigger": (
        "On a shard, the names of the table are those of the shard. Write the name of the table into the function."
    ),
}
_INLINE = {ConstrType.CONSTR_CHECK, ConstrType.CONSTR_FOREIGN, ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_PRIMARY}
_SERIAL_TYPES = {"smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"}


def lint_for_citus(sql: str) -> list[str]:
    """Return a message for each violation, with what to write instead."""
    statements: list[Any] = [raw.stmt for raw in parse_sql(sql)]
    distributed = {*tables_placed(Placement.DISTRIBUTED), *_new_tenant_tables(statements)}
    return [
        f"{rule}: {RawStream()(statement)}\n    → {CITUS_ADVICE[rule]}"
        for statement in statements
        for rule in dict.fromkeys(_rules(statement, distributed))
    ]


def _new_tenant_tables(statements: Sequence[Any]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.CreateStmt):
            keys = (_columns(key) for key in _constraints(statement) if key.contype == ConstrType.CONSTR_PRIMARY)
            if any(TENANT in key for key in keys):
                yield _table(statement)


def _table(statement: Any) -> str:
    return str(statement.relation.relname)


def _rules(statement: Any, distributed: set[str]) -> Iterator[str]:
    match statement:
        case ast.CreateStmt():
            for constraint in _constraints(statement):
                yield from _constraint_rules(_table(statement), constraint, distributed)
        case ast.IndexStmt() if statement.unique and _table(statement) in distributed:
            if TENANT not in _index_columns(statement):
                yield "citus-key"
        case ast.AlterTableStmt():
            for command in _commands(statement):
                yield from _command_rules(_table(statement), command, distributed)
        case ast.DoStmt() | ast.CreateFunctionStmt() | ast.SelectStmt():
            yield from _text_rules(RawStream()(statement))


def _command_rules(table: str, command: Any, distributed: set[str]) -> Iterator[str]:
    if command.subtype == AlterTableType.AT_AddConstraint:
        yield from _constraint_rules(table, command.def_, distributed)
    if command.subtype == AlterTableType.AT_AddColumn and _is_citus_table(table, distributed):
        types = {constraint.contype for constraint in command.def_.constraints or ()}
        if types & _INLINE:
            yield "citus-inline-constraint"
        if ConstrType.CONSTR_IDENTITY in types or command.def_.typeName.names[-1].sval in _SERIAL_TYPES:
            yield "citus-identity"


def _is_citus_table(table: str, distributed: set[str]) -> bool:
    return table in distributed or list_placements().get(table) is Placement.REFERENCE


def _constraint_rules(table: str, constraint: Any, distributed: set[str]) -> Iterator[str]:
    match constraint.contype:
        case ConstrType.CONSTR_UNIQUE | ConstrType.CONSTR_PRIMARY | ConstrType.CONSTR_EXCLUSION:
            by_index = constraint.indexname is not None  # whose own columns are checked
            if table in distributed and not by_index and TENANT not in _columns(constraint):
                yield "citus-key"
        case ConstrType.CONSTR_FOREIGN if str(constraint.pktable.relname) in distributed:
            sides = (_names(constraint.fk_attrs), _names(constraint.pk_attrs))
            if table not in distributed or any(side[:1] != [TENANT] for side in sides):
                yield "citus-foreign-key"


def _text_rules(text: str) -> Iterator[str]:
    if "app.tenant_id" in text and "set_config" in text:
        yield "citus-tenant-setting"
    if "TG_TABLE_NAME" in text or "TG_RELNAME" in text:
        yield "citus-trigger"


def _commands(statement: Any) -> list[Any]:
    return list(statement.cmds)


def _index_columns(statement: Any) -> set[str]:
    return {str(element.name) for element in statement.indexParams}


def _constraints(statement: Any) -> list[Any]:
    return [element for element in statement.tableElts or () if isinstance(element, ast.Constraint)]


def _columns(constraint: Any) -> list[str]:
    return _names(constraint.keys)


def _names(names: Any) -> list[str]:
    return [str(name.sval) for name in names or ()]
