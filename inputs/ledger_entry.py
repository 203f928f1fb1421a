"""Filter and order of ledger entries."""

from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import LedgerEntry


@filter_input(
    LedgerEntry,
    *("id", "amount", "balance", "currency", "account_id", "transfer_id", "created_at"),
    through=["account", "transfer"],
)
class LedgerEntryWhere: ...


LedgerEntryOrder = order_input(LedgerEntry, "id", "amount", "balance", "created_at", through=["account", "transfer"])
