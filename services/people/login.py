"""Login with email address and password, and confirmation of a signed-in user's password."""

from uuid import UUID

from sqlalchemy import select, update

from database.reader import Reader
from models import User
from models.base import utc_now
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected
from services.core.fair_queue import QueueClient
from services.core.unit_of_work import UnitOfWork
from services.core.validation import normalize_email
from services.people.passwords import AdmittedClient, Passwords
from services.people.rate_limit import CONFIRM, LOGIN_AT_ACCOUNT, LOGIN_FROM_ADDRESS, RateLimiter
from services.people.second_factor import PresentedCode, pass_second_factor
from services.people.session import SessionOptions, SessionTokens, begin_session, delete_ended
from services.people.sign_in_events import EventSubject, record_sign_in_event


async def verify_login(
    limiter: RateLimiter, reader: Reader, passwords: Passwords, network: str, email_and_password: tuple[str, str]
) -> UUID:
    """Return the id of the user with this email address and password. Attempts are limited by account and by network.

    Call it before the unit of work begins: hashing is slow, and must not occupy a connection or a lock.
    """
    email, password = email_and_password
    account = normalize_email(email)
    by_account, by_network = LOGIN_AT_ACCOUNT.attempt_by(account), LOGIN_FROM_ADDRESS.attempt_by(network)
    with passwords.admit(QueueClient(network, account)) as admitted:
        await limiter.consume_rate_limit(by_network, by_account)
        user_id = await _verify_password(reader, admitted, email, password)
    await limiter.reset_rate_limit(by_account, by_network)
    return user_id


async def sign_in_with_code(work: UnitOfWork, options: SessionOptions, code: PresentedCode) -> SessionTokens:
    """Begin a session of the principal, whose password was right. Rejected, so that nothing is written, if the user has
    a second factor and the code is not right. The row of the user is locked first, as elsewhere."""
    tokens = await sign_in(work, options)
    await pass_second_factor(work, tokens.user.id, code)
    return tokens


async def sign_in(work: UnitOfWork, options: SessionOptions) -> SessionTokens:
    """Begin a session of the principal. The time of the login is stored without changing the user's version."""
    user = table_of(User)
    is_principal = (visible(user), user.c.id == work.principal.user_id)
    rows = await work.rows(update(user).where(*is_principal).values(last_login=utc_now()).returning(*user.c))
    if not rows:
        raise _wrong_credentials()
    await delete_ended(work)
    tokens = await begin_session(work, rows[0], options)
    subject = EventSubject(tokens.user.id, session_id=tokens.session_id, detail=options.method)
    await record_sign_in_event(work, SignInEventKind.LOGGED_IN, subject)
    return tokens


async def confirm_password(
    limiter: RateLimiter, reader: Reader, admitted: AdmittedClient, user_id: UUID, password: str
) -> None:
    """Reject the input unless it contains the signed-in user's password. Attempts are limited by user."""
    attempt = CONFIRM.attempt_by(str(user_id))
    await limiter.consume_rate_limit(attempt)
    user = table_of(User)
    row = await reader.row(select(user.c.password_hash).where(visible(user), user.c.id == user_id))
    await reader.release()
    if not await admitted.verify(password, row.password_hash if row else None):
        raise Rejected(Problem(Code.BAD_CREDENTIALS, ("input", "current_password"), "The password is wrong."))
    await limiter.reset_rate_limit(attempt)


async def has_password(reader: Reader, user_id: UUID) -> bool:
    """Return whether the signed-in user has a password, or only signs in with issuers."""
    user = table_of(User)
    row = await reader.row(select(user.c.password_hash).where(visible(user), user.c.id == user_id))
    await reader.release()
    return row is not None and row.password_hash is not None


async def _verify_password(reader: Reader, admitted: AdmittedClient, email: str, password: str) -> UUID:
    """Return the user's id. An unknown address is rejected with the same delay and message as a wrong password."""
    user = table_of(User)
    row = await reader.row(select(user).where(user.c.email == normalize_email(email)))
    await reader.release()
    is_correct = await admitted.verify(password, row.password_hash if row else None)
    if not row or not is_correct or not row.is_active:
        raise _wrong_credentials()
    user_id: UUID = row.id
    return user_id


class WrongCredentials(Rejected):
    """The email address or the password is wrong, or the user is inactive."""


def _wrong_credentials() -> WrongCredentials:
    return WrongCredentials(Problem(Code.BAD_CREDENTIALS, ("input",), "The email address or password is wrong."))
