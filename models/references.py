"""The columns that reference a table, found in the declarations of the fields of all models."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from models.fields import member_references, tenant_references
from models.relations import list_models, table_of


@dataclass(frozen=True)
class Reference:
    """A column of a tenant-owned table that references a row of another table or of the same one."""

    model: Any
    column: str

    @property
    def table(self) -> str:
        """The name of the table that has the column."""
        return str(self.model.__tablename__)

    @property
    def is_link(self) -> bool:
        """Whether the column is part of the primary key, as in a table that links two others."""
        return table_of(self.model).c[self.column].primary_key

    @property
    def is_required(self) -> bool:
        """Whether every row of its table must have a value, and the table is not a link."""
        return not self.is_link and not table_of(self.model).c[self.column].nullable


@cache
def references_to(table: str) -> tuple[Reference, ...]:
    """Return the columns that reference this table, in the order in which their tables are declared."""
    return tuple(
        Reference(model, column)
        for model in list_models()
        for column, referenced in tenant_references(model).items()
        if referenced == table
    )


@cache
def list_member_references() -> tuple[Reference, ...]:
    """Return the columns that reference members, in the order in which their tables are declared."""
    return tuple(Reference(model, column) for model in list_models() for column in member_references(model))
