"""Declarations: how a field gets its values, stored under EXECUTOR_EXTENSION in the field's extensions. A plan can then
resolve the field for all parents at once, instead of calling a resolver per parent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLFieldResolver, GraphQLResolveInfo

from executor.arguments import Arguments

EXECUTOR_EXTENSION = "executor"


@dataclass(frozen=True)
class PrefixSerializer:
    """Serializes a value as the prefix followed by one of the value's attributes. A plan does this without a call."""

    prefix: str
    attribute: str

    def __call__(self, value: Any) -> str:
        return f"{self.prefix}{getattr(value, self.attribute)}"


@dataclass(frozen=True)
class AttributeField:
    """A field whose value is the parent's attribute of this name. `serialize` converts values that are not null to what
    the field's type accepts.

    The value is not awaitable, and reading it twice returns the same. With `forwards_projection`, the value contains
    the rows that were loaded for the parent, so attributes that are read from the value count as read from the
    parent. `is_long` means that the value may be a text of some thousand characters, or JSON: fewer objects with such
    values are encoded at a time."""

    name: str
    serialize: Callable[[Any], Any] | None = None
    forwards_projection: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class ComputedField:
    """A field whose value a synchronous function without side effects computes from the parent. `parent_attributes`
    names the attributes that the function reads; None if they are unknown."""

    function: Callable[[Any], Any]
    parent_attributes: frozenset[str] | None = None


@dataclass(frozen=True)
class BatchedField:
    """A field whose values are loaded for all parents of a level at once.

    `load` receives the context, the parents and the field's coerced Arguments, and returns a value per parent, in their
    order. A value that is an exception fails the field of that parent only. With `needs_projection`, `load` also
    receives the names of the attributes that are read from the values, or None if any may be read. `is_sync` means that
    `load` returns the values, not an awaitable of them: for objects that load their content later. For
    `parent_attributes` and `forwards_projection` see ComputedField and AttributeField."""

    load: Callable[..., Any]
    needs_projection: bool = False
    is_sync: bool = False
    parent_attributes: frozenset[str] | None = None
    forwards_projection: bool = False

    def load_values(
        self,
        context: Any,
        parents: Sequence[Any],
        arguments: Arguments,
        projection: frozenset[str] | None = None,
    ) -> Any:
        """Return the values, or an awaitable of them."""
        optional = (projection,) if self.needs_projection else ()
        return self.load(context, parents, arguments, *optional)


FieldDeclaration = AttributeField | ComputedField | BatchedField


def build_resolver(declaration: FieldDeclaration) -> GraphQLFieldResolver:
    """Return a resolver that does for one parent what the declaration says. graphql-core uses it on the same schema."""
    if isinstance(declaration, AttributeField):
        return _attribute_resolver(declaration)
    if isinstance(declaration, ComputedField):
        return _computed_resolver(declaration)
    return _batched_resolver(declaration)


def _attribute_resolver(declaration: AttributeField) -> GraphQLFieldResolver:
    name, serialize = declaration.name, declaration.serialize

    def resolve(parent: Any, _info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
        value = getattr(parent, name)
        return value if serialize is None or value is None else serialize(value)

    return resolve


def _computed_resolver(declaration: ComputedField) -> GraphQLFieldResolver:
    def resolve(parent: Any, _info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
        return declaration.function(parent)

    return resolve


def _batched_resolver(declaration: BatchedField) -> GraphQLFieldResolver:
    def resolve_sync(parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return _single_value(declaration.load_values(info.context, [parent], Arguments(arguments)))

    async def resolve(parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return _single_value(await declaration.load_values(info.context, [parent], Arguments(arguments)))

    return resolve_sync if declaration.is_sync else resolve


def _single_value(values: Sequence[Any]) -> Any:
    (value,) = values
    if isinstance(value, BaseException):
        raise value
    return value
