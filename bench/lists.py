"""Measures orders, filters and aggregates of a list of 100,000 tasks, and @atomic, beside the plain operation.

    python -m bench.lists [--short]

It starts its own PostgreSQL server. The operations are whole GraphQL requests in this process, one at a time. The
ratios are what counts.
"""

import json
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import uvloop

from bench.in_process_worker import AsgiClient
from server.app import create_app
from server.config.settings import load_settings
from server.database_revision import upgrade_database
from server.seed.bench import PASSWORD, seed_bench
from server.seed.tenant_rows import DatasetSize, owner_email
from services.people.passwords import Passwords
from tests.harness.cluster import Cluster

SIZE = DatasetSize(tenants=2, projects=2_000, workers=2_000, tasks=100_000)
SHORT_SIZE = DatasetSize(tenants=2, projects=20, workers=20, tasks=500)
TENANT = "bench-0"
SERVER_SETTINGS = {"shared_buffers": "512MB", "work_mem": "16MB", "max_wal_size": "1GB", "jit": "off"}
MIN_REPETITIONS = 3
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
NODES = "nodes { id title }"
STATUSES = "aggregate(groupBy: [{field: STATUS}]) { groups { key { status } count } }"
CREATED = 'createTask(input: {title: "Dig"}) { task { id } }'
LISTS = {
    "20 tasks, newest first": f"{{ tasks {{ {NODES} }} }}",
    "sorted by dueDate, with an index": f"{{ tasks(orderBy: [{{field: DUE_DATE}}]) {{ {NODES} }} }}",
    "sorted by priority, without an index": f"{{ tasks(orderBy: [{{field: PRIORITY}}]) {{ {NODES} }} }}",
    "sorted by project's name": f"{{ tasks(orderBy: [{{project: {{field: NAME}}}}]) {{ {NODES} }} }}",
    "sorted by number of workers": f"{{ tasks(orderBy: [{{workers: {{count: DESC}}}}]) {{ {NODES} }} }}",
    "status": f"{{ tasks(where: {{status: {{eq: DONE}}}}) {{ {NODES} }} }}",
    "no project contains the name": f'{{ tasks(where: {{project: {{name: {{contains: "zz"}}}}}}) {{ {NODES} }} }}',
    "no workers": f"{{ tasks(where: {{workers: {{none: {{}}}}}}) {{ {NODES} }} }}",
    "at least 5 workers": f"{{ tasks(where: {{workers: {{count: {{gte: 5}}}}}}) {{ {NODES} }} }}",
    "totalCount": "{ tasks { totalCount } }",
    "aggregate: count": "{ tasks { aggregate { groups { count } } } }",
    "aggregate: by status": f"{{ tasks {{ {STATUSES} }} }}",
    "aggregate: by status, of 20 projects": f"{{ projects {{ nodes {{ name tasks {{ {STATUSES} }} }} }} }}",
}
MUTATIONS = {
    "createTask": f"mutation {{ {CREATED} }}",
    "createTask @atomic": f"mutation @atomic {{ {CREATED} }}",
    "2 x createTask": f"mutation {{ a: {CREATED} b: {CREATED} }}",
    "2 x createTask @atomic": f"mutation @atomic {{ a: {CREATED} b: {CREATED} }}",
}


@dataclass
class Requests:
    """Sends operations as the owner of the tenant."""

    client: AsgiClient
    headers: dict[str, str]

    async def send(self, query: str, **variables: Any) -> Any:
        """Send an operation and return its data."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        response = json.loads(await self.client.post(body, self.headers))
        if "errors" in response:
            raise SystemExit(f"{query} failed: {response['errors']}")
        return response["data"]

    async def measure(self, query: str, seconds: float) -> float:
        """Return the median of the milliseconds of an operation."""
        times: list[float] = []
        await self.send(query)
        end = time.perf_counter() + seconds
        while len(times) < MIN_REPETITIONS or time.perf_counter() < end:
            start = time.perf_counter()
            await self.send(query)
            times.append(time.perf_counter() - start)
        return median(times) * 1000


async def print_times(requests: Requests, operations: dict[str, str], seconds: float) -> None:
    """Print the milliseconds of each operation, and the ratio to the first one."""
    plain = None
    for label, query in operations.items():
        milliseconds = await requests.measure(query, seconds)
        plain = plain or milliseconds
        print(f"{label:<40}{milliseconds:>14,.2f}{milliseconds / plain:>10,.1f} x", flush=True)


async def run(url: str, *, short: bool) -> None:
    """Insert the rows and measure."""
    settings = load_settings(None, environment="test", database_url=url, secret_key="x" * 40)
    app, size, seconds = create_app(settings), SHORT_SIZE if short else SIZE, 0.05 if short else 2.0
    async with app.router.lifespan_context(app):
        await seed_bench(app.state.database, Passwords(4), size)
        requests = Requests(AsgiClient(app), {"x-tenant": TENANT})
        credentials = {"email": owner_email(TENANT), "password": PASSWORD}
        token = (await requests.send(LOGIN, input=credentials))["login"]["accessToken"]
        requests.headers["authorization"] = f"Bearer {token}"
        print(f"{f'{size.tasks:,} tasks in each of 2 tenants':<40}{'milliseconds':>14}{'ratio':>12}")
        for operations in (LISTS, MUTATIONS):
            await print_times(requests, operations, seconds)


def main() -> None:
    """Run the benchmark."""
    with Cluster(replicas=0, settings=SERVER_SETTINGS) as cluster:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url = cluster.dsn(database="bench")
        upgrade_database(url)
        uvloop.run(run(url, short="--short" in sys.argv))


if __name__ == "__main__":
    main()
