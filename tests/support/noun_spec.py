"""What the tests must know about a noun whose create, update and delete mutations follow the conventions.

The rest is read from the model and from the schema: columns that clients write, bounds, references.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Any

from graphql import is_required_input_field
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from models.fields import member_references, tenant_references
from models.ids import public_id
from models.membership import Role
from models.relations import BelongsTo
from schema.relations import RELATION
from services.core import records
from services.core.unit_of_work import UnitOfWork
from tests.support import graphql_schema
from tests.support.graphql_schema import has_mutation, named_type

InsertRow = Callable[[UnitOfWork, dict[str, Any]], Awaitable[Any]]
Rows = Mapping[str, list[Any]]
"""Rows by table."""


@dataclass(frozen=True, eq=False)
class NounSpec:
    """A noun: sample values and what the tests expect of it."""

    model: Any
    values: Mapping[str, Any]
    """A sample value of each column that clients write, in the form in which they send it. A text may contain `{n}`,
    which stands for the number of the row; any other value that depends on it is a function of the number. References
    have no entry: they refer to the first sample row of their table; those to members are null."""
    _: KW_ONLY
    read: Role = Role.MEMBER
    """The lowest role with access to the queries."""
    write: Role = Role.MEMBER
    """The lowest role with access to the mutations."""
    insert_row: InsertRow | None = None
    """The service that creates a row, if it is not `records.create`."""
    extra_statements: Mapping[str, int] = field(default_factory=dict)
    """By operation (create, update, delete, bulk_create, …): the number of statements beyond those that every noun
    needs."""
    deletable: int = 0
    """The index of the sample row that can be deleted."""
    null_references: tuple[str, ...] = ()
    """References that are null in inputs, because a rule limits how many rows can have the same one."""

    def __str__(self) -> str:
        return self.type_name

    # Names

    @property
    def table(self) -> str:
        """The name of the table: `order_item`."""
        return str(self.model.__tablename__)

    @property
    def type_name(self) -> str:
        """The name of the GraphQL type: `OrderItem`."""
        return str(self.model.__name__)

    @property
    def field_name(self) -> str:
        """The name of the root field for one object: `orderItem`."""
        return graphql_schema.field_name(self.type_name)

    def has(self, action: str) -> bool:
        """Return whether clients can create, update or delete objects."""
        return has_mutation(f"{action}{self.type_name}")

    def has_bulk(self, action: str) -> bool:
        """Return whether clients can create, update or delete many objects at once."""
        return has_mutation(self.bulk_name(action))

    def bulk_name(self, action: str) -> str:
        """The name of a bulk mutation: `bulkCreateOrderItems`."""
        return f"bulk{action.capitalize()}{graphql_schema.plural_name(self.type_name)}"

    # Columns that clients write

    def columns(self, action: str) -> list[str]:
        """Return the columns that clients can write when they create or update an object."""
        return [to_snake_case(name) for name in self._input_fields(action)] if self.has(action) else []

    def required_columns(self) -> list[str]:
        """Return the columns that clients must write when they create an object."""
        fields = self._input_fields("create").items()
        return [to_snake_case(name) for name, field in fields if is_required_input_field(field)]

    def _input_fields(self, action: str) -> Any:
        return named_type(f"{action.capitalize()}{self.type_name}Input").fields

    @property
    def references(self) -> dict[str, str]:
        """The referenced table of each column that refers to a row of the same tenant."""
        return tenant_references(self.model)

    @property
    def member_references(self) -> tuple[str, ...]:
        """The columns that refer to members of the tenant."""
        return member_references(self.model)

    def is_nullable(self, column: str) -> bool:
        """Return whether the column can be null."""
        return type(None) in getattr(self.model.model_fields[column].annotation, "__args__", ())

    @property
    def unique_groups(self) -> list[tuple[str, ...]]:
        """The groups of columns that are unique within a tenant and that clients write; not references to members."""
        columns = set(self.columns("create")).difference(self.member_references)
        return [group for group in self.model.unique_together if columns.issuperset(group)]

    # Sample values

    def sample(self, number: int) -> dict[str, Any]:
        """Return the sample values of the row with this number, by column, without references."""
        return {column: _numbered(value, number) for column, value in self.values.items()}

    def sample_references(self, rows: Rows, index: int = 0) -> dict[str, Any]:
        """Return the ids of the sample rows that references refer to; a reference to a table without rows is null."""
        parents = {column: rows[table][index : index + 1] for column, table in self.references.items()}
        return {column: candidates[0].id if candidates else None for column, candidates in parents.items()}

    async def insert(self, work: UnitOfWork, number: int, values: Mapping[str, Any]) -> Any:
        """Insert the row with this number; `values` replace sample values."""
        insert_row = self.insert_row or partial(_insert_record, self.model)
        return await insert_row(work, self.sample(number) | dict(values))

    def input(self, number: int, rows: Rows, action: str = "create") -> dict[str, Any]:
        """Return an input with a value in every field; the references refer to the first sample rows."""
        nulls = (*self.null_references, *self.member_references)
        references = self.sample_references(rows) | dict.fromkeys(nulls)
        values = self.sample(number) | self.global_ids(references)
        return to_input({column: values[column] for column in self.columns(action)})

    def minimal_input(self, number: int, rows: Rows) -> dict[str, Any]:
        """Return an input with the required fields only."""
        values = self.input(number, rows)
        return {name: values[name] for name in map(to_camel_case, self.required_columns())}

    def global_ids(self, references: Mapping[str, Any]) -> dict[str, Any]:
        """Return references in the form in which clients send them."""
        return {column: id and public_id(self.references[column], id) for column, id in references.items()}

    @property
    def changed_column(self) -> str:
        """The column that tests of updates change: the first one whose sample value depends on the row's number."""
        first, second = self.sample(0), self.sample(1)
        return next(column for column in self.columns("update") if first.get(column) != second.get(column))

    def change(self, number: int) -> dict[str, Any]:
        """Return an input of an update, which is different for each number."""
        return to_input({self.changed_column: self.sample(100 + number)[self.changed_column]})

    # Expectations

    def expected(self, input: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of the object after this input was written: columns, and the ids of related objects."""
        published = named_type(self.type_name).fields
        relations = {
            field.extensions[RELATION].fk: name
            for name, field in published.items()
            if isinstance(field.extensions.get(RELATION), BelongsTo)
        }
        fields: dict[str, Any] = {}
        for name, value in input.items():
            if relation := relations.get(to_snake_case(name)):
                fields[relation] = value
            elif name in published:
                fields[name] = value
        return fields

    def visible_part(self, row: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return these fields of an object that a client received, in the form that `expected` returns."""
        return {name: _id_or_value(row[name]) for name in fields}

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each mistake in this specification."""
        entry = f"NounSpec({self.type_name}) in tests/support/noun_specs.py"
        first, second = self.sample(0), self.sample(1)
        for column in self.columns("create"):
            if column not in self.values and column not in {*self.references, *self.member_references}:
                yield f"Clients write {self.type_name}.{column}: add a sample value for it to {entry}."
        for column in self.values.keys() - set(self.columns("create")) if self.has("create") else ():
            yield f"Clients do not write {self.type_name}.{column}: remove its value from {entry}."
        for group in self.unique_groups:
            if all(first.get(column) == second.get(column) for column in group):
                yield f"{self.type_name} is unique by {', '.join(group)}: put {{n}} into the value in {entry}."
        if self.has("update") and first == second:
            yield f"Tests of updates need a value of {self.type_name} that contains {{n}}: add it to {entry}."


def to_input(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by the names of their input fields."""
    return {to_camel_case(column): value for column, value in values.items()}


async def _insert_record(model: Any, work: UnitOfWork, values: dict[str, Any]) -> Any:
    return await records.create(work, model, values)


def _id_or_value(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def _numbered(value: Any, number: int) -> Any:
    if callable(value):
        return value(number)
    return value.replace("{n}", str(number)) if isinstance(value, str) else value
