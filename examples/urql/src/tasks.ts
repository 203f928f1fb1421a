/** Reads and writes tasks. */

import { type Client, type TypedDocumentNode, gql } from "@urql/core";

import { saveMerged, type Saved } from "../../common/merge.js";
import * as tasks from "../../common/tasks.js";
import type { Task, TaskInput, TasksData } from "../../common/tasks.js";

const TASKS: TypedDocumentNode<TasksData, tasks.TasksVariables> = gql(tasks.TASKS);
const CREATE_TASK: TypedDocumentNode<tasks.CreateTaskData, tasks.CreateTaskVariables> = gql(tasks.CREATE_TASK);
const UPDATE_TASK: TypedDocumentNode<tasks.UpdateTaskData, tasks.UpdateTaskVariables> = gql(tasks.UPDATE_TASK);

/** Load the page after a cursor; the result contains the pages before it, too, from the cache. */
export async function loadTasks(client: Client, after: string | null, where: object = {}): Promise<TasksData["tasks"]> {
  const result = await client.query(TASKS, { first: 2, after, where }).toPromise();
  if (result.error) throw result.error;
  return result.data!.tasks;
}

export async function createTask(client: Client, input: TaskInput): Promise<Saved<Task>> {
  const result = await client.mutation(CREATE_TASK, { input }).toPromise();
  if (result.error) throw result.error;
  const { task, userErrors } = result.data!.createTask;
  return { object: task, userErrors };
}

export async function updateTask(
  client: Client,
  id: string,
  input: TaskInput,
  expectedVersion: number,
): Promise<Saved<Task>> {
  const result = await client.mutation(UPDATE_TASK, { id, input, expectedVersion }).toPromise();
  if (result.error) throw result.error;
  const { task, userErrors } = result.data!.updateTask;
  return { object: task, userErrors };
}

/** Save the changes of a form; `choose` asks the user about the fields that both have changed. */
export function saveTask(
  client: Client,
  base: Task,
  changes: TaskInput,
  choose: (fields: (keyof Task)[], theirs: Task) => Promise<(keyof Task)[]>,
): Promise<Saved<Task>> {
  return saveMerged(base, changes, (rest, version) => updateTask(client, base.id, rest, version), choose);
}
