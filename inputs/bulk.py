"""Arguments of bulk mutations."""

from typing import Annotated, Any

import strawberry

from inputs.dynamic_types import list_of
from inputs.enums import register_enum
from inputs.nouns import plural
from services.core.bulk_result import MAX_ROWS, ErrorPolicy

register_enum(ErrorPolicy, name="BulkErrorPolicy")
ErrorPolicyArgument = Annotated[
    ErrorPolicy, strawberry.argument(description="What happens to the other rows if some rows are rejected.")
]


def create_inputs(table: str, input_type: Any) -> Any:
    """The argument with the new rows."""
    description = f"The new {plural(table)}, 1 to {MAX_ROWS:,}."
    return Annotated[list_of(input_type), strawberry.argument(description=description)]
