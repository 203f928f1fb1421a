"""Filter and order of transfers."""

from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Transfer


@filter_input(
    Transfer,
    *("id", "kind", "amount", "currency", "memo", "from_id", "to_id", "created_at"),
    through=["from_account", "to_account", "entries"],
)
class TransferWhere: ...


TransferOrder = order_input(
    Transfer, "id", "kind", "amount", "currency", "created_at", through=["from_account", "to_account", "entries"]
)
