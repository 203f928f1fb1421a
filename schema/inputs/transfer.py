"""What clients ask of transfers."""

from models import Transfer
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@filters(
    Transfer,
    *("id", "kind", "amount", "currency", "memo", "from_id", "to_id", "created_at"),
    through=["from_account", "to_account", "entries"],
)
class TransferWhere: ...


TransferOrder = order_input(Transfer, "id", "kind", "amount", "currency", "created_at")
