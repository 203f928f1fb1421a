"""The last use of API keys: stored in the background, at most once a minute for each key and process."""

import time
from collections import OrderedDict
from uuid import UUID

from database.authentication import Credentials
from database.engine import Database
from services.core.background import BackgroundTasks
from services.core.use_case import run_use_case
from services.people.api_key import record_use

INTERVAL_SECONDS = 60
MAX_KEYS = 10_000


class ApiKeyUsage:
    """Records the use of API keys."""

    def __init__(self, database: Database, background: BackgroundTasks) -> None:
        self._database = database
        self._background = background
        self._recorded_at: OrderedDict[UUID, float] = OrderedDict()

    def record(self, api_key_id: UUID) -> None:
        """Record that the key is in use now."""
        now = time.monotonic()
        if now - self._recorded_at.get(api_key_id, -INTERVAL_SECONDS) < INTERVAL_SECONDS:
            return
        self._recorded_at[api_key_id] = now
        self._recorded_at.move_to_end(api_key_id)
        if len(self._recorded_at) > MAX_KEYS:
            self._recorded_at.popitem(last=False)
        use_case = run_use_case(self._database, Credentials(), lambda work: record_use(work, api_key_id))
        self._background.start(use_case, "recording the use of an API key")
