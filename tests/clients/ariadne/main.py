"""Uses the generated client with a running server. Arguments: the URL of the endpoint and an access token."""

import asyncio
import datetime
import json
import sys
from decimal import Decimal

from generated_client import AllotmentClient
from generated_client.create_product import CreateProductCreateProduct
from generated_client.create_task import CreateTaskCreateTask
from generated_client.enums import Direction, TaskOrderField, TaskPriority, TaskStatus
from generated_client.input_types import (
    CreateProductInput,
    CreateTaskInput,
    DateFilter,
    TaskOrder,
    TaskStatusFilter,
    TaskWhere,
)
from generated_client.list_tasks import ListTasksTasks

DUE_DATE = datetime.date(2031, 5, 1)


async def create_task(client: AllotmentClient, title: str) -> CreateTaskCreateTask:
    """Create a task of high priority, which is due in 2031."""
    result = await client.create_task(CreateTaskInput(title=title, dueDate=DUE_DATE, priority=TaskPriority.HIGH))
    assert result.create_task is not None
    return result.create_task


async def create_product(client: AllotmentClient) -> CreateProductCreateProduct:
    """Create a product with a price, in a dry run."""
    product = CreateProductInput(name="Ariadne's thread", price=Decimal("12.50"), stock=3)
    result = await client.create_product(product)
    assert result.create_product is not None
    return result.create_product


async def list_open_tasks(client: AllotmentClient) -> ListTasksTasks:
    """Return the first page of the tasks that are not done and are due after 2030."""
    where = TaskWhere(status=TaskStatusFilter(ne=TaskStatus.DONE), dueDate=DateFilter(gt=datetime.date(2030, 12, 31)))
    order = [TaskOrder(field=TaskOrderField.DUE_DATE, direction=Direction.DESC)]
    tasks = (await client.list_tasks(where=where, order_by=order, first=1)).tasks
    assert tasks is not None
    return tasks


async def run_operations(url: str, token: str) -> dict[str, object]:
    """Run all operations, and return parts of their results."""
    async with AllotmentClient(url, {"Authorization": f"Bearer {token}", "X-Tenant": "demo"}) as client:
        created, rejected = [await create_task(client, title) for title in ("Ariadne", "")]
        tasks = await list_open_tasks(client)
        assert created.task is not None
        deleted = (await client.delete_task(created.task.id)).delete_task
        product = (await create_product(client)).product
        totals = await client.totals(as_of=datetime.datetime.now(datetime.UTC), account="account_0")
        found = await client.found("seedlings")
    assert product is not None
    assert deleted is not None
    return {
        "titles": [task.title for task in tasks.nodes],
        "due": str(created.task.due_date),
        "status": created.task.status,
        "is_deleted": deleted.deleted_id == created.task.id,
        "codes": [error.code for error in rejected.user_errors],
        "price": str(product.price),
        "active": product.active,
        "totals": len(totals.order_totals or []),
        "found": bool(found.search),
    }


sys.stdout.write(json.dumps(asyncio.run(run_operations(*sys.argv[1:]))))
