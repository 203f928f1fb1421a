"""The Node interface."""

from typing import Any

import strawberry


@strawberry.interface(description="An object with an id that is unique across all types.")
class Node:
    id: strawberry.ID = strawberry.field(description="The object's opaque, globally unique id.")

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """The type name of a row. Rows do not have it; dataloaders/rows.py selects it along with the row."""
        return str(value.type_name)
