"""Bulk creation of users. They get no password, but an email with a link to set one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models import User
from models.relations import table_of
from queries.scope import visible
from services.core.email import Email, Mailer
from services.core.errors import Code, PartialResult, Problem, ProblemParams, Rejected, RetryableConflict
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.people import email_tokens
from services.people.administration import check_count
from services.people.email_templates import EmailTemplates

Values = dict[str, Any]


async def bulk_create_users(
    work: UnitOfWork, mailer: Mailer, templates: EmailTemplates, rows: Sequence[Mapping[str, Any]]
) -> PartialResult:
    """Create a user for each valid row. The paths of the problems contain the positions of the other rows."""
    check_count(rows, "input")
    valid, problems = _validate_rows(rows)
    taken = await _find_taken(work, [values["email"] for values in valid.values()])
    problems += [
        _taken_problem(position, "Another user", values["email"])
        for position, values in valid.items()
        if values["email"] in taken
    ]
    users = {position: User(**values) for position, values in valid.items() if values["email"] not in taken}
    emails = await _insert_users(work, templates, list(users.values()))
    work.after_commit.append(lambda: _send(mailer, emails))
    in_order = sorted(problems, key=lambda problem: int(problem.field[1]))
    return PartialResult([users.get(position) for position in range(len(rows))], tuple(in_order))


def _validate_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[int, Values], list[Problem]]:
    """Return the valid rows by position, each address once, and the problems of the others."""
    valid: dict[int, Values] = {}
    problems: list[Problem] = []
    emails: set[str] = set()
    for position, row in enumerate(rows):
        values, row_problems = check_values(User, row, "input", str(position))
        if row_problems:
            problems += row_problems
        elif values["email"] in emails:
            problems.append(_taken_problem(position, "Another row", values["email"]))
        else:
            valid[position] = values
            emails.add(values["email"])
    return valid, problems


def _taken_problem(position: int, holder: str, email: str) -> Problem:
    path, params = ("input", str(position), "email"), ProblemParams(value=email)
    return Problem(Code.TAKEN, path, f"{holder} already has this email.", params)


async def _find_taken(work: UnitOfWork, emails: Sequence[str]) -> set[str]:
    user = table_of(User)
    query = select(user.c.email).where(visible(user, server_wide=True), user.c.email.in_(emails))
    return {row.email for row in await work.rows(query)}


async def _insert_users(work: UnitOfWork, templates: EmailTemplates, users: Sequence[User]) -> list[Email]:
    """Insert the users and return the email for each."""
    try:
        await work.add(*users)
    except Rejected as rejected:  # a concurrent transaction has taken an address since it was checked
        raise RetryableConflict from rejected
    tokens = await email_tokens.issue_first_password_tokens(work, users)
    return [
        templates.first_password(user.email, user.full_name, token, email_tokens.FIRST_PASSWORD_DAYS)
        for user, token in zip(users, tokens, strict=True)
    ]


async def _send(mailer: Mailer, emails: Iterable[Email]) -> None:
    for email in emails:
        await mailer.send(email)
