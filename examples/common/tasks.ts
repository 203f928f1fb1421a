/** The operations of the example, and their types. In a project of your own, generate the types from schema.graphql. */

import { USER_ERROR_FIELDS, type UserError } from "./userErrors.js";

export interface Task {
  id: string;
  title: string;
  status: "TODO" | "IN_PROGRESS" | "DONE";
  priority: "LOW" | "MEDIUM" | "HIGH";
  version: number;
}

export type TaskInput = Partial<Pick<Task, "title" | "status" | "priority">>;

export interface TasksData {
  tasks: {
    edges: { cursor: string; node: Task }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

export interface TasksVariables {
  first: number;
  after?: string | null;
  where?: object | null;
}

export const TASKS = `query Tasks($first: Int!, $after: String, $where: TaskWhere) {
  tasks(first: $first, after: $after, where: $where) {
    edges { cursor node { id title status priority version } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface TaskPayload {
  task: Task | null;
  userErrors: UserError[];
}

export type CreateTaskData = { createTask: TaskPayload };
export type CreateTaskVariables = { input: TaskInput };

export const CREATE_TASK = `mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) {
    task { id title status priority version }
    userErrors { ${USER_ERROR_FIELDS} }
  }
}`;

export type UpdateTaskData = { updateTask: TaskPayload };
export type UpdateTaskVariables = { id: string; expectedVersion: number; input: TaskInput };

export const UPDATE_TASK = `mutation UpdateTask($id: ID!, $expectedVersion: Int!, $input: UpdateTaskInput!) {
  updateTask(id: $id, expectedVersion: $expectedVersion, input: $input) {
    task { id title status priority version }
    userErrors { ${USER_ERROR_FIELDS} }
  }
}`;
