"""Registration: a new user signs up and is signed in."""

from collections.abc import Mapping
from typing import Any

from models import User
from models.sign_in_event import SignInEventKind
from services.core.email import Mailer
from services.core.errors import Rejected
from services.core.fair_queue import QueueClient
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.people import email_tokens, passwords
from services.people.email_templates import EmailTemplates
from services.people.passwords import Passwords
from services.people.rate_limit import REGISTER, RateLimiter
from services.people.session import SessionOptions, SessionTokens, begin_session
from services.people.sign_in_events import EventSubject, record_sign_in_event


async def prepare(
    limiter: RateLimiter, hasher: Passwords, network: str, values: Mapping[str, Any], password: str
) -> User:
    """Validate a new user's values and password, count the attempt, and return the user with the password's hash.

    Call it before the unit of work begins: hashing is slow, and must not occupy a connection.
    """
    clean, problems = check_values(User, values, "input")
    problems += passwords.find_problems(password, "input", "password", personal_data=map(str, values.values()))
    if problems:
        raise Rejected(*problems)
    with hasher.admit(QueueClient(network)) as admitted:
        await limiter.consume_rate_limit(REGISTER.attempt_by(network))
        return User(**clean, password_hash=await admitted.hash(password))


async def register(
    work: UnitOfWork, user: User, options: SessionOptions, mailer: Mailer, templates: EmailTemplates
) -> SessionTokens:
    """Insert the user, send an email that verifies the address, and begin a session. An address in use is TAKEN."""
    await work.add(user)
    await email_tokens.send_verification(work, user, user.email, mailer, templates)
    tokens = await begin_session(work, user, options)
    subject = EventSubject(user.id, session_id=tokens.session_id)
    await record_sign_in_event(work, SignInEventKind.REGISTERED, subject)
    return tokens
