"""Confirmation of the identity of a signed-in user, for what a stolen access token must not be enough."""

from sqlalchemy import update

from models import Session
from models.base import utc_now
from models.relations import table_of
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.people.membership_locks import lock_own_user
from services.people.second_factor import PresentedCode, pass_second_factor


async def confirm_identity(work: UnitOfWork, code: PresentedCode, *, has_entered_password: bool) -> bool:
    """Store that the principal has proved who they are: with a code if they have a second factor, otherwise with the
    password, which was verified before."""
    user = await lock_own_user(work)
    is_proved = await pass_second_factor(work, user.id, code)
    if not is_proved and not (has_entered_password and user.password_hash is not None):
        raise Rejected(_missing_proof(has_password=user.password_hash is not None))
    session = table_of(Session)
    is_own = (visible(session), session.c.id == work.principal.session_id)
    await work.rows(update(session).where(*is_own).values(confirmed_at=utc_now()).returning(session.c.id))
    return True


def _missing_proof(*, has_password: bool) -> Problem:
    remedy = "Enter your password." if has_password else "You have no password and no second factor: sign in again."
    return Problem(Code.REQUIRED, ("input", "current_password"), remedy)
