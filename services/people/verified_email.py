"""What requires a verified email address, because it would outlast the first password of the account."""

from models import User
from services.core.errors import Code, Problem, Rejected


def require_verified_email(user: User, then: str, path: tuple[str, ...] = ()) -> None:
    """Reject unless the user has verified the email address. `then` says what to do afterwards.

    Someone can register with the address of another person. That person takes the account over by setting a new
    password, and must neither share it nor be locked out.
    """
    if user.email_verified_at is None:
        message = f"Verify your email address first (requestEmailVerification), then {then}."
        raise Rejected(Problem(Code.WRONG_STATUS, path, message))
