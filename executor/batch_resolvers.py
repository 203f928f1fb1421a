"""Resolves fields for all parents at once, with one function per type of declaration. explain() shows its name."""

from typing import Any

from executor.argument_coercion import is_immutable
from executor.declarations import AttributeField, BatchedField, ComputedField
from executor.execution import Execution
from executor.object_codegen import generate_attribute_reader
from executor.plan import BatchResolver, Field
from executor.types import USED_ONCE, AwaitableOrList, Bailout, Positions
from executor.value_checks import REUSABLE, REUSABLE_NON_CALLABLES, is_mapping_class, is_null


def attribute(declaration: AttributeField) -> BatchResolver:
    """Return a resolver for an attribute field that is not a leaf, or that takes arguments."""
    read_attributes = generate_attribute_reader(declaration)

    def resolve(execution: Execution, field: Field, parents: list[Any], positions: Positions) -> AwaitableOrList:
        field.arguments(execution)  # raises if they are invalid
        return _parents_values(read_attributes(parents), positions)

    return resolve


def computed(declaration: ComputedField) -> BatchResolver:
    """Return a resolver for a computed field that is not a leaf, or that takes arguments."""

    def resolve(execution: Execution, field: Field, parents: list[Any], _positions: Positions) -> AwaitableOrList:
        field.arguments(execution)  # raises if they are invalid
        values: list[Any] = []
        execution.produced.append(values)
        values.extend(map(declaration.function, parents))
        return values

    return resolve


def batched(declaration: BatchedField) -> BatchResolver:
    """Return a resolver that loads the values of all parents with one call. It is a coroutine function unless the
    declaration is synchronous."""
    load, needs_projection = declaration.load, declaration.needs_projection

    def resolve_sync(execution: Execution, field: Field, parents: list[Any], _positions: Positions) -> list[Any]:
        optional = (field.projection,) if needs_projection else ()
        values = load(execution.context, parents, field.arguments(execution), *optional)
        return _check_count(execution, parents, list(values))

    async def resolve(execution: Execution, field: Field, parents: list[Any], _positions: Positions) -> list[Any]:
        optional = (field.projection,) if needs_projection else ()
        values = await load(execution.context, parents, field.arguments(execution), *optional)
        return _check_count(execution, parents, list(values))

    return resolve_sync if declaration.is_sync else resolve


def _check_count(execution: Execution, parents: list[Any], values: list[Any]) -> list[Any]:
    execution.produced.append(values)
    if len(values) != len(parents):
        raise Bailout("A load returned another number of values than it got parents.")
    return values


def resolver(execution: Execution, field: Field, parents: list[Any], positions: Positions) -> AwaitableOrList:
    """Call the field's resolver for each parent."""
    resolve = field.definition.resolve or execution.field_resolver
    values: list[Any] = []
    execution.produced.append(values)
    arguments = field.arguments(execution)
    shareable = all(map(is_immutable, arguments.values()))
    for parent, info in zip(parents, positions.infos(), strict=True):
        values.append(resolve(parent, info, **(arguments if shareable else field.coerce_arguments(execution))))
    return values


def default(execution: Execution, field: Field, parents: list[Any], positions: Positions) -> AwaitableOrList:
    """Do what graphql-core's default resolver does: read a key or an attribute of each parent, and call methods."""
    arguments = field.arguments(execution)
    values = _read_keys_or_attributes(field.nodes[0].name.value, parents)
    if REUSABLE_NON_CALLABLES.all(values):
        positions.needed_for_fallback = True
        return values
    if not any(map(callable, values)):
        return _parents_values(values, positions)
    if not all(callable(value) or is_null(value) for value in values):
        raise Bailout("Only some of the values are owned by their parents.")
    results: list[Any] = []
    execution.produced.append(results)
    for value, info in zip(values, positions.infos(), strict=True):
        results.append(value(info, **arguments) if callable(value) else value)
    return results


def _parents_values(values: list[Any], positions: Positions) -> list[Any]:
    """Return values that are owned by their parents. Raise Bailout if one can be used only once: the fallback might
    need it."""
    if not REUSABLE.all(values):
        raise Bailout(USED_ONCE)
    positions.needed_for_fallback = True
    return values


def _read_keys_or_attributes(name: str, parents: list[Any]) -> list[Any]:
    classes = set(map(type, parents))
    if classes == {dict}:
        return [parent.get(name) for parent in parents]
    mapping_classes = {class_ for class_ in classes if is_mapping_class(class_)}
    if not mapping_classes:
        return [getattr(parent, name, None) for parent in parents]
    return [parent.get(name) if type(parent) in mapping_classes else getattr(parent, name, None) for parent in parents]
