"""The settings of the cost of operations: limits per request, and budgets per tenant, user, API key and address."""

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from server.config.operation_limits import DEFAULT_LIMITS

_MAX_POINTS = 1_000_000_000_000
_REQUEST_LIMITS = {
    "cost_burst_principal": ("max_cost_user", "max_cost_api_key"),
    "cost_burst_tenant": ("max_cost_user", "max_cost_api_key"),
    "cost_burst_anonymous": ("max_cost_anonymous",),
}
"""The limits per request that each burst must permit."""


class CostSettings(BaseSettings):
    """Limits in points; an operation costs about a point for each object that it may return."""

    max_cost_user: int = Field(
        DEFAULT_LIMITS.cost_user, ge=1, le=_MAX_POINTS, description="Maximum cost of a user's operation."
    )
    max_cost_api_key: int = Field(
        DEFAULT_LIMITS.cost_api_key, ge=1, le=_MAX_POINTS, description="Maximum cost of an API key's operation."
    )
    max_cost_anonymous: int = Field(
        DEFAULT_LIMITS.cost_anonymous, ge=1, le=_MAX_POINTS, description="Maximum cost of an anonymous operation."
    )
    cost_per_second_principal: int = Field(
        250_000, ge=0, le=_MAX_POINTS, description="Points per second of a user or an API key; 0 for no budget."
    )
    cost_burst_principal: int = Field(
        2_500_000, ge=1, le=_MAX_POINTS, description="Points that a user or an API key can use at once."
    )
    cost_per_second_tenant: int = Field(
        400_000, ge=0, le=_MAX_POINTS, description="Points per second of a tenant; 0 for no budget."
    )
    cost_burst_tenant: int = Field(4_000_000, ge=1, le=_MAX_POINTS, description="Points that a tenant can use at once.")
    cost_per_second_anonymous: int = Field(
        50_000, ge=0, le=_MAX_POINTS, description="Points per second of anonymous clients of an address; 0 for none."
    )
    cost_burst_anonymous: int = Field(
        500_000, ge=1, le=_MAX_POINTS, description="Points that anonymous clients of an address can use at once."
    )

    @field_validator(*_REQUEST_LIMITS)
    @classmethod
    def _validate_burst(cls, value: int, info: ValidationInfo) -> int:
        """Check that the most expensive permitted operation can be executed at all."""
        is_enabled = info.data.get(str(info.field_name).replace("burst", "per_second"), 0) > 0
        for name in _REQUEST_LIMITS[str(info.field_name)]:
            if is_enabled and value < info.data.get(name, 0):
                raise ValueError(
                    f"must be at least {name.upper()}, which is {info.data[name]}; otherwise operations of that cost "
                    "could never be executed"
                )
        return value
