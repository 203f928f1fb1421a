"""Amounts of the ledger, written with the places of their currency: 12.50 EUR, 1250 JPY."""

from typing import Any

import strawberry

from models.currency import in_places
from schema.arguments import PARENT, signed

PLACED = "allotment.placed"


def in_currency(model: Any, name: str) -> Any:
    """A column of a model that has a currency; all of them are kept with as many places as any currency has."""

    def resolve(root: Any) -> Any:
        return in_places(getattr(root, name), root.currency)

    info = model.model_fields[name]
    return strawberry.field(
        resolver=signed(resolve, PARENT),
        graphql_type=info.annotation,
        description=info.description,
        metadata={PLACED: name},
    )
