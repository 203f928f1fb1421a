"""Confirmation of the identity of a signed-in user, for what a stolen access token must not be enough."""

import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update

from models import Session
from models.base import utc_now
from models.relations import table_of
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.people.membership_locks import lock_own_user
from services.people.oidc.id_token import LEEWAY_SECONDS, Identity
from services.people.oidc.links import find_link
from services.people.oidc.used_tokens import id_token_problem, use_token
from services.people.second_factor import PresentedCode, pass_second_factor

MAX_AUTHENTICATION_SECONDS = 300
"""How long ago the person may have authenticated at the issuer. The rest of the way here may take some minutes."""


@dataclass(frozen=True)
class Proof:
    """What a user presents to confirm who they are."""

    code: PresentedCode
    has_entered_password: bool
    """Whether they have entered their password, which was verified before."""
    identity: Identity | None = None
    """Who an issuer says that they are, in an ID token that was verified before."""
    has_used_passkey: bool = False
    """Whether they have used a passkey of theirs, which was verified before."""

    @property
    def has_several_factors(self) -> bool:
        """Whether no code of the second factor is needed."""
        return self.has_used_passkey or (self.identity is not None and self.identity.has_several_factors)


async def confirm_identity(work: UnitOfWork, proof: Proof) -> bool:
    """Store that the principal has proved who they are: with a passkey, with a code if they have a second factor,
    otherwise with the password or an ID token."""
    user = await lock_own_user(work)
    if proof.identity is not None:
        await _redeem(work, user.id, proof.identity)
    if not proof.has_several_factors:
        is_proved = await pass_second_factor(work, user.id, proof.code) or proof.identity is not None
        if not is_proved and not (proof.has_entered_password and user.password_hash is not None):
            raise Rejected(_missing_proof(has_password=user.password_hash is not None))
    session = table_of(Session)
    is_own = (visible(session), session.c.id == work.principal.session_id)
    await work.rows(update(session).where(*is_own).values(confirmed_at=utc_now()).returning(session.c.id))
    return True


async def _redeem(work: UnitOfWork, user_id: UUID, identity: Identity) -> None:
    """Use an ID token. Rejected unless it is of an account that is linked to the user, who has authenticated at the
    issuer just now: otherwise a session at the issuer, in a browser that was left alone, would be enough."""
    at, now = identity.authenticated_at, time.time()
    if at is None:
        raise id_token_problem("It does not say when you have authenticated (auth_time): sign in again instead.")
    if not now - MAX_AUTHENTICATION_SECONDS - LEEWAY_SECONDS <= at <= now + LEEWAY_SECONDS:
        raise id_token_problem("You have authenticated too long ago (auth_time). Authenticate at the issuer again.")
    await use_token(work, identity)
    link = await find_link(work, identity)
    if link is None or link.user_id != user_id:
        raise id_token_problem("The account at the issuer is not linked to you.")


def _missing_proof(*, has_password: bool) -> Problem:
    remedy = (
        "Enter your password."
        if has_password
        else ("You have no password and no second factor: use a passkey, or your issuer (idToken), or sign in again.")
    )
    return Problem(Code.REQUIRED, ("input", "current_password"), remedy)
