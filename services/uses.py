"""When API keys were last used: written in the background, and for each key at most once a minute by each process."""

import time
from collections import OrderedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from queries.caller import Caller
from services.api_key import note_use
from services.background import Background
from services.unit_of_work import perform

SECONDS = 60
MOST_KEYS = 10_000


class Uses:
    """Notes the use of keys."""

    def __init__(self, engine: AsyncEngine, background: Background) -> None:
        self._engine = engine
        self._background = background
        self._noted: OrderedDict[UUID, float] = OrderedDict()

    def note(self, api_key_id: UUID) -> None:
        """The key was used just now."""
        at = time.monotonic()
        if at - self._noted.get(api_key_id, -SECONDS) < SECONDS:
            return
        self._noted[api_key_id] = at
        self._noted.move_to_end(api_key_id)
        if len(self._noted) > MOST_KEYS:
            self._noted.popitem(last=False)
        noting = perform(self._engine, Caller(), lambda work: note_use(work, api_key_id))
        self._background.start(noting, "noting the use of a key")
