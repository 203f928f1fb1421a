"""The settings of the audit."""

from pydantic import Field
from pydantic_settings import BaseSettings


class AuditSettings(BaseSettings):
    """How long audit entries are protected."""

    audit_keep_days: int = Field(
        365, ge=0, le=36_500, description="Days for which `allotment audit prune` refuses to delete entries."
    )
    audit_prune_days: int = Field(
        0, ge=0, le=36_500, description="Days after which the server itself deletes audit entries; 0 for never."
    )
    changes_keep_days: int = Field(
        30, ge=1, le=36_500, description="Days for which the cursors of the change feed are valid."
    )
