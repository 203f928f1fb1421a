/** Reads and writes tasks. */

import { type ApolloClient, type ObservableQuery, type TypedDocumentNode, gql } from "@apollo/client";

import { saveMerged, type Saved } from "../../common/merge.js";
import * as tasks from "../../common/tasks.js";
import type { Task, TaskInput, TasksData, TasksVariables } from "../../common/tasks.js";

const TASKS: TypedDocumentNode<TasksData, TasksVariables> = gql(tasks.TASKS);
const CREATE_TASK: TypedDocumentNode<tasks.CreateTaskData, tasks.CreateTaskVariables> = gql(tasks.CREATE_TASK);
const UPDATE_TASK: TypedDocumentNode<tasks.UpdateTaskData, tasks.UpdateTaskVariables> = gql(tasks.UPDATE_TASK);

export type TasksQuery = ObservableQuery<TasksData, TasksVariables>;

export function watchTasks(client: ApolloClient, where: object = {}): TasksQuery {
  return client.watchQuery({ query: TASKS, variables: { first: 2, where } });
}

/** Append the next page to the result of a watched query. */
export async function loadMoreTasks(query: TasksQuery, endCursor: string | null): Promise<void> {
  await query.fetchMore({ variables: { after: endCursor } });
}

export async function createTask(client: ApolloClient, input: TaskInput): Promise<Saved<Task>> {
  const { data } = await client.mutate({
    mutation: CREATE_TASK,
    variables: { input },
    // Where a new object belongs depends on filter and order, so the lists are loaded again.
    update: (cache) => cache.evict({ fieldName: "tasks" }),
  });
  const { task, userErrors } = data!.createTask;
  return { object: task, userErrors };
}

export async function updateTask(
  client: ApolloClient,
  id: string,
  input: TaskInput,
  expectedVersion: number,
): Promise<Saved<Task>> {
  const { data } = await client.mutate({ mutation: UPDATE_TASK, variables: { id, input, expectedVersion } });
  const { task, userErrors } = data!.updateTask;
  return { object: task, userErrors };
}

/** Save the changes of a form; `choose` asks the user about the fields that both have changed. */
export function saveTask(
  client: ApolloClient,
  base: Task,
  changes: TaskInput,
  choose: (fields: (keyof Task)[], theirs: Task) => Promise<(keyof Task)[]>,
): Promise<Saved<Task>> {
  return saveMerged(base, changes, (rest, version) => updateTask(client, base.id, rest, version), choose);
}
