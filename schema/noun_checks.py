"""Checks of the declarations of nouns. Each problem is a DeclarationError that names file, line and remedy."""

from collections.abc import Iterable, Iterator
from typing import Any

from inputs.keys import unique_columns
from inputs.nouns import singular
from models.base import Record, SoftDeletable, TenantRow
from models.declaration_error import DeclarationError, describe_unknown
from models.references import references_to
from schema.noun import Noun

ALWAYS_PUBLISHED = frozenset(Record.model_fields) | frozenset(SoftDeletable.model_fields)
NEVER_PUBLISHED = frozenset(TenantRow.model_fields)
NEVER_WRITABLE = ALWAYS_PUBLISHED | NEVER_PUBLISHED


def check_noun(noun: Noun) -> None:
    """Raise DeclarationError if the declaration contradicts itself or its model. All models must be imported."""
    for check in _CHECKS:
        for problem in check(noun):
            raise DeclarationError(noun.location, problem)


def _unknown_names(noun: Noun) -> Iterator[str]:
    model = noun.model
    user_column = () if noun.user_column is None else (noun.user_column,)
    columns = (*noun.fields, *noun.writable, *noun.create_only, *noun.sortable, *user_column)
    yield from _unknown(columns, model.model_fields, f"{model.__name__} has no field")
    yield from _unknown(noun.relations, model.relations, f"{model.__name__} has no relation")


def _unknown(names: Iterable[str], known: Any, what: str) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield describe_unknown(name, known, what)


def _reserved_names(noun: Noun) -> Iterator[str]:
    for column in (*noun.writable, *noun.create_only):
        if column in NEVER_WRITABLE:
            yield f"`{column}` is set by the server, so it cannot be writable."
    for column in (*noun.fields, *noun.sortable):
        if column in ALWAYS_PUBLISHED:
            yield f"`{column}` is always included; do not name it."
        if column in NEVER_PUBLISHED:
            yield f"`{column}` cannot be published."


def _duplicate_names(noun: Noun) -> Iterator[str]:
    names = [*ALWAYS_PUBLISHED, *noun.fields, *noun.relations, *noun.extra_fields]
    for name in names:
        if names.count(name) > 1:
            yield f"The type would have two fields `{name}`."
    for name in noun.create_only:
        if name in noun.writable:
            yield f"`{name}` is in `writable` and in `create_only`."


def _unwritable_columns(noun: Noun) -> Iterator[str]:
    """Yield the required columns that nothing would set on create."""
    if noun.create is None or noun.create.service is not None:
        return
    for column, info in noun.model.model_fields.items():
        if info.is_required() and column not in {*noun.writable, *noun.create_only, *NEVER_WRITABLE}:
            yield f"`{column}` is required, so it must be in `writable` or `create_only`."


def _requiring_columns(noun: Noun) -> Iterator[str]:
    """Yield the references that would prevent the deletion of a row, if no service handles them."""
    if noun.delete is None or noun.delete.service is not None:
        return
    for reference in references_to(noun.table):
        if reference.is_required:
            yield (
                f"`{reference.table}.{reference.column}` requires a {singular(noun.table)}, so deleting one needs a "
                "rule: declare `delete=Operation(service)`, or `delete=None` for no such mutation."
            )


def _missing_services(noun: Noun) -> Iterator[str]:
    """Yield the bulk mutations that would not follow the rules of the noun's own services."""
    for verb in ("create", "update", "delete"):
        operation, bulk = getattr(noun, verb), getattr(noun, f"bulk_{verb}")
        if operation is not None and bulk is not None and operation.service is not None and bulk.service is None:
            yield f"`{verb}` has a service of its own, so `bulk_{verb}` needs one: declare `BulkOperation(service)`."
        if operation is None and bulk is not None and bulk.service is None:
            yield f"There is no mutation for one object, so `bulk_{verb}` needs a service, or must be left out."


def _impossible_upserts(noun: Noun) -> Iterator[str]:
    """Yield what an upsert lacks: a value that it knows the object by, and the rules of the noun's own service."""
    if noun.upsert is None:
        return
    if not unique_columns(noun.model):
        yield "`upsert` needs a unique column: add one to `unique_together` of the model."
    if noun.create is not None and noun.create.service is not None and noun.upsert.service is None:
        yield "`create` has a service of its own, so `upsert` needs it too: declare `Operation(service)`."


_CHECKS = (
    *(_unknown_names, _reserved_names, _duplicate_names),
    *(_unwritable_columns, _requiring_columns, _missing_services, _impossible_upserts),
)
