"""What clients send about API keys."""

from models import ApiKey
from schema.inputs.derive import creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@creates(ApiKey, "name", "role", "expires_at")
class CreateApiKeyInput: ...


@filters(ApiKey, "id", "name", "role", "prefix", "expires_at", "last_used_at", "revoked_at", "created_at")
class ApiKeyWhere: ...


ApiKeyOrder = order_input(ApiKey, "id", "name", "expires_at", "last_used_at", "created_at")
