"""Ledger amounts with the decimal places of their currency: 12.50 EUR, 1250 JPY."""

from typing import Any

from models.currency import quantize_amount
from schema.fields import computed_field

CURRENCY_AMOUNT = "allotment.currency-amount"


def currency_amount(model: Any, name: str) -> Any:
    """An amount column of a model with a currency. The column stores the most places that any currency has."""

    def quantize(row: Any) -> Any:
        return quantize_amount(getattr(row, name), row.currency)

    info = model.model_fields[name]
    return computed_field(
        quantize, info.annotation, info.description, name, "currency", metadata={CURRENCY_AMOUNT: name}
    )
