"""The last use of API keys and sessions: stored in the background, at most once a minute for each and process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from database.authentication import Credentials, Principal
from database.engine import Database
from services.core.background import BackgroundTasks
from services.core.request_info import RequestInfo
from services.core.use_case import run_use_case
from services.people import api_key, session

INTERVAL_SECONDS = 60
MAX_RECORDED = 10_000


class LastUse:
    """Records when API keys and sessions are used."""

    def __init__(self, database: Database, background: BackgroundTasks, token_seconds: int) -> None:
        self._database = database
        self._background = background
        self._seconds_when_due = token_seconds - INTERVAL_SECONDS
        """How long a token of a session is still valid when the last use of the session is a minute old: signing in and
        refreshing store it too."""
        self._recorded_at: OrderedDict[UUID, float] = OrderedDict()
        self._used_sessions: list[UUID] = []
        self._is_storing = False

    def record(
        self, principal: Principal, expires_at: float | None, describe_request: Callable[[], RequestInfo]
    ) -> None:
        """Record that the key or the session of a principal is in use now. `expires_at` is when its token expires."""
        id, now = principal.session_id or principal.api_key_id, time.monotonic()
        if id is None or now - self._recorded_at.get(id, -INTERVAL_SECONDS) < INTERVAL_SECONDS:
            return
        if principal.api_key_id is not None:
            self._remember(id, now)
            self._store_key(id, describe_request())
        elif expires_at is not None and expires_at - time.time() < self._seconds_when_due:
            self._remember(id, now)
            self._store_session(id)

    def _remember(self, id: UUID, now: float) -> None:
        self._recorded_at[id] = now
        self._recorded_at.move_to_end(id)
        if len(self._recorded_at) > MAX_RECORDED:
            self._recorded_at.popitem(last=False)

    def _store_key(self, id: UUID, request: RequestInfo) -> None:
        use_case = run_use_case(
            self._database, Credentials(), lambda work: api_key.record_use(work, id), load_request=lambda: request
        )
        self._background.start(use_case, "recording the use of an API key")

    def _store_session(self, id: UUID) -> None:
        """Store the use of a session together with that of all others that are used before the statement begins."""
        self._used_sessions.append(id)
        if not self._is_storing:
            self._is_storing = True
            self._background.start(self._store_sessions(), "recording the use of sessions")

    async def _store_sessions(self) -> None:
        try:
            while self._used_sessions:
                ids, self._used_sessions = self._used_sessions, []
                await run_use_case(self._database, Credentials(), lambda work: session.record_use(work, ids))  # noqa: B023
        finally:
            self._is_storing = False
