"""Response times do not reveal whether an email is registered. Medians exclude outliers."""

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
from tests.support.app_fixture import AppFixture

ROUNDS = 30
TOLERANCE = 0.35
"""Maximum difference of the medians, relative to the greater one. Without equal hashing it would be 90 %."""


async def measure_medians(
    app_fixture: AppFixture, attempts: dict[str, Callable[[], Awaitable[Any]]]
) -> dict[str, float]:
    """Measure all attempts in turns, so that a slow machine affects all of them; return the median time of each."""
    durations: dict[str, list[float]] = {name: [] for name in attempts}
    for _ in range(ROUNDS):
        await app_fixture.execute_sql(delete(table_of(Throttle)))
        for name, attempt in attempts.items():
            started_at = time.perf_counter()
            await attempt()
            durations[name].append(time.perf_counter() - started_at)
    return {name: statistics.median(samples) for name, samples in durations.items()}


def are_close(median_times: dict[str, float]) -> bool:
    return max(median_times.values()) - min(median_times.values()) <= TOLERANCE * max(median_times.values())


@pytest.fixture
def settings(settings: Any) -> Any:
    """Settings with password hashing that takes most of the time, as in production."""
    return settings.model_copy(update={"bcrypt_rounds": 9})


@pytest.mark.slow
async def test_failed_login_takes_same_time_for_known_and_unknown_email(app_fixture: AppFixture) -> None:
    user = table_of(User)
    hashed = await _hash_of("Some-other-horse-1!")
    await app_fixture.execute_sql(update(user).values(password_hash=hashed))
    await app_fixture.execute_sql(update(user).where(user.c.email == "admin@here.test").values(is_active=False))
    await app_fixture.execute_sql(update(user).where(user.c.email == "admin@there.test").values(password_hash=None))

    def failed_login(email: str) -> Callable[[], Awaitable[Any]]:
        credentials = {"email": email, "password": "Wrong-horse-1!"}
        return lambda: app_fixture.client()(documents.LOGIN, input=credentials)

    attempts = {
        "registered": failed_login("member@here.test"),
        "unknown": failed_login("unknown@here.test"),
        "inactive": failed_login("admin@here.test"),
        "without a password": failed_login("admin@there.test"),
    }
    median_times = await measure_medians(app_fixture, attempts)
    assert are_close(median_times), median_times


async def test_reset_request_takes_same_time_for_known_and_unknown_email(app_fixture: AppFixture, app: FastAPI) -> None:
    def reset_request(email: str) -> Callable[[], Awaitable[Any]]:
        async def send_request() -> None:
            await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": email})

        return send_request

    async def measure(send_request: Callable[[], Awaitable[Any]]) -> float:
        started_at = time.perf_counter()
        await send_request()
        duration = time.perf_counter() - started_at
        await app.state.background.drain()
        return duration

    durations: dict[str, list[float]] = {"member@here.test": [], "unknown@here.test": []}
    for _ in range(ROUNDS):
        await app_fixture.execute_sql(delete(table_of(Throttle)))
        for email, samples in durations.items():
            samples.append(await measure(reset_request(email)))
    median_times = {email: statistics.median(samples) for email, samples in durations.items()}
    assert are_close(median_times), median_times


async def _hash_of(password: str) -> str:
    from services.people.passwords import Passwords

    return await Passwords(9).hash(password)
