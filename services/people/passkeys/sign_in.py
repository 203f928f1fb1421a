"""Sign-in and confirmation of the identity with a passkey.

The authenticator has verified the person, so a passkey counts as two factors: what the person has, and what they know
or are.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select, update

from models import Passkey, User
from models.base import utc_now
from models.passkey import ChallengePurpose
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from services.core.unit_of_work import UnitOfWork
from services.people.passkeys.answers import Answer, RefusedPasskey
from services.people.passkeys.challenges import issue_challenge
from services.people.passkeys.passkey import describe_passkey
from services.people.passkeys.relying_party import RelyingParty
from services.people.sign_in_events import EventSubject


class RefusedKnownPasskey(RefusedPasskey):
    """A passkey of a user is refused although its signature is right. `subject` is for the sign-in event."""

    def __init__(self, reason: str, subject: EventSubject) -> None:
        super().__init__(reason)
        self.subject = subject


@dataclass(frozen=True)
class UsedPasskey:
    """The user whose passkey has just proved who they are, and its name for sign-in events."""

    user_id: UUID
    detail: str


async def start_login(work: UnitOfWork, party: RelyingParty) -> dict[str, Any]:
    """Issue a challenge to sign in, by anyone: the authenticator knows the user. Return the options for the browser."""
    from services.people.passkeys.verification import authentication_options  # takes long

    return authentication_options(party, await issue_challenge(work, ChallengePurpose.LOGIN), ())


async def use_passkey(
    work: UnitOfWork, party: RelyingParty, answer: Answer, expected_user_id: UUID | None = None
) -> UsedPasskey:
    """Verify an answer, whose challenge was used, and store the use. Return its passkey: that of any active user, or of
    the expected one."""
    from services.people.passkeys.verification import verify_use  # takes long

    row = await _find_passkey(work, answer)
    if row is None or expected_user_id not in {None, row.user_id}:
        raise RefusedPasskey("It is unknown here, or was removed.")
    verified = verify_use(party, answer, row, needs_user_handle=expected_user_id is None)
    used = UsedPasskey(UUID(bytes=row.user_id.bytes), describe_passkey(row.name))
    if not row.is_active:
        raise RefusedKnownPasskey("Your account is not active.", EventSubject(used.user_id, detail=used.detail))
    if not await _store_use(work, row.id, verified.sign_count, is_backed_up=verified.is_backed_up):
        subject = EventSubject(used.user_id, detail=f"copied {used.detail}")
        raise RefusedKnownPasskey("Its counter has not grown, so it may have been copied. Remove it.", subject)
    return used


async def _find_passkey(work: UnitOfWork, answer: Answer) -> Any:
    passkey, user = table_of(Passkey), table_of(User)
    is_owner = and_(user.c.id == passkey.c.user_id, user.c.deleted_at.is_(None))
    query = select(passkey, user.c.is_active).join_from(passkey, user, is_owner)
    rows = await work.rows(query.where(passkey.c.credential_id == answer.credential_id))
    return rows[0] if rows else None


async def _store_use(work: UnitOfWork, id: UUID, sign_count: int, *, is_backed_up: bool) -> bool:
    """Store the counter, unless it has not grown. Authenticators that synchronize passkeys do not count: then it is
    always 0."""
    passkey = table_of(Passkey)
    has_grown = passkey.c.sign_count < sign_count if sign_count else passkey.c.sign_count == 0
    values = {"sign_count": sign_count, "is_backed_up": is_backed_up, "last_used_at": utc_now()}
    use = update(passkey).where(passkey.c.id == id, has_grown).values(values)
    return bool(await work.rows(use.returning(passkey.c.id)))


def kind_of_refusal(purpose: ChallengePurpose) -> SignInEventKind:
    """Return the kind of the event that a passkey was refused."""
    is_login = purpose is ChallengePurpose.LOGIN
    return SignInEventKind.LOGIN_FAILED if is_login else SignInEventKind.SECOND_FACTOR_FAILED
