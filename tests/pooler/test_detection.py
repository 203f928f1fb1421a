"""What the commands say about a pooler that the URL does not mention, and the other way round."""

import asyncio

import pytest

from server.cli.startup import warn_of_pooler
from server.database_factory import build_database
from tests.harness.pgbouncer import PgBouncer
from tests.support.command_line import command_runner
from tests.support.settings import build_settings

pytestmark = [pytest.mark.slow, pytest.mark.only("postgresql")]

REMEDY = "add pgbouncer=true to DATABASE_URL"


@pytest.fixture(scope="module")
def tolerant_bouncer(bouncer: PgBouncer) -> PgBouncer:
    """The PgBouncer, configured to ignore the settings that the server sends when it connects."""
    bouncer.configure("ignore_startup_parameters = statement_timeout, idle_in_transaction_session_timeout")
    return bouncer


def test_pooler_of_the_url_is_reported(pooler_url: str, database_url: str) -> None:
    result = command_runner(f"{pooler_url}?pgbouncer=true")("doctor")
    assert result.exit_code == 0, result.output
    assert "✓ pooler: a connection pooler answers, and DATABASE_URL has pgbouncer=true" in result.output
    assert (
        "! pooler: DATABASE_URL has pgbouncer=true, but no pooler answers"
        in command_runner(f"{database_url}?pgbouncer=true")("doctor").output
    )
    assert "pooler:" not in command_runner(database_url)("doctor").output


def test_rejected_settings_name_the_parameter(pooler_url: str) -> None:
    result = command_runner(pooler_url)("doctor")
    assert result.exit_code == 1
    assert "unsupported startup parameter" in result.output
    assert REMEDY in result.output


async def test_pooler_that_ignores_the_settings_is_a_warning(
    tolerant_bouncer: PgBouncer, pooler_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    result = await asyncio.to_thread(command_runner(pooler_url), "doctor")
    assert "! pooler: a connection pooler answers" in result.output
    assert REMEDY in result.output
    settings = build_settings(pooler_url)
    database = build_database(settings)
    async with database.read_engine.connect() as connection:
        await warn_of_pooler(connection, settings)
    await database.close()
    assert f"A connection pooler answers. Unless it is in session mode, {REMEDY}" in caplog.text
