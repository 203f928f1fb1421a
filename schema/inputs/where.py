"""Filters: `where: {status: {ne: DONE}, project: {name: {contains: "x"}}, workers: {some: {…}}}`.

Here their types are made; schema/inputs/conditions.py reads what clients write in them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import strawberry

from models.relations import One, relation_of
from queries.conditions import Condition
from schema.inputs.build import definition, field, list_of, maybe
from schema.inputs.conditions import Vocabulary, read, vocabulary
from schema.inputs.derive import contract_type
from schema.inputs.filters import filter_for


def filters(model: Any, *columns: str, through: Iterable[str] = ()) -> Callable[[Any], Any]:
    """The `TaskWhere` of a model: conditions on these columns, and through these relations."""

    def build(cls: Any) -> Any:
        itself = lazily(model.__tablename__, "Where")
        parts = {name: (_column_filter(model, name), model.model_fields[name].description) for name in columns}
        parts |= {name: _relation_filter(model, name) for name in through}
        parts["and_"] = list_of(itself), "All of these hold."
        parts["or_"] = list_of(itself), "At least one of these holds."
        parts["not_"] = itself, "This does not hold."
        vocabulary[model.__tablename__] = Vocabulary(model, tuple(columns), tuple(through))
        noun = model.__name__
        return _built(cls, f"{noun}Where", f"Which {noun.lower()}s; all that is given must hold.", parts, model)

    return build


def lazily(table: str, suffix: str) -> Any:
    """An input type of another noun, which may be defined later."""
    name = "".join(part.capitalize() for part in table.split("_")) + suffix
    return Annotated[name, strawberry.lazy(f"schema.inputs.{table}")]


def list_filter(table: str) -> Any:
    """The `TaskListFilter` of a table: conditions on a list of its rows as a whole."""
    if table not in _list_filters:
        where = lazily(table, "Where")
        parts = {
            "some": (where, "At least one is like this."),
            "none": (where, "None is like this."),
            "every": (where, "All are like this; true of an empty list."),
        }
        words = table.replace("_", " ")
        title = f"{words.title().replace(' ', '')}ListFilter"
        cls = type(title, (), {})
        _list_filters[table] = _built(cls, title, f"Conditions on a list of {words}s; all given must hold.", parts)
    return _list_filters[table]


_list_filters: dict[str, Any] = {}


def _column_filter(model: Any, name: str) -> Any:
    plain, _ = contract_type(model.model_fields[name])
    return filter_for(plain)


def _relation_filter(model: Any, name: str) -> tuple[Any, str]:
    relation = relation_of(model, name)
    if isinstance(relation, One):
        return lazily(relation.table, "Where"), f"{relation.description} An empty filter asks that there is one."
    return list_filter(relation.table), relation.description


def _built(cls: Any, title: str, description: str, parts: Mapping[str, Any], model: Any = None) -> Any:
    cls.__annotations__ = {name: maybe(kind) for name, (kind, _) in parts.items()}
    for name, (_, words) in parts.items():
        graphql_name = {"name": name.rstrip("_")} if name.endswith("_") else {}
        setattr(cls, name, field(description=words, default=None, **graphql_name))
    built = strawberry.input(cls, name=title, description=description)
    if model is not None:
        definition(built).from_input = _reader(model.__tablename__)
    return built


def _reader(table: str) -> Callable[[type, Mapping[str, Any], Any], Condition]:
    return lambda _cls, value, _context: read(table, value)
