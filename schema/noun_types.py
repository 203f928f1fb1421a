"""Builds the types and root fields of a noun from its declaration and its model."""

from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from inputs.derive import create_input, update_input, upsert_input
from inputs.filter_types import filter_input
from inputs.keys import key_input, unique_columns
from inputs.nouns import capitalized, plural, singular, with_article
from inputs.order_by import order_input
from models import User
from models.references import references_to
from models.relations import BelongsTo, get_relation
from resolvers.noun import (
    create_resolver,
    delete_resolver,
    purge_resolver,
    restore_resolver,
    update_resolver,
    upsert_resolver,
)
from schema.bulk import NounInputs, bulk_mutations
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import delete_mutation, row_mutation
from schema.node import Node
from schema.noun import Noun, Operation
from schema.noun_checks import check_noun
from schema.relations import history_field, to_many, to_one
from schema.root_fields import list_field, object_field
from services.core.audit_values import is_audited

MEMBER_FILTER = "tenant_user"
"""The filter of users for members, which shows less of them than the one for superusers."""


@dataclass(frozen=True)
class NounTypes:
    """What a noun adds to the schema."""

    object_type: Any
    queries: Any
    """A class whose fields are root queries."""
    mutations: Any
    """A class whose fields are root mutations."""


def build_noun_types(noun: Noun) -> NounTypes:
    """Build the types of a noun. Filter, order and connection are declared by their names."""
    check_noun(noun)
    build_list_inputs(noun)
    connection_type(noun.table)
    return NounTypes(_object_type(noun), _build_root(noun, "Queries", _queries(noun)), build_mutations(noun))


def build_list_inputs(noun: Noun) -> None:
    """Declare the filter and the order of a noun."""
    times = ("created_at", "updated_at", *(("deleted_at",) if noun.is_soft_deletable else ()))
    columns = dict.fromkeys(("id", *noun.writable, *noun.create_only, *noun.fields, *times))
    relations = noun.published_relations
    aliases = {name: MEMBER_FILTER for name in relations if get_relation(noun.model, name).table == User.__tablename__}
    build_filter = filter_input(noun.model, *columns, through=relations, aliases=aliases, user_column=noun.user_column)
    build_filter(_new_class(noun, "Where"))
    order_input(noun.model, "id", *noun.sortable, *times, through=relations, aliases=aliases)


def _object_type(noun: Noun) -> Any:
    members = {name: _relation_field(noun.model, name) for name in noun.published_relations} | dict(noun.extra_fields)
    if is_audited(noun.model):
        members["history"] = history_field()
    cls = type(f"{noun.model.__name__}Type", (Node,), members)
    return object_type(noun.model, *noun.published_columns)(cls)


def _relation_field(model: Any, name: str) -> Any:
    return (to_one if isinstance(get_relation(model, name), BelongsTo) else to_many)(model, name)


def _queries(noun: Noun) -> dict[str, Any]:
    table, name = noun.table, singular(noun.table)
    keys = "its id or another unique value" if unique_columns(noun.model) else "its id"
    by_key = f"{capitalized(with_article(name))} by {keys}; null if it does not exist."
    all_rows = noun.list_description or f"All {plural(table)} of the current tenant."
    return {
        table: object_field(table, access=noun.read, description=by_key),
        plural(table).replace(" ", "_"): list_field(table, access=noun.read, description=all_rows),
    }


def build_mutations(noun: Noun) -> Any:
    """Build the class with the mutations of a noun."""
    inputs = _build_inputs(noun)
    fields = {} if noun.create is None else {f"create_{noun.table}": _create(noun, noun.create, inputs)}
    if noun.update is not None:
        fields[f"update_{noun.table}"] = _update(noun, noun.update, inputs)
    if noun.upsert is not None:
        fields[f"upsert_{noun.table}"] = _upsert(noun, noun.upsert)
    if noun.delete is not None:
        fields[f"delete_{noun.table}"] = _delete(noun, noun.delete)
    if noun.is_soft_deletable:
        fields |= {f"restore_{noun.table}": _restore(noun), f"purge_{noun.table}": _purge(noun)}
    return _build_root(noun, "Mutations", fields | bulk_mutations(noun, inputs) | dict(noun.mutations))


def _build_inputs(noun: Noun) -> NounInputs:
    build_create = create_input(noun.model, *noun.writable, *noun.create_only)
    build_update = update_input(noun.model, *noun.writable)
    return NounInputs(
        build_create(_new_class(noun, "CreateInput")) if noun.create or noun.bulk_create else None,
        build_update(_new_class(noun, "UpdateInput")) if noun.update or noun.bulk_update else None,
    )


def _create(noun: Noun, operation: Operation, inputs: NounInputs) -> Any:
    resolver = create_resolver(noun.model, inputs.create, operation.service)
    description = operation.description or f"Create {_with_article(noun)}."
    return row_mutation(noun.table, resolver, access=noun.write, description=description)


def _update(noun: Noun, operation: Operation, inputs: NounInputs) -> Any:
    resolver = update_resolver(noun.model, inputs.update, operation.service)
    description = operation.description or f"Update {_with_article(noun)}."
    return row_mutation(noun.table, resolver, access=noun.write, description=description)


def _upsert(noun: Noun, operation: Operation) -> Any:
    key = key_input(noun.model, f"{noun.model.__name__}UpsertKey", *unique_columns(noun.model))
    build_input = upsert_input(noun.model, *noun.writable, *noun.create_only)
    input_type = build_input(_new_class(noun, "UpsertInput"))
    update = None if noun.update is None else noun.update.service
    resolver = upsert_resolver(noun.model, _key_argument(key), input_type, noun.writable, operation.service, update)
    description = operation.description or " ".join(
        [
            f"Update the {singular(noun.table)} with this unique value, or create one.",
            "Omitted fields of an existing one stay unchanged.",
            *(f"`{to_camel_case(name)}` applies to a new one only." for name in noun.create_only),
        ]
    )
    return row_mutation(noun.table, resolver, access=noun.write, description=description)


def _key_argument(key: Any) -> Any:
    return Annotated[key, strawberry.argument(description="The unique value of the object.")]


def _delete(noun: Noun, operation: Operation) -> Any:
    resolver = delete_resolver(noun.model, operation.service)
    description = operation.description or " ".join([f"Delete {_with_article(noun)}.", *_remaining_rows(noun)])
    return delete_mutation(
        noun.table, resolver, access=noun.write, description=description, row_condition=operation.row_condition
    )


def _restore(noun: Noun) -> Any:
    description = f"Restore {_with_article(noun)} that was deleted."
    return row_mutation(noun.table, restore_resolver(noun.model), access=noun.write, description=description)


def _purge(noun: Noun) -> Any:
    name = singular(noun.table)
    description = f"Delete {with_article(name)} for good, whether or not it was deleted before. It cannot be restored."
    return delete_mutation(noun.table, purge_resolver(noun.model), access=noun.purge, description=description)


def _remaining_rows(noun: Noun) -> list[str]:
    """Say what happens to a deleted row, or to the rows that refer to it."""
    if noun.is_soft_deletable:
        return ["It can be restored, until it is purged."]
    tables = dict.fromkeys(reference.table for reference in references_to(noun.table) if not reference.is_link)
    if not tables:
        return []
    return [f"Its {_enumerate([plural(table) for table in tables])} remain, without {_with_article(noun)}."]


def _enumerate(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _with_article(noun: Noun) -> str:
    return with_article(singular(noun.table))


def _build_root(noun: Noun, suffix: str, fields: dict[str, Any]) -> Any:
    return strawberry.type(type(f"{noun.model.__name__}{suffix}", (), fields))


def _new_class(noun: Noun, suffix: str) -> Any:
    return type(f"{noun.model.__name__}{suffix}", (), {})
