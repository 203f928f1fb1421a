"""Mutation results. This module alone converts rejections by services to user errors."""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from resolvers.problem_params import UserErrorParams, to_user_error_params
from services.core.errors import Code, PartialResult, Problem, Rejected


@dataclass(frozen=True)
class UserError:
    """An error in a mutation's input."""

    code: Code
    field: list[str]
    message: str
    params: UserErrorParams | None


@dataclass(slots=True)
class MutationResult:
    """The value that a use case returned, and user errors."""

    value: Any
    user_errors: list[UserError]


async def to_mutation_result(use_case: Awaitable[Any]) -> MutationResult:
    """Await a use case and convert Rejected and PartialResult; other exceptions propagate."""
    try:
        value = await use_case
    except Rejected as rejected:
        return MutationResult(rejected.current, to_user_errors(rejected.problems))
    if isinstance(value, PartialResult):
        return MutationResult(value.result, to_user_errors(value.problems))
    return MutationResult(value, [])


def to_user_errors(problems: Iterable[Problem]) -> list[UserError]:
    """Convert problems to user errors, whose paths are those of the contract."""
    return [_to_user_error(problem) for problem in problems]


def _to_user_error(problem: Problem) -> UserError:
    path = [to_camel_case(part) for part in problem.field]
    return UserError(problem.code, path, problem.message, to_user_error_params(problem.params))
