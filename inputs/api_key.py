"""Inputs, filter and order of API keys."""

from inputs.derive import create_input
from inputs.dynamic_types import list_of
from inputs.enums import register_enum
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import ApiKey
from models.scopes import ApiKeyScope


@create_input(ApiKey, "name", "role", "expires_at", "scopes", types={"scopes": list_of(register_enum(ApiKeyScope))})
class CreateApiKeyInput: ...


@filter_input(ApiKey, "id", "name", "role", "prefix", "expires_at", "last_used_at", "revoked_at", "created_at")
class ApiKeyWhere: ...


ApiKeyOrder = order_input(ApiKey, "id", "name", "expires_at", "last_used_at", "created_at")
