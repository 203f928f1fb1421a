"""`allotment doctor` on webhooks and scheduled work."""

import asyncio
from datetime import timedelta
from functools import partial

from sqlalchemy import select, update

from models import RecoveryCode, SecondFactor, SignInEvent, Webhook, WorkLease
from models.base import utc_now
from models.relations import table_of
from services.people.tokens import key_id
from tests.support.command_line import CommandRunner
from tests.support.sample_data import SampleData
from tests.support.settings import PRODUCTION_SECRET_KEY, SECRET_KEY


async def test_secrets_of_another_key_are_counted(sample_data: SampleData, allotment: CommandRunner) -> None:
    result = await asyncio.to_thread(allotment, "doctor", SECRET_KEY=SECRET_KEY)
    assert "✓ webhooks: the secrets of all 3 webhooks can be read" in result.output
    table = table_of(Webhook)
    (first, *_) = sample_data.rows["webhook"]
    changed = update(table).where(table.c.id == first.id).values(secret="1:AAAA").returning(table.c.id)
    await sample_data.tenant.run_use_case(lambda work: work.rows(changed))
    result = await asyncio.to_thread(allotment, "doctor", SECRET_KEY=SECRET_KEY)
    assert result.exit_code == 0
    assert "! webhooks: the secrets of 1 of 3 webhooks are encrypted with another SECRET_KEY" in result.output


async def test_secrets_of_a_fallback_are_counted(sample_data: SampleData, allotment: CommandRunner) -> None:
    rotated = {"SECRET_KEY": PRODUCTION_SECRET_KEY, "SECRET_KEY_FALLBACKS": f'["{SECRET_KEY}"]'}
    result = await asyncio.to_thread(partial(allotment, "doctor", **rotated))
    assert "! webhooks: the secrets of 3 of 3 webhooks are encrypted with a fallback key" in result.output
    keys = f"signs with the key {key_id(PRODUCTION_SECRET_KEY)}; tokens of the fallback keys {key_id(SECRET_KEY)} are"
    assert keys in result.output


async def test_work_that_is_overdue_is_a_warning(sample_data: SampleData, allotment: CommandRunner) -> None:
    assert "✓ background work: nothing is overdue" in (await asyncio.to_thread(allotment, "doctor")).output
    late = update(table_of(WorkLease)).values(due_at=utc_now() - timedelta(minutes=11))
    await sample_data.tenant.app_fixture.execute_sql(late)
    assert "! background work: 3 pieces of work" in (await asyncio.to_thread(allotment, "doctor")).output


async def test_second_factors_that_cannot_be_read_are_counted(
    sample_data: SampleData, allotment: CommandRunner
) -> None:
    keys = {"SECRET_KEY": PRODUCTION_SECRET_KEY, "SECRET_KEY_FALLBACKS": f'["{SECRET_KEY}"]'}
    for settings, expected in (
        ({"SECRET_KEY": SECRET_KEY}, "✓ second factors: those of all 1 users can be read"),
        (keys, "! second factors: those of 1 of 1 users are encrypted with a fallback key"),
        ({"SECRET_KEY": PRODUCTION_SECRET_KEY}, "! second factors: those of 1 of 1 users are encrypted with another"),
    ):
        assert expected in (await asyncio.to_thread(partial(allotment, "doctor", **settings))).output


async def test_operator_disables_a_second_factor_that_is_lost(
    sample_data: SampleData, allotment: CommandRunner
) -> None:
    for code, expected in ((0, "Disabled the second factor of"), (1, "There is no user")):
        result = await asyncio.to_thread(allotment, "disable-two-factor", "Member@here.test")
        assert (result.exit_code, expected in result.output) == (code, True)
    fetch = sample_data.tenant.app_fixture.fetch_rows
    assert [await fetch(select(table_of(model))) for model in (SecondFactor, RecoveryCode)] == [[], []]
    kinds = [row.kind for row in await fetch(select(table_of(SignInEvent).c.kind))]
    assert kinds.count("SECOND_FACTOR_DISABLED") == 1
