"""Export the rows of any model, in the order of their creation. All pages belong to one snapshot of the database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from database.reader import Reader
from models.ids import NIL_UUID
from models.relations import get_model
from queries.lists import select_by_id
from queries.transfer import select_rows_after
from services.core.transfer.columns import Column
from services.core.transfer.values import format_value

if TYPE_CHECKING:
    from uuid import UUID

PAGE_SIZE = 1000


async def export_pages(
    reader: Reader, model: Any, columns: Sequence[Column]
) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """Yield the visible rows in pages, with JSON values by the names of their columns. A row that a reference by a
    unique value leads to is read with the page, which takes one statement for each such column."""
    after: UUID | None = NIL_UUID
    while after is not None:
        rows = await reader.rows(select_rows_after(model), after=after, size=PAGE_SIZE)
        values = [await _column_values(reader, column, rows) for column in columns]
        names = [column.name for column in columns]
        yield [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
        after = rows[-1].id if len(rows) == PAGE_SIZE else None


async def _column_values(reader: Reader, column: Column, rows: Sequence[Any]) -> list[Any]:
    values = [getattr(row, column.field) for row in rows]
    if column.unique is None:
        return [format_value(column.table, value) for value in values]
    assert column.table is not None  # noqa: S101 -- for mypy
    keys = list({value for value in values if value is not None})
    statement = select_by_id(get_model(column.table), frozenset({column.unique}))
    found = await reader.rows(statement, keys=keys) if keys else ()
    names = {row.id: getattr(row, column.unique) for row in found}
    return [names.get(value) for value in values]
