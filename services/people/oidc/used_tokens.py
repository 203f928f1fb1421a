"""ID tokens that were used. A token that was copied from a log or a browser's history is useless."""

import datetime

from sqlalchemy import delete, select

from models import UsedIdToken
from models.base import utc_now
from models.relations import table_of
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.people.oidc.id_token import LEEWAY_SECONDS, Identity

MAX_DELETED_ROWS = 1000
_FOREVER = datetime.timedelta(days=36_500)


async def use_token(work: UnitOfWork, identity: Identity) -> None:
    """Mark the token as used; rejected if it was used before. Of concurrent uses, one succeeds."""
    row = {"id": identity.token_id, "created_at": utc_now()}
    if not await work.claim(UsedIdToken, row, _FOREVER):
        raise id_token_problem("It was used already. Sign in at the issuer again.")


async def delete_old(work: UnitOfWork, max_age: int) -> int:
    """Delete some records of tokens that are too old to be accepted. Return their number."""
    table, before = table_of(UsedIdToken), utc_now() - datetime.timedelta(seconds=max_age + 2 * LEEWAY_SECONDS)
    old = select(table.c.id).where(table.c.created_at < before).limit(MAX_DELETED_ROWS)
    unlocked = table.c.id.in_(old.with_for_update(skip_locked=True))
    return len(await work.rows(delete(table).where(unlocked).returning(table.c.id)))


class RefusedIdToken(Rejected):
    """An ID token is not accepted."""


def id_token_problem(reason: str) -> RefusedIdToken:
    """Build the rejection of an ID token."""
    return RefusedIdToken(
        Problem(Code.BAD_CREDENTIALS, ("input", "id_token"), f"The ID token is not accepted. {reason}")
    )
