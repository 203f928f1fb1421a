"""What came of a mutation. The one place where a service's refusal becomes user errors."""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from services.errors import Code, InPart, Problem, Refused


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
        result = await done
    except Refused as refused:
        return Outcome(refused.current, _errors(refused.problems))
    return Outcome(result.result, _errors(result.problems)) if isinstance(result, InPart) else Outcome(result, [])


def _errors(problems: Iterable[Problem]) -> list[UserError]:
    return [
        UserError(problem.code, [to_camel_case(part) for part in problem.field], problem.message)
        for problem in problems
    ]
