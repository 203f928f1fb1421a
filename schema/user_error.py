"""User errors, with the parameters of their messages."""

from decimal import Decimal

import strawberry

from inputs.enums import register_enum
from resolvers.mutation_result import UserError
from resolvers.problem_params import MAX_VALUE_LENGTH, UserErrorParams
from services.core.errors import Code

_CODE = register_enum(Code, name="UserErrorCode")


@strawberry.type(name="UserErrorParams", description=UserErrorParams.__doc__)
class UserErrorParamsType:
    min: Decimal | None = strawberry.field(
        description="The least number that is allowed; for texts and lists, the least length."
    )
    max: Decimal | None = strawberry.field(
        description="The greatest number that is allowed; for texts and lists, the greatest length; for an amount that "
        "is INVALID, the greatest number of decimal places."
    )
    actual: Decimal | None = strawberry.field(
        description="The number that was rejected; for texts and lists, their length; for a CONFLICT, the version that "
        "was expected."
    )
    available: Decimal | None = strawberry.field(
        description="What is available: the stock of a product, or the balance of an account."
    )
    allowed: list[str] | None = strawberry.field(
        description="What is allowed instead: the values, or the actions that the current status permits."
    )
    current_version: int | None = strawberry.field(description="The current version of the object.")
    value: str | None = strawberry.field(
        description="The value that was rejected, the current status, or the name of the product that the error is "
        f"about; at most {MAX_VALUE_LENGTH} characters of it."
    )


@strawberry.type(name="UserError", description=UserError.__doc__)
class UserErrorType:
    code: _CODE = strawberry.field(description="The error code, for programs.")  # type: ignore[valid-type]
    field: list[str] = strawberry.field(description="The path of the invalid value in the mutation's arguments.")
    message: str = strawberry.field(description="The error message, for people.")
    params: UserErrorParamsType | None = strawberry.field(
        description="What the message is made of, to write it in another language by `code`; null if it has no "
        "parameters."
    )
