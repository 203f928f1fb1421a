"""Enrolling many people at once. They get no password, but a letter each to set one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models import User
from models.relations import table_of
from queries.scope import visible
from services import mailed
from services.administration import check_number
from services.errors import Code, InPart, LostRace, Problem, Refused
from services.letters import Letters
from services.mail import Letter, Mailer
from services.unit_of_work import UnitOfWork
from services.validation import checked

Row = dict[str, Any]


async def bulk_create_users(
    work: UnitOfWork, mailer: Mailer, letters: Letters, rows: Sequence[Mapping[str, Any]]
) -> InPart:
    """A new user for each row with which nothing is wrong; the others are said by their places, which are in the paths
    of the problems."""
    check_number(rows, "input")
    sound, problems = _sound(rows)
    taken = await _taken(work, [values["email"] for values in sound.values()])
    problems += [_is_taken(place, "Another user") for place, values in sound.items() if values["email"] in taken]
    users = {place: User(**values) for place, values in sound.items() if values["email"] not in taken}
    written = await _enrol(work, letters, list(users.values()))
    work.after_commit.append(lambda: _send(mailer, written))
    in_order = sorted(problems, key=lambda problem: int(problem.field[1]))
    return InPart([users.get(place) for place in range(len(rows))], tuple(in_order))


def _sound(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[int, Row], list[Problem]]:
    """The rows that are right in themselves, by their places, each address once; and what is wrong with the others."""
    sound: dict[int, Row] = {}
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, row in enumerate(rows):
        try:
            values = checked(User, row, "input", str(place))
        except Refused as refused:
            problems += refused.problems
            continue
        if values["email"] in seen:
            problems.append(_is_taken(place, "Another row"))
        else:
            sound[place] = values
        seen.add(values["email"])
    return sound, problems


def _is_taken(place: int, whose: str) -> Problem:
    return Problem(Code.TAKEN, ("input", str(place), "email"), f"{whose} has this email already.")


async def _taken(work: UnitOfWork, emails: Sequence[str]) -> set[str]:
    user = table_of(User)
    found = await work.rows(select(user.c.email).where(visible(user, whole_server=True), user.c.email.in_(emails)))
    return {row.email for row in found}


async def _enrol(work: UnitOfWork, letters: Letters, users: Sequence[User]) -> list[Letter]:
    """Write them down, and a letter to each."""
    try:
        await work.add(*users)
    except Refused as refused:  # every address was free a moment ago
        raise LostRace from refused
    tokens = await mailed.issue_first(work, users)
    both = zip(users, tokens, strict=True)
    return [letters.first_password(user.email, user.full_name, token, mailed.DAYS) for user, token in both]


async def _send(mailer: Mailer, letters: Iterable[Letter]) -> None:
    for letter in letters:
        await mailer.send(letter)
