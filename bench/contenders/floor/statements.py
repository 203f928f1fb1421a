"""The statements of the floor: one per level, with hand-written code that joins the rows."""

import datetime
from collections import defaultdict
from typing import Any

from models.ids import new_id

_ALL = (
    'id, title, description, status, priority, due_date AS "dueDate", created_at AS "createdAt",'
    ' updated_at AS "updatedAt", version'
)
_PROJECTS = "SELECT id, name, description, version FROM project WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2"
_PROJECT_NAMES = "SELECT id, name FROM project WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2"
_TASKS = """
    SELECT task.* FROM unnest($2::uuid[]) parent CROSS JOIN LATERAL (
        SELECT project_id, id, title, status, priority, assignee_id FROM task
        WHERE tenant_id = $1 AND project_id = parent ORDER BY id DESC LIMIT $3
    ) task
"""
_TITLES = """
    SELECT task.* FROM unnest($2::uuid[]) parent CROSS JOIN LATERAL (
        SELECT project_id, id, title FROM task
        WHERE tenant_id = $1 AND project_id = parent ORDER BY id DESC LIMIT $3
    ) task
"""
_WORKERS = "SELECT id, name, email, version FROM worker WHERE tenant_id = $1 AND id = ANY($2::uuid[])"
_WORKERS_OF = """
    SELECT worker.* FROM unnest($2::uuid[]) parent CROSS JOIN LATERAL (
        SELECT task_id, id, name, team_id FROM task_worker JOIN worker USING (tenant_id)
        WHERE tenant_id = $1 AND task_id = parent AND id = worker_id ORDER BY id DESC LIMIT $3
    ) worker
"""
_TEAMS = "SELECT id, name FROM team WHERE tenant_id = $1 AND id = ANY($2::uuid[])"
_LIST = f"SELECT {_ALL} FROM task WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2"  # noqa: S608
_ONE = f"SELECT {_ALL} FROM task WHERE tenant_id = $1 AND id = $2"  # noqa: S608
_CREATE = f"""
    INSERT INTO task (tenant_id, id, title, description, status, priority, due_date, project_id, assignee_id,
        created_at, updated_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 1) RETURNING {_ALL}
"""  # noqa: S608
_PAGE = "SELECT id, title, status, priority FROM task WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3"
_COUNTS = """
    SELECT status, count(*) FROM task WHERE tenant_id = $1 GROUP BY status
    ORDER BY array_position(ARRAY['TODO', 'IN_PROGRESS', 'DONE'], status)
"""
_SEARCH = """
    SELECT id, title FROM document WHERE tenant_id = $1 AND deleted_at IS NULL AND id IN (
        SELECT object_id FROM search_entry
        WHERE vector @@ (
            quote_literal(search_scope($1, 'document', 'ENGLISH'))::tsquery
            && plainto_tsquery('pg_catalog.english', $2)
        )
    ) ORDER BY id DESC LIMIT $3
"""
_BULK = """
    INSERT INTO task (tenant_id, id, title, description, status, priority, due_date, project_id, assignee_id,
        created_at, updated_at, version)
    SELECT $1, id, title, description, status, priority, due_date, project_id, assignee_id, $2, $2, 1
    FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[], $9::uuid[], $10::uuid[])
        AS new (id, title, description, status, priority, due_date, project_id, assignee_id)
    RETURNING title, version
"""

Rows = list[dict[str, Any]]


async def get_tree(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    projects = _dicts(await connection.fetch(_PROJECTS, tenant, body["projects"]))
    tasks = _dicts(await connection.fetch(_TASKS, tenant, _ids(projects), body["tasks"]))
    assignees = list({task["assignee_id"] for task in tasks})
    workers = {row["id"]: dict(row) for row in await connection.fetch(_WORKERS, tenant, assignees)}
    for task in tasks:
        task["assignee"] = workers.get(task.pop("assignee_id"))
    _attach(projects, "tasks", tasks, "project_id")
    return {"projects": projects}


async def get_deep_tree(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    projects = _dicts(await connection.fetch(_PROJECT_NAMES, tenant, body["projects"]))
    tasks = _dicts(await connection.fetch(_TITLES, tenant, _ids(projects), body["tasks"]))
    workers = _dicts(await connection.fetch(_WORKERS_OF, tenant, _ids(tasks), body["workers"]))
    team_ids = list({worker["team_id"] for worker in workers if worker["team_id"]})
    teams = {row["id"]: dict(row) for row in await connection.fetch(_TEAMS, tenant, team_ids)}
    for worker in workers:
        worker["team"] = teams.get(worker.pop("team_id"))
    _attach(tasks, "workers", workers, "task_id")
    _attach(projects, "tasks", tasks, "project_id")
    return {"projects": projects}


async def list_tasks(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    return {"tasks": _dicts(await connection.fetch(_LIST, tenant, body["tasks"]))}


async def get_task(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    row = await connection.fetchrow(_ONE, tenant, body["id"])
    return {"task": None if row is None else dict(row)}


async def create_task(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    due_date, now = datetime.date.fromisoformat(body["dueDate"]), datetime.datetime.now(datetime.UTC)
    row = await connection.fetchrow(
        _CREATE, tenant, str(new_id()), body["title"], body["description"], body["status"], body["priority"], due_date,
        body["projectId"], body["assigneeId"], now,
    )  # fmt: skip
    return {"createTask": {"task": dict(row)}}


async def get_page(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    return {"tasks": _dicts(await connection.fetch(_PAGE, tenant, body["tasks"], body["offset"]))}


async def count_by_status(connection: Any, tenant: str, _body: dict[str, Any]) -> Any:
    rows = await connection.fetch(_COUNTS, tenant)
    return {"tasks": {"aggregate": {"groups": [{"key": {"status": row[0]}, "count": row[1]} for row in rows]}}}


async def search_documents(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    return {"search": _dicts(await connection.fetch(_SEARCH, tenant, body["query"], body["documents"]))}


async def create_tasks(connection: Any, tenant: str, body: dict[str, Any]) -> Any:
    tasks = body["tasks"]
    names = ("title", "description", "status", "priority", "dueDate", "projectId", "assigneeId")
    columns = [[task[name] for task in tasks] for name in names]
    columns[4] = [datetime.date.fromisoformat(text) for text in columns[4]]
    ids = [str(new_id()) for _ in tasks]
    rows = await connection.fetch(_BULK, tenant, datetime.datetime.now(datetime.UTC), ids, *columns)
    return {"bulkCreateTasks": {"results": _dicts(rows)}}


def _dicts(records: Any) -> Rows:
    return [dict(record) for record in records]


def _ids(rows: Rows) -> list[str]:
    return [row["id"] for row in rows]


def _attach(parents: Rows, name: str, children: Rows, key: str) -> None:
    children_by_key: defaultdict[str, Rows] = defaultdict(list)
    for child in children:
        children_by_key[child.pop(key)].append(child)
    for parent in parents:
        parent[name] = children_by_key[parent["id"]]
