// Mercurius with JIT and loaders on the same tables, without authentication.

import Fastify from "fastify";
import mercurius from "mercurius";
import { makeLoaders, makeResolvers } from "./mercurius-resolvers.mjs";
import { makePool } from "./pool.mjs";

const schema = `
  type Team { id: ID!, name: String! }
  type Worker { id: ID!, name: String!, email: String, version: Int!, team: Team }
  enum TaskStatus { TODO IN_PROGRESS DONE }
  enum TaskPriority { LOW MEDIUM HIGH }
  type Task {
    id: ID!, title: String!, description: String!, status: TaskStatus!, priority: TaskPriority!, dueDate: String,
    createdAt: String!, updatedAt: String!, version: Int!, assignee: Worker, workers(first: Int = 20): [Worker!]!
  }
  type Project { id: ID!, name: String!, description: String!, version: Int!, tasks(first: Int = 20): [Task!]! }
  input CreateTaskInput {
    title: String!, description: String = "", status: TaskStatus = TODO, priority: TaskPriority = MEDIUM,
    dueDate: String, projectId: ID, assigneeId: ID
  }
  type Query { projects(first: Int = 20): [Project!]!, tasks(first: Int = 20): [Task!]!, task(id: ID!): Task }
  type Mutation { createTask(input: CreateTaskInput!): Task! }
`;

const pool = makePool(process.env.BENCH_DATABASE_URL, Number(process.env.BENCH_POOL));
const app = Fastify({ logger: false });
app.register(mercurius, {
  schema,
  resolvers: makeResolvers(pool),
  loaders: makeLoaders(pool),
  jit: 1,
  context: (request) => ({ tenant: request.headers["x-tenant-id"] }),
});
await app.listen({ port: Number(process.env.BENCH_PORT), host: "127.0.0.1" });
