"""The request context that every resolver receives: credentials, reader, loaders and the application's services."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar, cast
from uuid import UUID

from database.abort import AbortSignal
from database.authentication import Credentials, Principal
from database.callers import Caller
from database.fair_gate import Place
from database.reader import Reader
from database.wal_position import WalPosition
from dataloaders import Loaders
from resolvers.app_services import AppServices
from resolvers.client_info import ClientInfo, Cookie
from services.core.access import Access, Requirement, is_allowed, raise_denial, require_access, require_confirmation
from services.core.errors import Unauthenticated
from services.core.fair_queue import QueueClient
from services.core.idempotency import IdempotencyKey, Replay
from services.core.operation_transaction import OperationTransaction
from services.core.request_info import RequestInfo
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import Hook, Proceed, run_use_case
from services.people.passwords import Passwords
from services.people.rate_limit import Attempt, consume, network_of, reset

Result = TypeVar("Result")
ReadCounts = tuple[int, int]
"""Points of conditions, and skipped rows."""


@dataclass
class Context:
    """The context of one request. Fields that few requests set are attributes of the class until then."""

    credentials: Credentials
    services: AppServices
    load_client_info: Callable[[], ClientInfo] = ClientInfo
    client_host: str | None = None
    """The client's address."""
    caller: Caller | None = None
    """What is known about the credentials; None if the database has not confirmed them yet."""
    operation: str | None = field(default=None, init=False)
    """The name of the operation that is executed."""
    executed_operation: Any = field(default=None, init=False)
    """The operation, for monitoring; of a type of server/graphql."""
    fallbacks: int = field(default=0, init=False)
    """How often graphql-core has executed something whose plan had failed."""
    request: Any = None
    """The HTTP request, for monitoring; of a type of server/http."""
    idempotency_key: IdempotencyKey | None = field(default=None, init=False)
    """The request's Idempotency-Key header, if it has one."""
    read_position: WalPosition | None = field(default=None, init=False)
    """What the client has seen of the primary's log: the consistency token of the request, if there are replicas."""
    response_cookies: list[Cookie] = field(default_factory=list)
    has_written: bool = field(default=False, init=False)
    """Whether a mutation of the request has been committed."""
    condition_points: int = field(default=0, init=False)
    """The points of conditions and orders that read other tables (resolvers/condition_points.py)."""
    written_points: int = field(default=0, init=False)
    """The points of rows that bulk mutations have written, in addition to those of the response."""
    skipped_rows: int = field(default=0, init=False)
    """The rows that the lists of the request skip with `offset`."""
    transaction: OperationTransaction | None = field(default=None, init=False)
    """The transaction of all root fields, if the operation has @atomic or @dryRun."""
    signal: AbortSignal = field(default_factory=AbortSignal)
    place: Place | None = field(default=None, init=False)
    """The request's place among those that are executed, if their number is limited."""
    charged_buckets: Any = field(default=None, init=False)
    """What the request is charged to (services/core/cost), if it was found by authenticating the caller."""
    trace: Any = field(default=None, init=False)
    """The trace that the request has asked for; of a type of server/telemetry."""
    running: "Context | None" = field(default=None, init=False)
    """The context of the operation that is executed, if the request is a batch."""
    reader: Reader = field(init=False)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.services.database, self.credentials, self.signal)
        self.loaders = self.services.build_loaders(self.reader)

    def abort(self, reason: str) -> None:
        """Stop what the request waits for, with RequestAborted, and what it begins later. A sent commit is awaited."""
        self.signal.abort(reason)
        (self.running or self).reader.stop()

    @property
    def passwords(self) -> Passwords:
        """Hashing on behalf of this request, which gives up its place meanwhile."""
        return self.services.passwords.with_pause(self.without_place)

    @asynccontextmanager
    async def without_place(self) -> AsyncIterator[None]:
        """Give up the request's place in the block, which does not use the database."""
        self.signal.check()
        if self.place is not None:
            self.place.leave()
        yield
        if self.place is not None:
            with self.signal.stopping_task():
                await self.place.enter()

    def renew(self, signal: AbortSignal | None = None) -> "Context":
        """Return a new context for another execution on behalf of the same client."""
        caller = self.services.database.callers.find(self.credentials)
        client = (self.credentials, self.services, self.load_client_info, self.client_host, caller)
        renewed = Context(*client, request=self.request, signal=signal or AbortSignal())
        renewed.operation, renewed.executed_operation = self.operation, self.executed_operation
        return renewed

    @cached_property
    def client_info(self) -> ClientInfo:
        """The client that sent the request; read from the request on first access."""
        return self.load_client_info()

    @property
    def auth_error(self) -> str | None:
        """The error message for credentials that did not authenticate; None if the request had none."""
        if self.credentials.key_hash is not None:
            return "This API key is unknown, or it was revoked or has expired."
        if self.credentials.user_id is not None:
            return "The session has ended, or the user is inactive: sign in again."
        return self.credentials.auth_error

    @property
    def user_id(self) -> UUID:
        """The id of the signed-in user; raise Unauthenticated if there is none."""
        if self.credentials.user_id is None:
            raise Unauthenticated(self.auth_error)
        return self.credentials.user_id

    async def require_access(self, access: Access | Requirement) -> None:
        """Raise Unauthenticated or Forbidden unless the principal has this access, and confirmed it if necessary."""
        if access is not Access.PUBLIC:
            principal = await self.identify()
            if not is_allowed(principal, access):
                await raise_denial(self.reader, self.credentials, principal, access, self.auth_error)
            await require_confirmation(self.reader, principal, access)

    async def identify(self) -> Principal:
        """Return the principal of the request, whose API key or session counts as used."""
        principal = await self.reader.principal()
        if not self.reader.is_unconfirmed:
            self.record_use(principal)
        return principal

    def require_deleted_access(self) -> None:
        """Raise Unauthenticated or Forbidden unless the principal, who is authenticated, may see deleted rows."""
        require_access(self.reader.known_principal, Access.ADMIN, self.auth_error)

    def begin_mutation(self, response_name: str, *, secret: bool) -> None:
        """Advance the idempotency key to the next root mutation field. A `secret` result is never replayed. Raise
        BadInput if the whole request was refused because another one has used the key."""
        if self.idempotency_key is not None:
            self.idempotency_key.begin_field(response_name, secret=secret)

    async def perform_or_replay(self, access: Access | Requirement, perform: Callable[[], Awaitable[Result]]) -> Result:
        """Check access, and perform a root mutation field unless its first write was performed before: then return
        the stored result of that write. A replay therefore consumes no rate limits and confirms no password."""
        key = self.idempotency_key
        if key is None or self.credentials.is_anonymous:
            await self.require_access(access)
            return await perform()
        replay = await self._find_replay(access, key)
        return await perform() if replay is None else cast("Result", replay.result)

    async def _find_replay(self, access: Access | Requirement, key: IdempotencyKey) -> Replay | None:
        """Check access, and restore the stored result of the root field's first write, if there is one."""
        await self.reset_reads()
        hooks = (partial(self._check_access, access),)
        if self.transaction is not None:
            return cast("Replay | None", await self.transaction.run(key.find_replay, hooks))
        return await run_use_case(self.services.database, self.credentials, key.find_replay, hooks, self.signal)

    def write(
        self,
        access: Access | Requirement,
        use_case: Callable[[UnitOfWork], Awaitable[Result]],
        *,
        replayable: bool = True,
    ) -> Coroutine[Any, Any, Result]:
        """Check access and run a use case in its own unit of work. Cached reads are cleared first. An Idempotency-Key
        has no effect on a use case that is not `replayable`."""
        key = self.idempotency_key if replayable else None
        idempotency_hook = key.next_hook() if key is not None else None
        idempotency_hooks = () if idempotency_hook is None else (idempotency_hook,)
        hooks = (partial(self._check_access, access), *idempotency_hooks, *self.services.hooks)
        return self._run(self.credentials, use_case, hooks)

    async def _run(
        self, credentials: Credentials, use_case: Callable[[UnitOfWork], Awaitable[Result]], hooks: Sequence[Hook]
    ) -> Result:
        await self.reset_reads()
        if self.transaction is not None:
            return cast("Result", await self.transaction.run(use_case, hooks))
        database, signal = self.services.database, self.signal
        result = await run_use_case(database, credentials, use_case, hooks, signal, self.describe_request)
        self.has_written = True
        return result

    def describe_request(self) -> RequestInfo:
        """Describe the request, for the audit and for sign-in events."""
        device, sent = self.client_info.device, self.credentials
        return RequestInfo(sent.request_id, self.operation, device.address, device.user_agent, sent.tenant)

    async def _check_access(self, access: Access | Requirement, work: UnitOfWork, proceed: Proceed) -> Any:
        """Check access in the transaction, and run the use case: a hook."""
        if not is_allowed(work.principal, access):
            await raise_denial(work, self.credentials, work.principal, access, self.auth_error)
        if access.needs_confirmation:
            await require_confirmation(work, work.principal, access)
        self._record_use_in(work)
        return await proceed()

    async def write_as(self, user_id: UUID, use_case: Callable[[UnitOfWork], Awaitable[Result]]) -> Result:
        """Run a use case as a user who has just authenticated by other means than an access token."""
        assert self.transaction is None, "the transaction belongs to another principal"  # noqa: S101
        return await self._run(Credentials(user_id, group=self.credentials.group), use_case, self.services.hooks)

    def run_in_background(self, use_case: Callable[[UnitOfWork], Awaitable[Result]], description: str) -> None:
        """Run a use case in the background with anonymous credentials; the response does not wait for it."""
        services, request = self.services, self.describe_request()
        job = run_use_case(services.database, Credentials(), use_case, services.hooks, load_request=lambda: request)
        services.background.start(job, description)

    async def consume_rate_limit(self, *attempts: Attempt) -> None:
        """Count attempts; raise RateLimited when a limit is exceeded."""
        await self.reset_reads()
        await consume(self.services.database, *attempts)

    async def reset_rate_limit(self, reset_attempt: Attempt, *refunded_attempts: Attempt) -> None:
        """After a success, reset the counter of the first attempt and return the cost of the others."""
        await reset(self.services.database, reset_attempt, *refunded_attempts)

    @property
    def client_network(self) -> str:
        """The client's network address, the key of rate limits per network."""
        return network_of(self.client_host)

    @property
    def queue_client(self) -> QueueClient:
        """The client in the queue for hashing."""
        return QueueClient(self.client_network, str(self.user_id) if self.credentials.user_id is not None else None)

    def switch_user(self, user_id: UUID, session_id: UUID, *, keeps_tenant: bool = True) -> None:
        """Use this user's credentials, with a new reader and new loaders, for the rest of the request."""
        tenant = self.credentials.tenant if keeps_tenant else None
        self.credentials = replace(
            self.credentials, user_id=user_id, session_id=session_id, tenant=tenant, key_hash=None, auth_error=None
        )
        self.caller = self.services.database.callers.find(self.credentials)
        self.__post_init__()

    def record_use(self, principal: Principal) -> None:
        """Note that the session or the key of a confirmed principal is in use."""
        self.services.last_use.record(principal, self.credentials.expires_at, self.describe_request)

    def _record_use_in(self, work: UnitOfWork) -> None:
        """Record the use by the principal: after the commit if it is confirmed by that."""
        principal = work.principal  # a function that refers to the unit of work would be a reference cycle

        async def record() -> None:
            self.record_use(principal)

        if work.is_unconfirmed:
            work.after_commit.append(record)
        else:
            self.record_use(principal)

    async def reset_reads(self) -> None:
        """Clear the loaders and release the read connection."""
        self.loaders.clear()
        await self.reader.release()

    @property
    def read_counts(self) -> ReadCounts:
        """What the reads of the request have cost so far, for `discard_reads`."""
        return self.condition_points, self.skipped_rows

    async def discard_reads(self, counts: ReadCounts) -> None:
        """Discard what was read and counted since these counts, before it is read again in ordinary transactions."""
        self.condition_points, self.skipped_rows = counts
        self.loaders.clear()
        await self.reader.expect_statements()

    def trim_reads(self) -> None:
        """Discard loaded rows that are probably not needed again, to limit the memory of a large operation."""
        self.loaders.trim()
