"""The columns of a file that rows are imported from and exported to: those that clients write, named as in the API."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.fields import referenced_table
from models.relations import BelongsTo, get_model, table_of
from services.core.audit_values import to_camel_case


@dataclass(frozen=True)
class Column:
    """A column of a file, and the column of the model that it is stored in."""

    name: str
    """The name in the file, in camel case."""
    field: str
    """The name of the model's column."""
    table: str | None = None
    """The table that it references."""
    unique: str | None = None
    """For a reference by a unique value: the column of the referenced table that contains it."""


def list_columns(model: Any, names: Iterable[str]) -> dict[str, Column]:
    """Return the columns that write these columns of a model, by their names in the file. A reference has two: its id,
    and the unique value of the referenced row, such as `projectId` and `project`."""
    columns: list[Column] = []
    for name in names:
        table = referenced_table(model.model_fields[name])
        columns.append(Column(to_camel_case(name), name, table))
        if table is not None and (unique := _unique_column(table)) and (relation := _relation_name(model, name)):
            columns.append(Column(to_camel_case(relation), name, table, unique))
    return {column.name: column for column in columns}


def _unique_column(table: str) -> str | None:
    """Return the first column that alone identifies a row of the tenant, or a user."""
    model = get_model(table)
    unique_together = getattr(model, "unique_together", ())
    names = [columns[0] for columns in unique_together if len(columns) == 1]
    return next(iter([*names, *(column.name for column in table_of(model).c if column.unique)]), None)


def _relation_name(model: Any, column: str) -> str | None:
    relations = model.relations.items()
    return next((name for name, each in relations if isinstance(each, BelongsTo) and each.fk == column), None)
