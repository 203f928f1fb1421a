"""The columns of a table that can be aggregated: those that its filter knows, and what each of them supports."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from inputs.derive import graphql_type_of
from inputs.filter_parser import FilterSpec, filter_specs
from models.fields import referenced_table, schema_extra
from models.relations import BelongsTo

NUMBERS = (int, Decimal)
COMPARABLE = (str, int, Decimal, date, datetime)
"""The types with a smallest and a greatest value: those that filters compare with `gt`."""


@dataclass(frozen=True)
class AggregateColumn:
    """A column that rows can be grouped by, and whose values can be aggregated."""

    model: Any
    name: str
    type: Any
    """The GraphQL type of its values."""

    @property
    def is_number(self) -> bool:
        """Whether it has a sum and an average."""
        return self.type in NUMBERS

    @property
    def is_comparable(self) -> bool:
        """Whether it has a minimum and a maximum."""
        return self.type in COMPARABLE

    @property
    def description(self) -> str:
        """The description of the column."""
        return str(self.model.model_fields[self.name].description)

    @property
    def referenced_table(self) -> str | None:
        """The table whose ids are the values."""
        return referenced_table(self.model.model_fields[self.name])

    @property
    def relation(self) -> tuple[str, BelongsTo] | None:
        """The name and the relation to the rows whose ids are the values."""
        relations = self.model.relations.items()
        to_one = [(name, each) for name, each in relations if isinstance(each, BelongsTo) and each.fk == self.name]
        return to_one[0] if to_one else None


def aggregate_columns(table: str) -> dict[str, AggregateColumn]:
    """Return the columns of a table that can be aggregated, by name."""
    spec = filter_specs[table]
    return {name: _build_column(spec, name) for name in spec.columns if _can_be_aggregated(spec, name)}


def _build_column(spec: FilterSpec, name: str) -> AggregateColumn:
    return AggregateColumn(spec.model, name, graphql_type_of(spec.model.model_fields[name])[0])


def _can_be_aggregated(spec: FilterSpec, name: str) -> bool:
    """Each row has its own id, and values with several names or ids of any type are no simple values."""
    info = spec.model.model_fields[name]
    is_reference = graphql_type_of(info)[0] is not strawberry.ID or referenced_table(info) is not None
    return name != "id" and is_reference and not schema_extra(info, "names")
