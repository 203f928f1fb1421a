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


def filters(
    model: Any,
    *columns: str,
    through: Iterable[str] = (),
    called: str | None = None,
    calling: Mapping[str, str] | None = None,
) -> Callable[[Any], Any]:
    """The `TaskWhere` of a model: conditions on these columns, and through these relations. A model may have another
    filter under another name, for those who may ask less of it; `calling` says which relations lead to such a one."""
    name_of_it, names = called or model.__tablename__, calling or {}

    def build(cls: Any) -> Any:
        itself = lazily(name_of_it, "Where")
        parts = {name: (_column_filter(model, name), model.model_fields[name].description) for name in columns}
        parts |= {name: _relation_filter(model, name, names.get(name)) for name in through}
        parts["and_"] = list_of(itself), "All of these hold."
        parts["or_"] = list_of(itself), "At least one of these holds."
        parts["not_"] = itself, "This does not hold."
        vocabulary[name_of_it] = Vocabulary(model, tuple(columns), tuple(through), names)
        noun = _noun(name_of_it)
        return _built(cls, f"{noun}Where", f"Which {noun.lower()}s; all that is given must hold.", parts, name_of_it)

    return build


def lazily(table: str, suffix: str) -> Any:
    """An input type of another noun, which may be defined later."""
    return Annotated[f"{_noun(table)}{suffix}", strawberry.lazy(f"schema.inputs.{table}")]


def _noun(table: str) -> str:
    return "".join(part.capitalize() for part in table.split("_"))


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


def _relation_filter(model: Any, name: str, called: str | None) -> tuple[Any, str]:
    relation = relation_of(model, name)
    if isinstance(relation, One):
        return lazily(
            called or relation.table, "Where"
        ), f"{relation.description} An empty filter asks that there is one."
    return list_filter(relation.table), relation.description


def _built(cls: Any, title: str, description: str, parts: Mapping[str, Any], name: str | None = None) -> Any:
    cls.__annotations__ = {part: maybe(kind) for part, (kind, _) in parts.items()}
    for part, (_, words) in parts.items():
        graphql_name = {"name": part.rstrip("_")} if part.endswith("_") else {}
        setattr(cls, part, field(description=words, default=None, **graphql_name))
    built = strawberry.input(cls, name=title, description=description)
    if name is not None:
        definition(built).from_input = _reader(name)
    return built


def _reader(name: str) -> Callable[[type, Mapping[str, Any], Any], Condition]:
    return lambda _cls, value, _context: read(name, value)
