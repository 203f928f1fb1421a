"""How long an answer takes tells nothing: medians of many, so that one that was held up does not count."""

import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, update

from models import Throttle, User
from models.relations import table_of
from tests.support import documents
from tests.support.world import World

ROUNDS = 30
TOLERANCE = 0.35
"""How far the medians may be apart, of the greater one. Without care it would be 90 %: a hash is most of the work."""


async def medians(world: World, attempts: dict[str, Callable[[], Awaitable[Any]]]) -> dict[str, float]:
    """How long each takes, in turns, so that what slows the machine down slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in attempts}
    for _ in range(ROUNDS):
        await world.write(delete(table_of(Throttle)))
        for name, attempt in attempts.items():
            began = time.perf_counter()
            await attempt()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def close(found: dict[str, float]) -> bool:
    return max(found.values()) - min(found.values()) <= TOLERANCE * max(found.values())


@pytest.fixture
def settings(settings: Any) -> Any:
    """Hashing that outweighs all the rest, as it does in earnest."""
    return settings.model_copy(update={"bcrypt_rounds": 9})


@pytest.mark.slow
async def test_a_failed_log_in_takes_as_long_for_somebody_as_for_nobody(world: World) -> None:
    user = table_of(User)
    hashed = await _hash_of("Some-other-horse-1!")
    await world.write(update(user).values(password_hash=hashed))
    await world.write(update(user).where(user.c.email == "admin@here.test").values(is_active=False))
    await world.write(update(user).where(user.c.email == "admin@there.test").values(password_hash=None))

    def failing(email: str) -> Callable[[], Awaitable[Any]]:
        credentials = {"email": email, "password": "Wrong-horse-1!"}
        return lambda: world.client()(documents.LOGIN, input=credentials)

    attempts = {
        "somebody": failing("member@here.test"),
        "nobody": failing("nobody@here.test"),
        "inactive": failing("admin@here.test"),
        "without a password": failing("admin@there.test"),
    }
    found = await medians(world, attempts)
    assert close(found), found


async def test_asking_for_a_letter_takes_as_long_for_somebody_as_for_nobody(world: World, app: FastAPI) -> None:
    def asking(email: str) -> Callable[[], Awaitable[Any]]:
        async def ask() -> None:
            await world.client()(documents.REQUEST_RESET, input={"email": email})

        return ask

    async def settled(ask: Callable[[], Awaitable[Any]]) -> float:
        began = time.perf_counter()
        await ask()
        taken = time.perf_counter() - began
        await app.state.background.drain()
        return taken

    taken: dict[str, list[float]] = {"member@here.test": [], "nobody@here.test": []}
    for _ in range(ROUNDS):
        await world.write(delete(table_of(Throttle)))
        for email, times in taken.items():
            times.append(await settled(asking(email)))
    found = {email: statistics.median(times) for email, times in taken.items()}
    assert close(found), found


async def _hash_of(password: str) -> str:
    from services.passwords import Passwords

    return await Passwords(9).hash(password)
