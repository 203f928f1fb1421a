"""What a request carries to every resolver: who calls, and what to read and write through."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from dataloaders import Loaders
from queries.caller import Caller
from queries.reader import Reader
from services.access import Access, require
from services.errors import Unauthenticated
from services.idempotency import RequestKey
from services.passwords import Passwords
from services.tokens import Tokens
from services.unit_of_work import Hook, Proceed, UnitOfWork, perform

Done = TypeVar("Done")


@dataclass
class Context:
    """One a request."""

    caller: Caller
    reading: AsyncEngine
    writing: AsyncEngine
    tokens: Tokens
    passwords: Passwords
    hooks: Sequence[Hook] = ()
    key: RequestKey | None = None
    """The Idempotency-Key that the request came with."""
    reader: Reader = field(init=False)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.reading, self.caller)
        self.loaders = Loaders(self.reader)

    @property
    def user_id(self) -> UUID:
        """Who is signed in; to be asked only where a user was required."""
        if self.caller.user_id is None:
            raise Unauthenticated(self.caller.problem)
        return self.caller.user_id

    async def allow(self, access: Access) -> None:
        """Unauthenticated or Forbidden unless the caller has this access."""
        if access is not Access.PUBLIC:
            require(await self.reader.actor(), access, self.caller.problem)

    def begin(self, *, secret: bool) -> None:
        """The next root mutation field begins; what it answers is `secret` if nobody may be told it again."""
        if self.key is not None:
            self.key.begin(secret=secret)

    async def write(self, access: Access, use_case: Callable[[UnitOfWork], Awaitable[Done]]) -> Done:
        """Do a use case, if the caller may, in a unit of work of its own; what is read afterwards is read anew."""

        async def allowed(work: UnitOfWork, proceed: Proceed) -> Any:
            require(work.actor, access, self.caller.problem)
            return await proceed()

        once = self.key.hook() if self.key is not None else None
        hooks = (allowed, *self.hooks) if once is None else (allowed, once, *self.hooks)
        await self.renew()
        return await perform(self.writing, self.caller, use_case, hooks)

    def become(self, user_id: UUID) -> None:
        """Go on as this user, who has just signed in."""
        self.caller = replace(self.caller, user_id=user_id, problem=None)
        self.__post_init__()

    async def renew(self) -> None:
        """Forget what was read, and give the connection back."""
        self.loaders.clear()
        await self.reader.release()
