"""PostGraphile 5, which makes its schema from the tables."""

from collections.abc import Mapping
from typing import Any

from bench.contenders.node.runtime import OnNode
from bench.ground import Plot
from bench.stage import Stage
from bench.workloads import NEW_TASK, Shape, Workload

_ALL = "id: rowId title description status priority dueDate createdAt updatedAt version"
_NEWEST = "orderBy: PRIMARY_KEY_DESC"
_MINE = f"condition: {{ tenantId: $tenant }}, {_NEWEST}"


class PostGraphile(OnNode):
    """Plain: no settings in PostgreSQL, and a role that passes the policies; the operations name the tenant."""

    name = "postgraphile"
    about = "PostGraphile 5 on Node; no auth"
    script = "postgraphile.mjs"
    documents = {  # noqa: RUF012  (never changed)
        Shape.TREE: f"""query Tree($tenant: UUID!, $projects: Int!, $tasks: Int!) {{
            projects: allProjects(first: $projects, {_MINE}) {{ nodes {{ id: rowId name description version
                tasks: tasksByTenantIdAndProjectId(first: $tasks, {_NEWEST}) {{ nodes {{ id: rowId title status priority
                    assignee: workerByTenantIdAndAssigneeId {{ id: rowId name email version }}
                }} }}
            }} }}
        }}""",
        Shape.LIST: f"""query List($tenant: UUID!, $tasks: Int!) {{
            tasks: allTasks(first: $tasks, {_MINE}) {{ nodes {{ {_ALL} }} }}
        }}""",
        Shape.ONE: f"""query One($tenant: UUID!, $id: UUID!) {{
            task: taskByTenantIdAndRowId(tenantId: $tenant, rowId: $id) {{ {_ALL} }}
        }}""",
        Shape.DEEP: f"""query Deep($tenant: UUID!, $projects: Int!, $tasks: Int!, $workers: Int!) {{
            projects: allProjects(first: $projects, {_MINE}) {{ nodes {{ id: rowId name
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

    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        return self.settings(stage.superuser_url, port)

    def variables(self, workload: Workload, plot: Plot) -> dict[str, Any]:
        if workload.shape in (Shape.CREATE, Shape.TYPENAME):
            return super().variables(workload, plot)
        return {"tenant": str(plot.tenant_id), **super().variables(workload, plot)}

    def new_task(self, plot: Plot) -> dict[str, Any]:
        ids = {"tenantId": plot.tenant_id, "projectId": plot.project_id, "assigneeId": plot.worker_id}
        return {"task": {**NEW_TASK, **{name: str(id) for name, id in ids.items()}}}


class PostGraphileWithTenant(PostGraphile):
    """The same operations behind the policies: pgSettings tells PostgreSQL the tenant and the user in each request."""

    name = "postgraphile-tenant"
    about = "PostGraphile 5 on Node, with pgSettings for tenant and user, behind row-level security"

    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        return {**self.settings(stage.url, port), "BENCH_TENANT_SETTINGS": "1"}
