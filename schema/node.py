"""What everything with an identity has in common."""

from typing import Any

import strawberry


@strawberry.interface(description="An object with an id that is unique across all types.")
class Node:
    id: strawberry.ID = strawberry.field(description="Identifies the object everywhere; opaque.")

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """Rows do not know their type: `node` reads its name along with them (dataloaders/nodes.py)."""
        return str(value.type_name)
