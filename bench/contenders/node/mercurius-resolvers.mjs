// Resolvers for the root fields, and a loader per relation: one statement for all parents of a level.

const ALL = `id, title, description, status, priority, due_date AS "dueDate", created_at AS "createdAt",
  updated_at AS "updatedAt", version, assignee_id`;

const CREATE = `INSERT INTO task (tenant_id, title, description, status, priority, due_date, project_id, assignee_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${ALL}`;

export function makeResolvers(rows) {
  return {
    Query: {
      projects: (_, { first }, { tenant }) =>
        rows("projects", "SELECT id, name, description, version FROM project WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2",
          [tenant, first]),
      tasks: (_, { first }, { tenant }) =>
        rows("tasks", `SELECT ${ALL} FROM task WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2`, [tenant, first]),
      task: async (_, { id }, { tenant }) =>
        (await rows("task", `SELECT ${ALL} FROM task WHERE tenant_id = $1 AND id = $2`, [tenant, id]))[0],
    },
    Mutation: {
      createTask: async (_, { input: task }, { tenant }) =>
        (await rows("create", CREATE, [tenant, task.title, task.description, task.status, task.priority, task.dueDate,
          task.projectId, task.assigneeId]))[0],
    },
  };
}

export function makeLoaders(rows) {
  return {
    Project: {
      tasks: listOf(rows, "tasks_of", `SELECT task.* FROM unnest($2::uuid[]) parent CROSS JOIN LATERAL (
        SELECT project_id AS parent_id, ${ALL} FROM task
        WHERE tenant_id = $1 AND project_id = parent ORDER BY id DESC LIMIT $3) task`),
    },
    Task: {
      assignee: oneOf(rows, "workers", "assignee_id",
        "SELECT id, name, email, version, team_id FROM worker WHERE tenant_id = $1 AND id = ANY($2::uuid[])"),
      workers: listOf(rows, "workers_of", `SELECT worker.* FROM unnest($2::uuid[]) parent CROSS JOIN LATERAL (
        SELECT task_id AS parent_id, id, name, email, version, team_id FROM task_worker JOIN worker USING (tenant_id)
        WHERE tenant_id = $1 AND task_id = parent AND id = worker_id ORDER BY id DESC LIMIT $3) worker`),
    },
    Worker: {
      team: oneOf(rows, "teams", "team_id", "SELECT id, name FROM team WHERE tenant_id = $1 AND id = ANY($2::uuid[])"),
    },
  };
}

function oneOf(rows, name, key, text) {
  return async (queries, { tenant }) => {
    const keys = [...new Set(queries.map(({ obj }) => obj[key]).filter(Boolean))];
    const rowsById = new Map((await rows(name, text, [tenant, keys])).map((row) => [row.id, row]));
    return queries.map(({ obj }) => rowsById.get(obj[key]) ?? null);
  };
}

// All uses of a relation in an operation have the same page size, as in the operations of the benchmark.
function listOf(rows, name, text) {
  return async (queries, { tenant }) => {
    const rowsByParent = new Map(queries.map(({ obj }) => [obj.id, []]));
    for (const row of await rows(name, text, [tenant, [...rowsByParent.keys()], queries[0].params.first])) {
      rowsByParent.get(row.parent_id).push(row);
    }
    return queries.map(({ obj }) => rowsByParent.get(obj.id));
  };
}
