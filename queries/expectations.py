"""What callers are expected to be, on PostgreSQL.

A caller's opening (queries/caller.py) takes a round trip of its own, because what it finds has to come back. But it
mostly finds what it found the last time. So that is sent along with `BEGIN`, in the same message, and the database only
has to agree: a statement that every connection has prepared looks the caller up as the opening does, asks for nobody
but whom we expect, and tells the policies whom they let see what. When it finds nobody, the opening is run after all.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam

from models.base import now
from queries.caller import NOBODY, OPENINGS, Actor, Caller, Operator, opening_parameters
from queries.prepared import Prepared, prepared

MOST_KEPT = 10_000
FOUND = "SELECT 1"
"""What PostgreSQL says when the caller is whom we expect."""
_HARMLESS = re.compile(r"[0-9A-Za-z_.: +-]*")


@dataclass(frozen=True)
class Expectation:
    """Who a caller is expected to be, and the question whether they are, in parts that the time is put between."""

    actor: Actor
    parts: tuple[str, ...]

    @property
    def question(self) -> str:
        """The statement that asks; FOUND is what comes back if so."""
        return f"'{now().isoformat()}'".join(self.parts)


class Expectations:
    """Those of a process."""

    def __init__(self) -> None:
        self._kept: dict[Any, Expectation] = {}

    def of(self, caller: Caller) -> Expectation | None:
        """Who this caller is expected to be, if they were seen before."""
        return self._kept.get(_claim(caller))

    def note(self, caller: Caller, actor: Actor) -> None:
        """Expect the caller to be this actor from now on."""
        if actor.is_nobody or isinstance(caller, Operator):
            self._kept.pop(_claim(caller), None)
            return
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        if (expectation := _expecting(caller, actor)) is not None:
            self._kept[_claim(caller)] = expectation


def preparation() -> str:
    """What prepares a connection for all questions."""
    return "; ".join(f"PREPARE {_name(kind)} AS {_question(kind).sql}" for kind in OPENINGS["postgresql"])


@cache
def _question(kind: str) -> Prepared:
    """The opening of this kind, asking for whom we expect."""
    opening = OPENINGS["postgresql"][kind]
    found = opening.selected_columns
    expected = [name for name in _known(NOBODY) if name in found]
    return prepared(opening.where(*(found[name].is_not_distinct_from(_place(name, found[name])) for name in expected)))


def _place(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return bindparam(f"expected_{name}", type_=column.type)


def _known(actor: Actor) -> dict[str, Any]:
    """What an opening finds, by the names of its columns."""
    role = actor.role.value if actor.role else None
    known = {"tenant_id": actor.tenant_id, "role": role, "is_superuser": actor.is_superuser}
    return known | {"user_id": actor.user_id, "api_key_id": actor.api_key_id}


def _expecting(caller: Caller, actor: Actor) -> Expectation | None:
    """None where something cannot be written into a statement as it is."""
    question = _question(caller.kind)
    expected = {f"expected_{name}": value for name, value in _known(actor).items()}
    values = question.arguments(opening_parameters(caller) | expected)
    if not all(_HARMLESS.fullmatch(str(value)) for value in values):
        return None
    moments = {place for place, name in question.open if name == "at"}
    written = ["\0" if place in moments else _literal(value) for place, value in enumerate(values)]
    return Expectation(actor, tuple(f"EXECUTE {_name(caller.kind)}({', '.join(written)})".split("\0")))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value).upper() if isinstance(value, bool) else f"'{value}'"


def _claim(caller: Caller) -> tuple[Any, ...]:
    return caller.user_id, caller.session_id, caller.key_hash, caller.tenant


def _name(kind: str) -> str:
    return f"allotment_{kind}"
