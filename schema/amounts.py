"""Amounts of the ledger, written with the places of their currency: 12.50 EUR, 1250 JPY."""

from typing import Any

from models.currency import in_places
from schema.fields import computed

PLACED = "allotment.placed"


def in_currency(model: Any, name: str) -> Any:
    """A column of a model that has a currency; all of them are kept with as many places as any currency has."""

    def placed(row: Any) -> Any:
        return in_places(getattr(row, name), row.currency)

    info = model.model_fields[name]
    return computed(placed, info.annotation, info.description, name, "currency", metadata={PLACED: name})
