// Pages through tasks, reads one by its id, creates and deletes one, and follows changes, with Relay's store.
import { createClient } from "graphql-sse";
import { commitMutation, ConnectionHandler, Environment, fetchQuery, Network } from "relay-runtime";
import { Observable, RecordSource, requestSubscription, Store } from "relay-runtime";
import type { GraphQLResponse, GraphQLTaggedNode, MutationParameters, OperationType } from "relay-runtime";
import type { RequestParameters, Variables } from "relay-runtime";

import newestQuery from "./__generated__/ChangesNewestQuery.graphql";
import type { ChangesNewestQuery } from "./__generated__/ChangesNewestQuery.graphql";
import followSubscription from "./__generated__/ChangesSubscription.graphql";
import type { ChangesSubscription } from "./__generated__/ChangesSubscription.graphql";
import viewerQuery from "./__generated__/ChangesViewerQuery.graphql";
import type { ChangesViewerQuery } from "./__generated__/ChangesViewerQuery.graphql";

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

const headers = { Authorization: `Bearer ${token}`, "X-Tenant": "demo" };
const codes: string[] = []; // of errors, which Relay does not report if the field is nullable
const BY_ID = { metadata: { byId: true } };

async function send(document: object, variables: Variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...document, variables }),
  });
  const result = await response.json();
  codes.push(...(result.errors ?? []).map((error: { extensions: { code: string } }) => error.extensions.code));
  return result;
}

const live = createClient({ url, headers, retryAttempts: 0 });

function subscribe({ text }: RequestParameters, variables: Variables) {
  return Observable.create<GraphQLResponse>((sink) =>
    live.subscribe(
      { query: text ?? "", variables },
      {
        next: (result) => sink.next(result as GraphQLResponse),
        error: (reason) => sink.error(reason as Error),
        complete: () => sink.complete(),
      },
    ),
  );
}

const environment = new Environment({
  network: Network.create(
    ({ id, text }, variables, { metadata }) => send(metadata?.["byId"] ? { documentId: id } : { query: text }, variables),
    subscribe,
  ),
  store: new Store(new RecordSource()),
});

async function load<T extends OperationType>(
  query: GraphQLTaggedNode,
  variables: T["variables"],
  networkCacheConfig: { metadata?: { [key: string]: unknown } } = {},
) {
  const data = await fetchQuery<T>(environment, query, variables, { networkCacheConfig }).toPromise();
  if (!data) throw new Error("no data");
  return data;
}

function mutate<T extends MutationParameters>(mutation: GraphQLTaggedNode, variables: T["variables"]) {
  return new Promise<T["response"]>((resolve, reject) => {
    commitMutation<T>(environment, { mutation, variables, onCompleted: resolve, onError: reject });
  });
}

function firstChange(after: string | null) {
  return new Promise<ChangesSubscription["response"]["changes"]>((resolve, reject) => {
    const { dispose } = requestSubscription<ChangesSubscription>(environment, {
      subscription: followSubscription,
      variables: { after },
      onNext: (data) => {
        if (data) resolve(data.changes);
        setTimeout(() => dispose());
      },
      onError: reject,
    });
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

  const { changes: newest } = await load<ChangesNewestQuery>(newestQuery, {});

  const connections = [both.connection];
  const created = await mutate<TaskListCreateMutation>(createTask, { input: { title: "Relay" }, connections });
  const afterCreation = storedPage();
  const newId = String(afterCreation.ids[0]);
  const deleted = await mutate<TaskListDeleteMutation>(deleteTask, { id: newId, connections });

  const isRefetched = Boolean(node);
  const userErrors = [...(created.createTask?.userErrors ?? []), ...(deleted.deleteTask?.userErrors ?? [])];
  const pages = [first, both, afterCreation, storedPage()].map((page) => page.ids.length);
  await load<TaskListPaginationQuery>(paginationQuery, { count: 101, where: null });
  const change = await firstChange(newest?.newestCursor ?? null);
  const { viewer: byId } = await load<ChangesViewerQuery>(viewerQuery, {}, BY_ID);
  const printed = { viewer: viewer?.fullName, pages, isRefetched, userErrors, codes, change: change?.action, byId };
  console.log(JSON.stringify(printed));
  process.exit(0);
}

void main();
