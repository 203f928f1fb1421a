"""The session of the request, read again: it may have ended after the transaction authenticated the principal.

On PostgreSQL, a statement sees what other transactions have committed before it began, not before the transaction did.
So a check of a user whose password was reset meanwhile would see a verified address, in a session that has ended.
"""

from sqlalchemy import ColumnElement, literal, select, true

from database.authentication import Principal
from models import Session
from models.relations import table_of
from services.core.errors import Unauthenticated
from services.core.unit_of_work import UnitOfWork


def is_session_active(principal: Principal) -> ColumnElement[bool]:
    """Return the condition that the session of the request was not ended. API keys and the server itself have none."""
    if principal.session_id is None:
        return true()
    session = table_of(Session)
    is_own = (session.c.id == principal.session_id, session.c.user_id == principal.user_id)
    return select(session.c.id).where(*is_own, session.c.revoked_at.is_(None)).exists()


async def require_active_session(work: UnitOfWork) -> None:
    """Unauthenticated if the session of the request has ended. To be called after the lock that it could end during:
    the statement that waits for a lock sees the locked rows as they are now, but all other rows as before."""
    is_active = is_session_active(work.principal)
    if work.principal.session_id is not None and not await work.rows(select(literal(1).label("one")).where(is_active)):
        raise Unauthenticated("Sign in again.")
