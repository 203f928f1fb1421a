"""The settings of the limits on documents."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.operation_limits import DEFAULT_LIMITS


class OperationSettings(BaseSettings):
    """Limits on the nesting and the number of fields and operations."""

    max_query_depth: int = Field(
        DEFAULT_LIMITS.depth, ge=1, le=100, description="Maximum levels of nested fields in an operation."
    )
    max_root_fields: int = Field(
        DEFAULT_LIMITS.root_fields, ge=1, le=1000, description="Maximum root fields of an operation."
    )
    max_aliases: int = Field(
        DEFAULT_LIMITS.aliases, ge=1, le=1000, description="Maximum aliases of a field in one selection set."
    )
    max_operations: int = Field(
        DEFAULT_LIMITS.operations, ge=1, le=1000, description="Maximum operations in a document."
    )
