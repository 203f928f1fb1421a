"""What clients ask of entries of the ledger."""

from models import LedgerEntry
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@filters(
    LedgerEntry,
    *("id", "amount", "balance", "currency", "account_id", "transfer_id", "created_at"),
    through=["account", "transfer"],
)
class LedgerEntryWhere: ...


LedgerEntryOrder = order_input(LedgerEntry, "id", "amount", "balance", "created_at")
