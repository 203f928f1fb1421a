"""Types that migrations name. They stay as they are: a migration must mean tomorrow what it meant when it ran."""

import sqlalchemy as sa


def text(length: int) -> sa.types.TypeEngine[str]:
    """Text that sorts by code point on both engines."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
