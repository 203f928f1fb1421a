"""Challenges that authenticators sign: random, for one purpose, used once, and valid for some minutes.

They are stored in the database, so that any process can receive the answer.
"""

import datetime
import secrets
from uuid import UUID

from sqlalchemy import delete, or_, select

from models import PasskeyChallenge
from models.base import utc_now
from models.passkey import ChallengePurpose
from models.relations import table_of
from services.core.unit_of_work import UnitOfWork
from services.people.passkeys.answers import Answer, RefusedPasskey, hash_challenge

RANDOM_BYTES = 32
LIFETIME = datetime.timedelta(minutes=5)
MAX_DELETED_ROWS = 1000


async def issue_challenge(work: UnitOfWork, purpose: ChallengePurpose, user_id: UUID | None = None) -> bytes:
    """Store a new challenge, for this user or for anyone."""
    challenge = secrets.token_bytes(RANDOM_BYTES)
    expires_at = utc_now() + LIFETIME
    row = PasskeyChallenge(hash=hash_challenge(challenge), purpose=purpose, user_id=user_id, expires_at=expires_at)
    await work.add(row)
    return challenge


async def use_challenge(work: UnitOfWork, purpose: ChallengePurpose, answer: Answer) -> bool:
    """Delete the challenge that was answered. Refused if it was not issued for this purpose and the principal. Of
    concurrent uses, one succeeds."""
    challenge = table_of(PasskeyChallenge)
    is_valid = (
        challenge.c.hash == answer.challenge_hash,
        challenge.c.purpose == purpose,
        challenge.c.expires_at > utc_now(),
        or_(challenge.c.user_id.is_(None), challenge.c.user_id == work.principal.user_id),
    )
    if not await work.rows(delete(challenge).where(*is_valid).returning(challenge.c.hash)):
        raise RefusedPasskey("Its challenge is unknown, was used already, or has expired. Begin again.")
    return True


async def delete_expired(work: UnitOfWork) -> int:
    """Delete some expired challenges of any user. Return their number."""
    challenge = table_of(PasskeyChallenge)
    expired = select(challenge.c.hash).where(challenge.c.expires_at <= utc_now()).limit(MAX_DELETED_ROWS)
    unlocked = challenge.c.hash.in_(expired.with_for_update(skip_locked=True))
    return len(await work.rows(delete(challenge).where(unlocked).returning(challenge.c.hash)))
