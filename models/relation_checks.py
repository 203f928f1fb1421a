"""Checks of the references and relations that models declare; they can only be checked when all models are imported."""

from typing import Any

from sqlmodel import SQLModel

from models.declaration_error import DeclarationError, describe_unknown, location_of_class, require_field
from models.fields import tenant_references
from models.relations import BelongsTo, HasMany, HasManyThrough, ManyToMany, Relation, get_model


def check_relations(*models: Any) -> None:
    """Raise DeclarationError if a reference or relation of these models names a table or column that does not exist."""
    for model in models:
        for table in tenant_references(model).values():
            _require_table(model, table)
        for relation in getattr(model, "relations", {}).values():
            _check_relation(model, relation)


def _check_relation(model: Any, relation: Relation) -> None:
    _require_table(model, relation.table)
    match relation:
        case BelongsTo():
            require_field(model, relation.fk)
        case HasMany():
            _require_column(model, relation.table, relation.fk)
        case HasManyThrough():
            _require_table(model, relation.through)
            _require_column(model, relation.table, relation.fk)
            _require_column(model, relation.through, relation.through_fk)
        case ManyToMany():
            _require_table(model, relation.link_table)
            for column in (relation.source_fk, relation.target_fk):
                _require_column(model, relation.link_table, column)


def _require_table(model: Any, table: str) -> None:
    known = SQLModel.metadata.tables
    if table not in known:
        raise DeclarationError(location_of_class(model), describe_unknown(table, known, "There is no table"))


def _require_column(model: Any, table: str, column: str) -> None:
    known = get_model(table).model_fields
    if column not in known:
        raise DeclarationError(location_of_class(model), describe_unknown(column, known, f"`{table}` has no column"))
