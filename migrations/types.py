"""Column types for migrations. They must not be changed, so that released migrations keep their meaning."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def text(length: int) -> sa.types.TypeEngine[str]:
    """Return a text type that sorts by code point on both databases."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def document() -> sa.types.TypeEngine[Any]:
    """Return the type for JSON objects."""
    return sa.JSON().with_variant(JSONB(), "postgresql")
