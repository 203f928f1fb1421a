"""What a field may say of itself, under FIELD in its extensions, so that it need not be called once a parent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLFieldResolver, GraphQLResolveInfo

FIELD = "executor"


@dataclass(frozen=True)
class Prefixed:
    """Writes an attribute of a value as text behind a prefix. A plan does this without a call."""

    prefix: str
    attribute: str

    def __call__(self, value: Any) -> str:
        return f"{self.prefix}{getattr(value, self.attribute)}"


@dataclass(frozen=True)
class Column:
    """The parent's attribute of this name; `write` turns what is not null into what the field's type takes.

    It is no awaitable, and reading it twice gives the same. `through`: it is an object made of what the parent was
    loaded with, so what is read off it counts for the parent."""

    name: str
    write: Callable[[Any], Any] | None = None
    through: bool = False


@dataclass(frozen=True)
class Computed:
    """What a synchronous function without side effects makes of the parent, and which of its attributes it `reads`;
    None, if that cannot be said."""

    function: Callable[[Any], Any]
    reads: frozenset[str] | None = None


@dataclass(frozen=True)
class Batched:
    """What is loaded for all parents of a level at once: a value a parent, in their order. A value that is an
    exception fails its own field. `load` gets the context, the parents and the field's coerced arguments; with `wants`
    also the names of the attributes that are read off the values, or None if that can be any. If it only makes objects
    that will do the loading, it `answers` at once. `reads` and `through` are as above."""

    load: Callable[..., Any]
    wants: bool = False
    answers: bool = False
    reads: frozenset[str] | None = None
    through: bool = False

    def loaded(
        self, context: Any, parents: Sequence[Any], arguments: Mapping[str, Any], wanted: frozenset[str] | None = None
    ) -> Any:
        """The values, or an awaitable of them."""
        wishes = (wanted,) if self.wants else ()
        return self.load(context, parents, arguments, *wishes)


Declaration = Column | Computed | Batched


def ordinary_resolver(declaration: Declaration) -> GraphQLFieldResolver:
    """A resolver that does for one parent what the declaration says: for graphql-core, on the same schema."""
    if isinstance(declaration, Column):
        return _reads(declaration)
    if isinstance(declaration, Computed):
        return _computes(declaration)
    return _loads(declaration)


def _reads(column: Column) -> GraphQLFieldResolver:
    name, write = column.name, column.write

    def resolve(parent: Any, _info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
        value = getattr(parent, name)
        return value if write is None or value is None else write(value)

    return resolve


def _computes(computed: Computed) -> GraphQLFieldResolver:
    def resolve(parent: Any, _info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
        return computed.function(parent)

    return resolve


def _loads(batched: Batched) -> GraphQLFieldResolver:
    def answer(parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return _only(batched.loaded(info.context, [parent], arguments))

    async def resolve(parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return _only(await batched.loaded(info.context, [parent], arguments))

    return answer if batched.answers else resolve


def _only(values: Sequence[Any]) -> Any:
    (value,) = values
    if isinstance(value, BaseException):
        raise value
    return value
