"""What requires a verified email address, because it would outlast the first password of the account."""

from typing import Any

from sqlalchemy import select

from models import User
from models.relations import table_of
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork


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
    would still give access after the owner of the address has set a new password."""
    user = table_of(User)
    (row,) = await work.rows(select(user.c.email_verified_at).where(visible(user), user.c.id == work.principal.user_id))
    require_verified_email(row, then, ("input",))
