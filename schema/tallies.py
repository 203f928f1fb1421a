"""Lists counted by kind: `project { taskCounts { status count } }`."""

from typing import Any

import strawberry

from executor import Batched
from models.relations import Many, relation_of
from resolvers.related import tally
from schema.fields import loaded
from schema.inputs.build import list_of
from schema.inputs.choices import published


def tallied(model: Any, relation_name: str, column: str, choice: Any) -> Any:
    """How many of a parent's rows have which value of a column; every value is listed, in its order."""
    relation = relation_of(model, relation_name)
    assert isinstance(relation, Many)
    kind = _count_type(relation.table, column, published(choice))

    async def load(context: Any, parents: Any, _arguments: Any) -> Any:
        tallies = await tally(context, relation, column, parents)
        return [[kind(**{column: value, "count": found.get(value, 0)}) for value in choice] for found in tallies]

    return loaded(
        Batched(load, reads=frozenset(["id"])),
        list_of(kind),
        f"{relation.description.rstrip('.')}, counted by {column}.",
    )


def _count_type(table: str, column: str, choice: Any) -> Any:
    title = f"{table.capitalize()}{column.capitalize()}Count"
    fields = {
        "__annotations__": {column: choice, "count": int},
        column: strawberry.field(description=f"The {column}."),
        "count": strawberry.field(description=f"How many {table}s have it."),
    }
    return strawberry.type(type(title, (), fields), description=f"How many {table}s have a {column}.")
