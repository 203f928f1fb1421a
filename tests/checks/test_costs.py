"""Every list of the schema declares its size, so that the cost of operations counts it."""

from collections.abc import Iterator

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_list_type, is_object_type

from executor import LIST_SIZE_EXTENSION, WEIGHT_EXTENSION
from server.app import load_graphql_schema


def fields() -> Iterator[tuple[str, str, GraphQLField]]:
    """Yield the fields of all object types, without introspection: the type's name, the field's name, the field."""
    for type_ in load_graphql_schema().type_map.values():
        if is_object_type(type_) and not type_.name.startswith("__"):
            yield from ((type_.name, name, field) for name, field in type_.fields.items())


def is_list_of_objects(field: GraphQLField) -> bool:
    nullable = getattr(field.type, "of_type", field.type) if not is_list_type(field.type) else field.type
    return is_list_type(nullable) and not is_leaf_type(get_named_type(field.type))


def sized_fields() -> set[tuple[str, str]]:
    """Return the fields whose size another field declares."""
    return {
        (get_named_type(field.type).name, name)
        for _, _, field in fields()
        if (list_size := field.extensions.get(LIST_SIZE_EXTENSION))
        for name in list_size.sized_fields
    }


def test_every_list_of_objects_has_a_size() -> None:
    sized = sized_fields()
    undeclared = [
        f"{type_name}.{name}"
        for type_name, name, field in fields()
        if is_list_of_objects(field)
        and name != "userErrors"
        and (type_name, name) not in sized
        and LIST_SIZE_EXTENSION not in field.extensions
    ]
    assert not undeclared, "add a cost to these fields (schema/cost.py)"


def test_every_connection_has_a_size() -> None:
    undeclared = [
        f"{type_name}.{name}"
        for type_name, name, field in fields()
        if get_named_type(field.type).name.endswith("Connection") and LIST_SIZE_EXTENSION not in field.extensions
    ]
    assert not undeclared


def test_sized_fields_and_slicing_arguments_exist() -> None:
    for type_name, name, field in fields():
        if (list_size := field.extensions.get(LIST_SIZE_EXTENSION)) is None:
            continue
        assert set(list_size.slicing_arguments) <= set(field.args), f"{type_name}.{name}"
        named_type = get_named_type(field.type)
        if list_size.sized_fields:
            assert isinstance(named_type, GraphQLObjectType)
            assert set(list_size.sized_fields) <= set(named_type.fields), f"{type_name}.{name}"


def test_mutations_and_counts_have_a_weight() -> None:
    mutations = load_graphql_schema().mutation_type
    assert mutations is not None
    counts = [field for _, name, field in fields() if name == "totalCount"]
    assert all(field.extensions.get(WEIGHT_EXTENSION) for field in [*mutations.fields.values(), *counts])
