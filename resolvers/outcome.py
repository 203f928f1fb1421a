"""What came of a mutation. The one place where a service's refusal becomes user errors."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from services.errors import Code, Refused


@dataclass(frozen=True)
class UserError:
    """Something wrong with a mutation's input."""

    code: Code
    field: list[str]
    message: str


@dataclass(frozen=True)
class Outcome:
    """The changed object, if there is one, and what was wrong."""

    result: Any
    user_errors: list[UserError]


async def outcome_of(done: Awaitable[Any]) -> Outcome:
    """What came of it; whatever is not the input's fault is raised."""
    try:
        return Outcome(await done, [])
    except Refused as refused:
        errors = [
            UserError(problem.code, [to_camel_case(part) for part in problem.field], problem.message)
            for problem in refused.problems
        ]
        return Outcome(refused.current, errors)
