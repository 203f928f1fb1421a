"""Import rows of a file into any model, a chunk in each unit of work, with the progress in the same transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import ImportProgress
from models.relations import get_model
from queries.row_list import row_params
from queries.unique_values import select_with_values
from services.core.access import Access, require_access
from services.core.audit_values import to_camel_case
from services.core.bulk_result import BulkResult, ErrorPolicy
from services.core.errors import Code, Conflict, Problem
from services.core.identity_map import build_new_entity
from services.core.transfer.columns import Column
from services.core.transfer.values import InvalidValue, parse_value
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values

FileRow = Mapping[str, Any]
"""The values of a row by the names of their columns, without omitted ones."""
Problems = Sequence[Problem]


@dataclass(frozen=True)
class ImportTarget:
    """What rows are imported into: a model, the columns of the file, and the service that creates many rows."""

    model: Any
    columns: Mapping[str, Column]
    create: Callable[[UnitOfWork, Sequence[dict[str, Any]], ErrorPolicy], Awaitable[BulkResult]]
    access: Access


@dataclass
class Progress:
    """How much of a file is imported: rows in all, those of them that were rejected, and the size of the errors."""

    rows: int = 0
    rejected: int = 0
    errors_size: int = 0


@dataclass(frozen=True)
class _ParsedRow:
    values: dict[str, Any] = field(default_factory=dict)
    names: dict[Column, str] = field(default_factory=dict)
    """Unique values of the rows that it refers to."""
    problems: list[Problem] = field(default_factory=list)


async def find_progress(work: UnitOfWork, target: ImportTarget, id: UUID) -> Progress | None:
    """Return the progress of an import, if it has begun. Raises Forbidden if the principal may not create rows."""
    require_access(work.principal, target.access)
    stored = await work.find_for_update(ImportProgress, id)
    return None if stored is None else Progress(stored.rows, stored.rejected, stored.errors_size)


async def begin_import(work: UnitOfWork, target: ImportTarget, id: UUID) -> None:
    """Store that nothing of a file is imported yet, whether or not it was before."""
    require_access(work.principal, target.access)
    stored = await work.find_for_update(ImportProgress, id)
    if stored is None:
        await work.add(build_new_entity(ImportProgress, {"id": id}))
    else:
        stored.rows = stored.rejected = stored.errors_size = 0


async def import_chunk(
    work: UnitOfWork,
    target: ImportTarget,
    rows: Sequence[FileRow],
    write_errors: Callable[[Sequence[Problems]], int],
    progress: tuple[UUID, int] | None,
) -> list[Problems]:
    """Create the rows that are accepted; return the problems of each row.

    `write_errors` stores them and returns the size of the errors file. `progress` is the id of the import's progress
    and the number of rows before these; None if it is not stored. Raises Conflict if another process has imported the
    rows.
    """
    require_access(work.principal, target.access)
    stored = await work.find_for_update(ImportProgress, progress[0]) if progress else None
    if progress and (stored is None or stored.rows != progress[1]):
        raise Conflict("Another process imports this file.")
    problems = await create_rows(work, target, rows)
    size = write_errors(problems)
    if stored is not None:
        stored.rows += len(rows)
        stored.rejected += sum(1 for found in problems if found)
        stored.errors_size = size
    return problems


async def create_rows(work: UnitOfWork, target: ImportTarget, rows: Sequence[FileRow]) -> list[Problems]:
    """Create rows, except those that are rejected; return the problems of each row. Their paths are the names of
    columns of the file."""
    parsed = [_parse(target, row) for row in rows]
    await _resolve_names(work, parsed)
    valid = [row for row in parsed if not row.problems]
    if valid:
        result = await target.create(work, [row.values for row in valid], ErrorPolicy.SKIP_FAILED)
        for row, created in zip(valid, result.rows, strict=True):
            row.problems.extend(_with_file_column(row, problem) for problem in created.problems)
    return [row.problems for row in parsed]


def _parse(target: ImportTarget, row: FileRow) -> _ParsedRow:
    parsed = _ParsedRow()
    for name, value in row.items():
        column = target.columns[name]
        try:
            clean = parse_value(target.model, column, value)
        except InvalidValue as error:
            parsed.problems.append(Problem(Code.INVALID, (name,), str(error)))
        else:
            if column.unique is None:
                parsed.values[column.field] = clean
            elif clean is not None:
                parsed.names[column] = clean
    return parsed


async def _resolve_names(work: UnitOfWork, parsed: Sequence[_ParsedRow]) -> None:
    """Replace unique values by the ids of their rows: one statement for each column. They take precedence over ids,
    which are those of another tenant if it exported the file."""
    for column in dict.fromkeys(column for row in parsed for column in row.names):
        rows = [row for row in parsed if column in row.names]
        ids = await _find_ids(work, column, {row.names[column] for row in rows})
        for row in rows:
            if (id := ids.get(row.names[column])) is not None:
                row.values[column.field] = id
            else:
                message = f"There is no {column.table} with this {column.unique}."
                row.problems.append(Problem(Code.NOT_FOUND, (column.name,), message))


async def _find_ids(work: UnitOfWork, column: Column, texts: set[str]) -> dict[str, UUID]:
    """Return the ids of the rows that have these unique values, as they would be stored."""
    assert column.table is not None and column.unique is not None  # noqa: S101, PT018 -- for mypy
    model, unique = get_model(column.table), column.unique
    stored = {text: clean[unique] for text in texts if (clean := check_values(model, {unique: text})[0])}
    if not stored:
        return {}
    rows = [{unique: value} for value in dict.fromkeys(stored.values())]
    statement = select_with_values(model, (unique,), work.dialect)
    found = await work.rows(statement, **row_params(rows, (unique,), work.dialect))
    ids = {getattr(row, unique): row.id for row in found}
    return {text: ids[value] for text, value in stored.items() if value in ids}


def _with_file_column(row: _ParsedRow, problem: Problem) -> Problem:
    """Return the problem with the name of the file's column as its path."""
    field_name = problem.field[-1] if problem.field else ""
    by_name = next((column.name for column in row.names if column.field == field_name), None)
    return problem.at(by_name or to_camel_case(field_name))
