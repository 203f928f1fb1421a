"""PostGraphile 5, which generates its schema from the tables."""

from collections.abc import Mapping
from typing import Any

from bench.contenders.node.runtime import NodeContender
from bench.database import BenchDatabase
from bench.targets import TargetTenant
from bench.workloads import NEW_TASK, Shape, Workload

_ALL = "id: rowId title description status priority dueDate createdAt updatedAt version"
_NEWEST = "orderBy: PRIMARY_KEY_DESC"
_IN_TENANT = f"condition: {{ tenantId: $tenant }}, {_NEWEST}"


class PostGraphile(NodeContender):
    """PostGraphile with a role that bypasses row-level security; the operations filter by tenant."""

    name = "postgraphile"
    description = "PostGraphile 5 on Node; no auth"
    script = "postgraphile.mjs"
    documents = {  # noqa: RUF012  (constant)
        Shape.TREE: f"""query Tree($tenant: UUID!, $projects: Int!, $tasks: Int!) {{
            projects: allProjects(first: $projects, {_IN_TENANT}) {{ nodes {{ id: rowId name description version
                tasks: tasksByTenantIdAndProjectId(first: $tasks, {_NEWEST}) {{ nodes {{ id: rowId title status priority
                    assignee: workerByTenantIdAndAssigneeId {{ id: rowId name email version }}
                }} }}
            }} }}
        }}""",
        Shape.LIST: f"""query List($tenant: UUID!, $tasks: Int!) {{
            tasks: allTasks(first: $tasks, {_IN_TENANT}) {{ nodes {{ {_ALL} }} }}
        }}""",
        Shape.ONE: f"""query One($tenant: UUID!, $id: UUID!) {{
            task: taskByTenantIdAndRowId(tenantId: $tenant, rowId: $id) {{ {_ALL} }}
        }}""",
        Shape.DEEP: f"""query Deep($tenant: UUID!, $projects: Int!, $tasks: Int!, $workers: Int!) {{
            projects: allProjects(first: $projects, {_IN_TENANT}) {{ nodes {{ id: rowId name
                tasks: tasksByTenantIdAndProjectId(first: $tasks, {_NEWEST}) {{ nodes {{ id: rowId title
                    workers: taskWorkersByTenantIdAndTaskId(first: $workers, {_NEWEST}) {{ nodes {{
                        worker: workerByTenantIdAndWorkerId {{ id: rowId name
                            team: teamByTenantIdAndTeamId {{ id: rowId name }}
                        }}
                    }} }}
                }} }}
            }} }}
        }}""",
        Shape.TYPENAME: "{ __typename }",
        Shape.CREATE: f"""mutation Create($input: CreateTaskInput!) {{
            createTask(input: $input) {{ task {{ {_ALL} }} }}
        }}""",
    }

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        return self.base_environment(database.superuser_url, port)

    def variables(self, workload: Workload, target: TargetTenant) -> dict[str, Any]:
        if workload.shape in (Shape.CREATE, Shape.TYPENAME):
            return super().variables(workload, target)
        return {"tenant": str(target.tenant_id), **super().variables(workload, target)}

    def new_task(self, target: TargetTenant) -> dict[str, Any]:
        ids = {"tenantId": target.tenant_id, "projectId": target.project_id, "assigneeId": target.worker_id}
        return {"task": {**NEW_TASK, **{name: str(id) for name, id in ids.items()}}}


class PostGraphileWithTenant(PostGraphile):
    """PostGraphile with row-level security; pgSettings sets tenant and user in PostgreSQL for each request."""

    name = "postgraphile-tenant"
    description = "PostGraphile 5 on Node, with pgSettings for tenant and user, and row-level security"

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        return {**self.base_environment(database.url, port), "BENCH_TENANT_SETTINGS": "1"}
