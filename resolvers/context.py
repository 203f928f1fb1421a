"""What a request carries to every resolver: who calls, and what to read and write through."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from dataloaders import Loaders
from queries.caller import Actor, Caller
from queries.reader import Reader
from services.access import Access, require
from services.background import Background
from services.errors import Unauthenticated
from services.idempotency import RequestKey
from services.letters import Letters
from services.mail import Mailer
from services.passwords import Passwords
from services.session import Device
from services.throttle import Attempt, charge, network_of, pardon
from services.tokens import Tokens
from services.unit_of_work import Hook, Proceed, UnitOfWork, perform
from services.uses import Uses

Done = TypeVar("Done")


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, as far as it can be told."""

    device: Device = field(default_factory=Device)
    is_own_page: bool = True
    """False when a browser says that the page which sends it is of an origin that is not let in."""
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cookie:
    """The refresh token for the browser to keep, and for how many seconds; none at all makes it forget."""

    value: str
    seconds: int


@dataclass(frozen=True)
class Tools:
    """What all requests share."""

    reading: AsyncEngine
    writing: AsyncEngine
    tokens: Tokens
    passwords: Passwords
    mailer: Mailer
    letters: Letters
    background: Background
    uses: Uses
    session_days: int
    cookie_name: str
    hooks: Sequence[Hook] = ()


@dataclass
class Context:
    """One a request."""

    caller: Caller
    tools: Tools
    find_origin: Callable[[], Origin] = Origin
    key: RequestKey | None = None
    """The Idempotency-Key that the request came with."""
    response_cookies: list[Cookie] = field(default_factory=list)
    reader: Reader = field(init=False)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.tools.reading, self.caller)
        self.loaders = Loaders(self.reader)

    @cached_property
    def origin(self) -> Origin:
        """Where the request comes from."""
        return self.find_origin()

    @property
    def mailer(self) -> Mailer:
        """Whoever carries letters; to be asked in `work.after_commit` only."""
        return self.tools.mailer

    @property
    def problem(self) -> str | None:
        """Why a token that was sent does not count, should the caller turn out to be nobody."""
        if self.caller.key_hash is not None:
            return "This API key is unknown, or it was revoked or has expired."
        if self.caller.user_id is not None:
            return "The session has ended, or the user is inactive: sign in again."
        return self.caller.problem

    @property
    def user_id(self) -> UUID:
        """Who is signed in; to be asked only where a user was required."""
        if self.caller.user_id is None:
            raise Unauthenticated(self.problem)
        return self.caller.user_id

    async def allow(self, access: Access) -> None:
        """Unauthenticated or Forbidden unless the caller has this access."""
        if access is not Access.PUBLIC:
            actor = await self.reader.actor()
            require(actor, access, self.problem)
            self._note(actor)

    def begin(self, *, secret: bool) -> None:
        """The next root mutation field begins; what it answers is `secret` if nobody may be told it again."""
        if self.key is not None:
            self.key.begin(secret=secret)

    async def write(self, access: Access, use_case: Callable[[UnitOfWork], Awaitable[Done]]) -> Done:
        """Do a use case, if the caller may, in a unit of work of its own; what is read afterwards is read anew."""

        async def allowed(work: UnitOfWork, proceed: Proceed) -> Any:
            require(work.actor, access, self.problem)
            self._note(work.actor)
            return await proceed()

        once = self.key.hook() if self.key is not None else None
        hooks = (allowed, *self.tools.hooks) if once is None else (allowed, once, *self.tools.hooks)
        await self.renew()
        return await perform(self.tools.writing, self.caller, use_case, hooks)

    async def write_as(self, user_id: UUID, use_case: Callable[[UnitOfWork], Awaitable[Done]]) -> Done:
        """Do a use case for somebody who has just proved who they are, otherwise than by an access token."""
        await self.renew()
        return await perform(self.tools.writing, Caller(user_id), use_case, self.tools.hooks)

    def later(self, use_case: Callable[[UnitOfWork], Awaitable[Done]], what: str) -> None:
        """Do a use case in the background, as nobody, after the answer."""
        self.tools.background.start(perform(self.tools.writing, Caller(), use_case, self.tools.hooks), what)

    async def charge(self, *attempts: Attempt) -> None:
        """Count attempts; RateLimited when there were too many."""
        await self.renew()
        await charge(self.tools.writing, *attempts)

    async def pardon(self, forgotten: Attempt, *returned: Attempt) -> None:
        """The attempts turned out to be no failures."""
        await pardon(self.tools.writing, forgotten, *returned)

    @property
    def network(self) -> str:
        """Where the request comes from, as far as limits go."""
        return network_of(self.origin.device.address)

    def become(self, user_id: UUID, session_id: UUID) -> None:
        """Go on as this user, who has just signed in."""
        self.caller = replace(self.caller, user_id=user_id, session_id=session_id, key_hash=None, problem=None)
        self.__post_init__()

    def _note(self, actor: Actor) -> None:
        if actor.api_key_id is not None:
            self.tools.uses.note(actor.api_key_id)

    async def renew(self) -> None:
        """Forget what was read, and give the connection back."""
        self.loaders.clear()
        await self.reader.release()
