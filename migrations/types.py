"""Types that migrations name. They stay as they are: a migration must mean tomorrow what it meant when it ran."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def text(length: int) -> sa.types.TypeEngine[str]:
    """Text that sorts by code point on both engines."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def document() -> sa.types.TypeEngine[Any]:
    """JSON of any shape."""
    return sa.JSON().with_variant(JSONB(), "postgresql")
