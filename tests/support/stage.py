"""What most tests begin with, set up once a session: databases are copied from it, and the objects are kept beside it.

To set the world and a scene up takes longer than most tests do."""

import asyncio
import pickle
from dataclasses import dataclass
from typing import Any

import httpx

from server.database import Database, connect
from server.settings import load_settings
from services.tokens import Tokens
from tests.harness.databases import Migrate
from tests.harness.home import Home
from tests.support.scene import Scene, make_scene
from tests.support.world import World, make_world

SECRET = "a secret that only the tests know, long enough"
TOKEN_MINUTES = 15
STAGES = ("scene", "world")
"""By the names of the fixtures that ask for them; each has all that those after it have."""


@dataclass
class Staged:
    """What there is on a stage."""

    world: World
    scene: Scene | None = None


@dataclass(frozen=True)
class Stage:
    """A stage on one engine, and the file that its objects are kept in."""

    name: str
    engine: str
    home: Home
    migrate: Migrate

    def build(self, url: str) -> None:
        """Set it up in an empty database."""
        self.migrate(url)
        asyncio.run(self._set(url))

    def enter(self, database: Database, http: httpx.AsyncClient) -> Staged:
        """What is there, in a copy of that database."""
        staged: Staged = pickle.loads(self._file.read_bytes())  # noqa: S301 -- our own
        _equip(staged.world, database, http, Tokens(SECRET, TOKEN_MINUTES))
        return staged

    @property
    def _file(self) -> Any:
        return self.home.path / f"{self.engine}_{self.name}.pickle"

    async def _set(self, url: str) -> None:
        settings = load_settings(None, environment="test", database_url=url, secret_key=SECRET, bcrypt_rounds=4)
        database, nothing = connect(settings), None
        staged = Staged(await make_world(database, nothing, Tokens(SECRET, TOKEN_MINUTES)))  # type: ignore[arg-type]
        if self.name == "scene":
            staged.scene = await make_scene(staged.world.here)
        await database.close()
        _equip(staged.world, None, None, None)
        self._file.write_bytes(pickle.dumps(staged))


def _equip(world: Any, database: Any, http: Any, tokens: Any) -> None:
    world.database, world.http, world.tokens = database, http, tokens
