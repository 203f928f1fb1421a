"""Filter and order of persisted documents."""

from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import PersistedDocument


@filter_input(PersistedDocument, "sha256", "text", "created_at")
class PersistedDocumentWhere: ...


PersistedDocumentOrder = order_input(PersistedDocument, "created_at")
