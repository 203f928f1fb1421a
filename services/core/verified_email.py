"""Verified email addresses, and what requires them because it would outlast the first password of the account."""

from typing import Any

from sqlalchemy import select

from models import User
from models.relations import table_of
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected, Unauthenticated
from services.core.session_of_request import is_session_active
from services.core.unit_of_work import UnitOfWork


def may_be_of_someone_else(user: Any) -> bool:
    """Return whether someone else may have registered the account with the address of its user. Without a password,
    only who reads the address can use it."""
    return user.password_hash is not None and user.email_verified_at is None


def require_verified_email(user: Any, then: str, path: tuple[str, ...] = ()) -> None:
    """Reject unless the user has verified the email address. `then` says what to do afterwards.

    Someone can register with the address of another person. That person takes the account over by setting a new
    password, and must neither share it nor be locked out.
    """
    if user.email_verified_at is None:
        message = f"Verify your email address first (requestEmailVerification), then {then}."
        raise Rejected(Problem(Code.WRONG_STATUS, path, message))


async def require_verified_principal(work: UnitOfWork, then: str) -> None:
    """Reject unless the principal has verified the email address: what others hold, such as the secret of an API key,
    would still give access after the owner of the address has set a new password. One statement reads the session
    as well: setting the password verifies the address, and ends the session. Unauthenticated if it has ended."""
    user = table_of(User)
    is_own = (visible(user), user.c.id == work.principal.user_id, is_session_active(work.principal))
    rows = await work.rows(select(user.c.email_verified_at).where(*is_own))
    if not rows:
        raise Unauthenticated("Sign in again.")
    require_verified_email(rows[0], then, ("input",))
