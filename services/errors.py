"""What a service refuses, as small exceptions that carry data. One place renders them for clients: resolvers/outcome.py
for those about the input, server/errors.py for those about the caller."""

from dataclasses import dataclass
from typing import Any

from models.choices import Choice


class Code(Choice):
    """What is wrong with a mutation's input. Branch on this, show the message."""

    NOT_FOUND = "NOT_FOUND", "Nothing with this id is there for you."
    CONFLICT = "CONFLICT", "It was changed by somebody else meanwhile; the payload holds what it is now."
    TAKEN = "TAKEN", "Another one has this value already, and it must be unique."
    REQUIRED = "REQUIRED", "A value must be given."
    TOO_SHORT = "TOO_SHORT", "The text or list is shorter than allowed."
    TOO_LONG = "TOO_LONG", "The text or list is longer than allowed."
    OUT_OF_RANGE = "OUT_OF_RANGE", "The number is smaller or greater than allowed."
    INVALID = "INVALID", "The value is malformed."
    OUT_OF_STOCK = "OUT_OF_STOCK", "There is less of it than was asked for."
    NOT_FOR_SALE = "NOT_FOR_SALE", "The product is inactive: it cannot be ordered."
    WRONG_STATUS = "WRONG_STATUS", "That is no step from where it is; the payload holds what it is now."
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "There is less money in the account than was to be taken out."
    OTHER_CURRENCY = "OTHER_CURRENCY", "The accounts are in different currencies."
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED", "The account is closed."
    NOT_EMPTY = "NOT_EMPTY", "There is still something in it."
    LAST_OWNER = "LAST_OWNER", "A tenant would be left without an owner who can sign in."
    BAD_CREDENTIALS = "BAD_CREDENTIALS", "E-mail address or password is wrong, or the user is inactive."


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input: its code, the path of the field, and a sentence for people."""

    code: Code
    field: tuple[str, ...]
    message: str


class Refused(Exception):
    """The input cannot be done; nothing was written. `current` is what the object is now, where that helps."""

    def __init__(self, *problems: Problem, current: Any = None) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems
        self.current = current


@dataclass(frozen=True)
class InPart:
    """What was done of many things, with null for each that could not be, and why."""

    result: Any
    problems: tuple[Problem, ...]


class LostRace(Exception):
    """Somebody else was faster, between a look and a write. The whole use case is done again."""


class Unauthenticated(Exception):
    """Only somebody signed in may do this, and the caller is not, or not any more."""


class Forbidden(Exception):
    """The caller is known, and may not do this."""


class Conflict(Exception):
    """Others were at the same at the same time, again and again. Sent once more, the same request may well succeed."""


class BadInput(Exception):
    """What was asked cannot be understood: the caller's program is at fault, not the person."""


class RateLimited(Exception):
    """Too much in too short a time; in so many seconds there is room again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many attempts. Try again in {retry_after} s.")
        self.retry_after = retry_after


def not_found(*field: str) -> Refused:
    """What an id points at is not there, or not for the caller: the two must not differ."""
    return Refused(Problem(Code.NOT_FOUND, field, "There is nothing with this id."))
