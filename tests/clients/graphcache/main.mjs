// Runs operations through urql's normalized cache, and prints its warnings and what it has cached.
import { readFileSync } from "node:fs";
import { Client, fetchExchange, gql } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { minifyIntrospectionQuery } from "@urql/introspection";
import { buildSchema, introspectionFromSchema, isObjectType } from "graphql";

const [url, token, ...options] = process.argv.slice(2);
const graphqlSchema = buildSchema(readFileSync("schema.graphql", "utf8"));
const schema = minifyIntrospectionQuery(introspectionFromSchema(graphqlSchema));

// Types without an `id` are stored inside of the object that contains them.
const objectTypes = Object.values(graphqlSchema.getTypeMap()).filter((type) => isObjectType(type));
const withoutId = objectTypes.filter((type) => !type.name.startsWith("__") && !("id" in type.getFields()));
const keys = Object.fromEntries(withoutId.map((type) => [type.name, () => null]));

const warnings = [];
function record(severity, message) {
  if (severity !== "debug") warnings.push(message); // cache misses are logged as "debug"
}

const cache = cacheExchange({
  schema,
  ...(options.includes("--without-keys") ? {} : { keys }),
  logger: record,
  resolvers: {
    Query: { tasks: relayPagination(), task: (_parent, { id }) => (id ? { __typename: "Task", id } : undefined) },
    Project: { tasks: relayPagination() },
  },
  updates: {
    Mutation: {
      deleteTask: ({ deleteTask }, _variables, store) => {
        if (deleteTask.deletedId) store.invalidate({ __typename: "Task", id: deleteTask.deletedId });
      },
    },
  },
  optimistic: {
    updateTask: ({ id, input }) => ({
      __typename: "UpdateTaskPayload",
      userErrors: [],
      task: { __typename: "Task", id, title: input.title },
    }),
  },
});

const client = new Client({
  url,
  exchanges: [cache, fetchExchange],
  preferGetMethod: false,
  fetchOptions: { headers: { Authorization: `Bearer ${token}`, "X-Tenant": "demo" } },
});

async function run(document, variables = {}, context = {}) {
  const isMutation = document.definitions[0].operation === "mutation";
  const result = await client[isMutation ? "mutation" : "query"](document, variables, context).toPromise();
  if (result.error) throw result.error;
  return result.data;
}

const row = gql`
  fragment Row on Task {
    id
    title
    status
    version
    assignee { id name team { id name } }
    workers(first: 3) { totalCount nodes { id name } pageInfo { hasNextPage } }
  }
`;
const tasks = gql`
  query Tasks($first: Int, $after: String) {
    tasks(first: $first, after: $after, orderBy: [{ field: DUE_DATE }]) {
      totalCount
      edges { cursor node { ...Row } }
      nodes { id title }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
  ${row}
`;
const overview = gql`
  query Overview($query: String!) {
    viewer { id fullName permissions memberships { nodes { id role tenant { id name slug } } } }
    projects(first: 2) {
      nodes { id name taskCounts { status count } tasks(first: 2) { edges { node { id title } } pageInfo { endCursor } } }
      aggregate(groupBy: [{ field: CREATED_AT, unit: MONTH }]) {
        hasMore
        groups { count key { createdAt } countDistinct { name } min { name } max { name } }
      }
    }
    orders(first: 2) {
      nodes { id number items { nodes { id quantity product { id name price } } } }
      aggregate { groups { count sum { total } avg { total } } }
    }
    orderTotals { status count total }
    search(query: $query) { edges { cursor highlights { field html } node { __typename ... on Document { id title } ... on Article { id title } } } }
    changes(first: 3) { newestCursor pageInfo { endCursor } nodes { cursor action changedFields object { __typename id } } }
    accounts(first: 2) { nodes { id name balance entries(first: 1) { nodes { id amount transfer { id kind } } } } }
  }
`;
const createTask = gql`
  mutation Create($input: CreateTaskInput!) {
    createTask(input: $input) { task { ...Row } userErrors { code field message params { max actual } } }
  }
  ${row}
`;
const updateTask = gql`
  mutation Update($id: ID!, $input: UpdateTaskInput!) {
    updateTask(id: $id, input: $input) { task { id title } userErrors { code } }
  }
`;
const bulkUpdate = gql`
  mutation Bulk($updates: [BulkUpdateTaskInput!]) {
    bulkUpdateTasks(updates: $updates) {
      results { index task { id title } userErrors { code } }
      succeeded
      failed
      userErrors { code }
    }
  }
`;
const deleteTask = gql`
  mutation Delete($id: ID!) {
    deleteTask(id: $id) { deletedId userErrors { code } }
  }
`;
const oneTask = gql`
  query One($id: ID!) { task(id: $id) { id title } }
`;

await run(overview, { query: "seedlings" });
const first = await run(tasks, { first: 2 });
const both = await run(tasks, { first: 2, after: first.tasks.pageInfo.endCursor });
const rejected = await run(createTask, { input: { title: "" } });
const created = await run(createTask, { input: { title: "Graphcache" } });
const { id } = created.createTask.task;
await run(updateTask, { id, input: { title: "Graphcache, updated" } });
const cached = await run(oneTask, { id }, { requestPolicy: "cache-only" });
await run(bulkUpdate, { updates: [{ id, input: { title: "Graphcache, in bulk" } }] });
const cachedAgain = await run(oneTask, { id }, { requestPolicy: "cache-only" });
await run(deleteTask, { id });

console.log(
  JSON.stringify({
    pages: [first.tasks.edges.length, both.tasks.edges.length],
    code: rejected.createTask.userErrors[0].code,
    titles: [cached.task.title, cachedAgain.task.title],
    warnings,
  }),
);
