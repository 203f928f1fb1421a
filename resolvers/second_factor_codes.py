"""Attempts to present a code of a second factor: limited by user, and recorded if they fail."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

from models.sign_in_event import SignInEventKind
from resolvers.context import Context
from services.people.second_factor import PresentedCode, WrongCode
from services.people.sign_in_events import EventSubject, record_sign_in_event


def present_code(context: Context, code: str | None) -> PresentedCode:
    """Return the code of a request, if there is one, for use cases."""
    return PresentedCode(context.services.second_factor_cipher, code)


@asynccontextmanager
async def attempting_code(context: Context, user_id: UUID | None, code: PresentedCode) -> AsyncIterator[None]:
    """Count the attempt before the block uses the code of a user, and reset the limit if the block succeeds. Wrong
    codes are recorded after the response. Without a code or a user, nothing is counted."""
    if user_id is None or not code.value:
        yield
        return
    attempt = code.attempt_by(user_id)
    await context.consume_rate_limit(attempt)
    with _recording_failure(context, EventSubject(user_id)):
        yield
    await context.reset_rate_limit(attempt)


@contextmanager
def _recording_failure(context: Context, subject: EventSubject) -> Iterator[None]:
    try:
        yield
    except WrongCode:
        kind = SignInEventKind.SECOND_FACTOR_FAILED
        context.run_in_background(lambda work: record_sign_in_event(work, kind, subject), "recording a wrong code")
        raise
