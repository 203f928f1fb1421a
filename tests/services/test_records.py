"""Operations on rows that services share."""

from models import Task, Worker
from services.core import records
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import AppFixture


async def test_count_covers_matching_rows_of_the_tenant(app_fixture: AppFixture) -> None:
    worker = await app_fixture.tenant.create(Worker)
    for assignee_id in (worker.id, worker.id, None):
        await app_fixture.tenant.create(Task, assignee_id=assignee_id)
    await app_fixture.other_tenant.create(Task)

    async def count_tasks(work: UnitOfWork) -> list[int]:
        assigned = await records.count(work, Task, assignee_id=worker.id)
        return [await records.count(work, Task), assigned, await records.count(work, Task, title="Other")]

    assert await app_fixture.tenant.run_use_case(count_tasks) == [3, 2, 0]
