"""Arguments and inputs of bulk mutations."""

from typing import Annotated, Any

import strawberry

from inputs.dynamic_types import field, list_of, optional_argument, row_of
from inputs.enums import register_enum
from inputs.filter_types import where_type
from inputs.nouns import plural, singular, type_name, with_article
from services.core.bulk_result import MAX_ROWS, ErrorPolicy

register_enum(ErrorPolicy, name="BulkErrorPolicy")
ErrorPolicyArgument = Annotated[
    ErrorPolicy, strawberry.argument(description="What happens to the other rows if some rows are rejected.")
]
_ID = "The id of the object."
_VERSION = (
    "The version that the client last read. If the object has another version now, the row is a CONFLICT. If omitted, "
    "the last write wins."
)


@strawberry.input(description="An object to delete.")
class BulkDeletionInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int | None = strawberry.field(description=_VERSION, default=None)


def create_arguments(table: str, create_type: Any) -> dict[str, Any]:
    """The types of the arguments of `bulkCreateTasks`."""
    description = f"The new {plural(table)}, 1 to {MAX_ROWS:,}."
    return {"inputs": Annotated[list_of(row_of(create_type)), strawberry.argument(description=description)]}


def update_arguments(table: str, update_type: Any) -> dict[str, Any]:
    """The types of the arguments of `bulkUpdateTasks`."""
    updates = f"Updates of single {plural(table)}, 1 to {MAX_ROWS:,}, instead of `input` for all selected ones."
    changes = f"The new values of all {plural(table)} that `ids` or `where` select."
    return _selection_arguments(table) | {
        "input": optional_argument(update_type, changes),
        "updates": optional_argument(list_of(row_of(_update_type(table, update_type))), updates),
    }


def delete_arguments(table: str) -> dict[str, Any]:
    """The types of the arguments of `bulkDeleteTasks`."""
    deletions = f"The {plural(table)} to delete, 1 to {MAX_ROWS:,}, with the versions that they should have."
    return _selection_arguments(table) | {"deletions": optional_argument(list_of(BulkDeletionInput), deletions)}


def _selection_arguments(table: str) -> dict[str, Any]:
    maximum = f"Required with `where`: if more {plural(table)} match, nothing is written. At most {MAX_ROWS:,}."
    return {
        "ids": optional_argument(list_of(strawberry.ID), f"The ids of the {plural(table)}, 1 to {MAX_ROWS:,}."),
        "where": optional_argument(where_type(table), f"Select all {plural(table)} that match; requires `maximum`."),
        "maximum": optional_argument(int, maximum),
    }


def _update_type(table: str, update_type: Any) -> Any:
    """The `BulkUpdateTaskInput` of a table."""
    fields = {
        "__annotations__": {"id": strawberry.ID, "input": update_type, "expected_version": int | None},
        "id": field(description=_ID),
        "input": field(description="The new values."),
        "expected_version": field(description=_VERSION, default=None),
    }
    cls = type(f"BulkUpdate{type_name(table)}Input", (), fields)
    return strawberry.input(cls, description=f"An update of {with_article(singular(table))}.")
