"""The settings of the execution of operations, and of the limits on documents."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.operation_limits import DEFAULT_LIMITS
from server.config.setting_types import ExecutorName


class OperationSettings(BaseSettings):
    """What executes operations, and limits on the nesting and the number of fields and operations."""

    executor: ExecutorName = Field(
        "compiled",
        validation_alias="ALLOTMENT_EXECUTOR",
        description="compiled, or graphql-core, which gives the same responses but is slower.",
    )
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
