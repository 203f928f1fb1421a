"""Rows of all nouns, and links between them, from the specifications of the nouns."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import SQLModel

from models.base import TenantRow
from models.fields import tenant_references
from models.relations import table_of
from services.core.unit_of_work import UnitOfWork
from tests.support.noun_spec import Rows
from tests.support.noun_specs import NOUN_SPECS, check_specs

ChooseParent = Callable[[Sequence[Any], int], Any]
"""Chooses the row that the row with this number refers to."""


async def insert_noun_rows(
    work: UnitOfWork, rows: dict[str, list[Any]], count: int, choose_parent: ChooseParent
) -> None:
    """Insert this many rows of each noun and add them to `rows`: nouns whose references have rows, and have none yet
    themselves. A reference to the noun itself is null in the first row."""
    check_specs()
    for spec in NOUN_SPECS:
        if spec.table in rows or not set(spec.references.values()) <= {*rows, spec.table}:
            continue
        rows[spec.table] = []
        for number in range(count):
            parents = {column: rows[table] for column, table in spec.references.items()}
            references = {column: choose_parent(parent, number).id for column, parent in parents.items() if parent}
            rows[spec.table].append(await spec.insert(work, number, references))


def link_models() -> list[Any]:
    """Return the models of link tables, whose key consists of references."""
    models: list[Any] = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return [
        model
        for model in models
        if issubclass(model, TenantRow)
        and (references := tenant_references(model))
        and set(table_of(model).primary_key.columns.keys()) == {"tenant_id", *references}
    ]


async def insert_links(work: UnitOfWork, rows: Rows, targets_of: Callable[[Sequence[Any], int], Sequence[Any]]) -> None:
    """Insert links: from each row of the first referenced table to the rows of the second one that `targets_of` returns
    for its number."""
    for model in link_models():
        (source_column, source), (target_column, target) = tenant_references(model).items()
        for number, row in enumerate(rows[source]):
            links = [{source_column: row.id, target_column: other.id} for other in targets_of(rows[target], number)]
            await work.add(*(model(**link) for link in links))
