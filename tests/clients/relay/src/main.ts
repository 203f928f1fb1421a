// Pages through tasks, reads one by its id, and creates and deletes one, with Relay's store.
import { commitMutation, ConnectionHandler, Environment, fetchQuery, Network } from "relay-runtime";
import { RecordSource, Store } from "relay-runtime";
import type { GraphQLTaggedNode, MutationParameters, OperationType, Variables } from "relay-runtime";

import createTask from "./__generated__/TaskListCreateMutation.graphql";
import type { TaskListCreateMutation } from "./__generated__/TaskListCreateMutation.graphql";
import deleteTask from "./__generated__/TaskListDeleteMutation.graphql";
import type { TaskListDeleteMutation } from "./__generated__/TaskListDeleteMutation.graphql";
import paginationQuery from "./__generated__/TaskListPaginationQuery.graphql";
import type { TaskListPaginationQuery } from "./__generated__/TaskListPaginationQuery.graphql";
import taskListQuery from "./__generated__/TaskListQuery.graphql";
import type { TaskListQuery } from "./__generated__/TaskListQuery.graphql";
import rowQuery from "./__generated__/TaskListRowRefetchQuery.graphql";
import type { TaskListRowRefetchQuery } from "./__generated__/TaskListRowRefetchQuery.graphql";

const [url = "", token = ""] = process.argv.slice(2);

async function send(query: string | null | undefined, variables: Variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}`, "X-Tenant": "demo" },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

const environment = new Environment({
  network: Network.create((request, variables) => send(request.text, variables)),
  store: new Store(new RecordSource()),
});

async function load<T extends OperationType>(query: GraphQLTaggedNode, variables: T["variables"]) {
  const data = await fetchQuery<T>(environment, query, variables).toPromise();
  if (!data) throw new Error("no data");
  return data;
}

function mutate<T extends MutationParameters>(mutation: GraphQLTaggedNode, variables: T["variables"]) {
  return new Promise<T["response"]>((resolve, reject) => {
    commitMutation<T>(environment, { mutation, variables, onCompleted: resolve, onError: reject });
  });
}

type Page = { ids: string[]; cursor: string; connection: string };

function storedPage(): Page {
  let page: Page | undefined;
  environment.commitUpdate((store) => {
    const connection = ConnectionHandler.getConnection(store.getRoot(), "TaskList_tasks", {
      orderBy: [{ field: "DUE_DATE" }],
      where: null,
    });
    if (!connection) throw new Error("no connection in the store");
    page = {
      ids: (connection.getLinkedRecords("edges") ?? []).map((edge) => String(edge.getLinkedRecord("node")?.getDataID())),
      cursor: String(connection.getLinkedRecord("pageInfo")?.getValue("endCursor")),
      connection: connection.getDataID(),
    };
  });
  if (!page) throw new Error("the store was not read");
  return page;
}

async function main() {
  const { viewer } = await load<TaskListQuery>(taskListQuery, { where: null });
  const first = storedPage();
  await load<TaskListPaginationQuery>(paginationQuery, { count: 2, cursor: first.cursor, where: null });
  const both = storedPage();

  const id = String(both.ids[0]);
  const { node } = await load<TaskListRowRefetchQuery>(rowQuery, { id });

  const connections = [both.connection];
  const created = await mutate<TaskListCreateMutation>(createTask, { input: { title: "Relay" }, connections });
  const afterCreation = storedPage();
  const newId = String(afterCreation.ids[0]);
  const deleted = await mutate<TaskListDeleteMutation>(deleteTask, { id: newId, connections });

  const isRefetched = Boolean(node);
  const userErrors = [...(created.createTask?.userErrors ?? []), ...(deleted.deleteTask?.userErrors ?? [])];
  const pages = [first, both, afterCreation, storedPage()].map((page) => page.ids.length);
  console.log(JSON.stringify({ viewer: viewer?.fullName, pages, isRefetched, userErrors }));
}

void main();
