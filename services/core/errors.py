"""Exceptions that services raise. `resolvers/mutation_result.py` converts rejections to user errors;
`server/graphql/errors.py` formats all others as top-level errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from models.choices import Choice


class Code(Choice):
    """The reason for a user error. Programs should rely on the code, not on the message."""

    NOT_FOUND = "NOT_FOUND", "Nothing with this id exists, or you may not see it."
    CONFLICT = "CONFLICT", "The object was changed concurrently; the payload contains its current state."
    TAKEN = "TAKEN", "The value must be unique, and another object has it already."
    REQUIRED = "REQUIRED", "The value is missing or null."
    TOO_SHORT = "TOO_SHORT", "The text or list is shorter than allowed."
    TOO_LONG = "TOO_LONG", "The text or list is longer than allowed."
    OUT_OF_RANGE = "OUT_OF_RANGE", "The number is smaller or greater than allowed."
    INVALID = "INVALID", "The value is malformed."
    OUT_OF_STOCK = "OUT_OF_STOCK", "The stock of a product is less than the ordered quantity."
    NOT_FOR_SALE = "NOT_FOR_SALE", "The product is inactive: it cannot be ordered."
    WRONG_STATUS = (
        "WRONG_STATUS",
        "The current status does not permit this action; the payload contains the object's current state.",
    )
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "The account's balance is less than the amount."
    OTHER_CURRENCY = "OTHER_CURRENCY", "The accounts are in different currencies."
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED", "The account is closed."
    NOT_EMPTY = "NOT_EMPTY", "The account's balance is not zero."
    LAST_OWNER = "LAST_OWNER", "The tenant would have no owner who can sign in."
    BAD_CREDENTIALS = (
        "BAD_CREDENTIALS",
        "The email address, the password, the ID token or the passkey is wrong, or the user is inactive.",
    )
    SECOND_FACTOR_REQUIRED = (
        "SECOND_FACTOR_REQUIRED",
        "The password or the ID token is right; send it again with a code of the second factor, or a recovery code.",
    )
    BAD_CODE = "BAD_CODE", "The code of the second factor is wrong, was used already, or has expired."


@dataclass(frozen=True, kw_only=True)
class ProblemParams:
    """What the message of a problem is made of; None for what it does not mention. schema/user_error.py describes the
    fields."""

    min: int | Decimal | None = None
    max: int | Decimal | None = None
    actual: int | Decimal | None = None
    available: int | Decimal | None = None
    allowed: tuple[str, ...] | None = None
    current_version: int | None = None
    value: str | None = None


@dataclass(frozen=True)
class Problem:
    """One problem of the input: its code, the path of the field, a message for people, and the parts of the message."""

    code: Code
    field: tuple[str, ...]
    message: str
    params: ProblemParams | None = None

    def at(self, *field: str) -> Self:
        """Return the problem with this path."""
        return replace(self, field=field)


class Rejected(Exception):
    """The input is rejected and nothing was written. `current` is the object's current state where that helps."""

    def __init__(self, *problems: Problem, current: Any = None) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems
        self.current = current


@dataclass(frozen=True)
class PartialResult:
    """The result of a bulk use case, with null for each rejected item, and the problems of the rejected items."""

    result: Any
    problems: tuple[Problem, ...]


class RetryableConflict(Exception):
    """A concurrent transaction wrote between a read and a write. The whole use case is retried."""


class Unauthenticated(Exception):
    """The operation needs authentication, and the request has no valid credentials."""


class Forbidden(Exception):
    """The principal is authenticated but lacks the permission. `tenants` are the slugs of the tenants that the request
    may name, if it names none."""

    def __init__(self, message: str, tenants: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.tenants = tenants

    @property
    def extensions(self) -> Mapping[str, Any]:
        """What programs need to know besides the code."""
        return {"tenants": list(self.tenants)} if self.tenants else {}


class SecondFactorMissing(Forbidden):
    """The tenant requires a second factor of this member, who has none."""

    def __init__(self) -> None:
        super().__init__(
            "This tenant requires a second factor. Enable yours (startTwoFactor, confirmTwoFactor), and try again."
        )

    @property
    def extensions(self) -> Mapping[str, Any]:
        return {"requiresTwoFactor": True}


class ConfirmationRequired(Forbidden):
    """The principal is permitted to do this, but must prove again who they are."""

    def __init__(self) -> None:
        super().__init__("Confirm who you are (confirmIdentity) with your password or a code, and send this again.")

    @property
    def extensions(self) -> Mapping[str, Any]:
        return {"stepUp": True}


class Conflict(Exception):
    """Every retry conflicted with concurrent transactions. The same request may succeed when it is sent again."""


class OperationRolledBack(Exception):
    """Another root field of the same atomic operation has failed."""

    def __init__(self, failed_field: str) -> None:
        super().__init__(f"Nothing was written, because `{failed_field}` failed.")


class BadInput(Exception):
    """The request is malformed. The client program must be corrected; its user cannot correct it."""


class CursorExpired(Exception):
    """Changes after the cursor may be missing. The client must load all its data again and follow from a new cursor."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} Start over: take a new cursor from `newestCursor`, then load all objects again.")


class IssuerUnavailable(Exception):
    """The keys of an issuer of ID tokens are missing, and it cannot be reached. Other ways to sign in still work."""

    retry_after = 10

    def __init__(self, issuer: str, reason: str = "") -> None:
        super().__init__(f"The issuer {issuer} cannot be reached, or its answer is not usable. {reason}".rstrip())


class RateLimited(Exception):
    """A rate limit was exceeded; the next attempt is possible after `retry_after` seconds."""

    buckets: Sequence[Any] = ()
    """The status of the cost budgets, for headers, if one of them was exceeded (services/core/cost/buckets.py)."""

    def __init__(self, retry_after: int, reason: str = "Too many attempts.") -> None:
        super().__init__(f"{reason} Try again in {retry_after} second{'' if retry_after == 1 else 's'}.")
        self.retry_after = retry_after


def check_list_size(items: Sequence[Any], maximum: int, noun: str, *field: str) -> None:
    """Reject an empty list, and one that is too long. `noun` is the singular of what it contains."""
    if problem := find_list_size_problem(items, maximum, noun, *field):
        raise Rejected(problem)


def find_list_size_problem(items: Sequence[Any], maximum: int, noun: str, *field: str) -> Problem | None:
    """Return the problem of an empty list, or of one that is too long."""
    params = ProblemParams(min=1, max=maximum, actual=len(items))
    if not items:
        return Problem(Code.TOO_SHORT, field, f"Provide at least one {noun}.", params)
    if len(items) > maximum:
        return Problem(Code.TOO_LONG, field, f"Provide at most {maximum:,} {noun}s at once.", params)
    return None


def not_found(*field: str) -> Rejected:
    """Build the rejection of an id that does not exist or is not visible; the two must not be distinguishable."""
    return Rejected(Problem(Code.NOT_FOUND, field, "There is no object with this id, or you cannot see it."))
