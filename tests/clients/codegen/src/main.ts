// A front end's use of the generated types with Apollo Client: what it may rely on is checked by the compiler.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";

import { getFragmentData, graphql } from "./gql/index.js";
import type { CreateTaskInput, TaskWhere, UserErrorCode } from "./gql/graphql.js";
import type { TasksQuery } from "./operations.js";
import type { Task } from "./all-types.js";

export const TaskRow = graphql(`
  fragment TaskRow on Task {
    id
    title
    status
    dueDate
    version
    assignee {
      id
      name
    }
  }
`);

const Tasks = graphql(`
  query Tasks($where: TaskWhere, $first: Int = 20, $after: String) {
    tasks(where: $where, first: $first, after: $after, orderBy: [{ field: DUE_DATE }, { project: { field: NAME } }]) {
      totalCount
      edges {
        cursor
        node {
          ...TaskRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      aggregate(groupBy: [{ field: STATUS }]) {
        groups {
          count
          key {
            status
          }
        }
      }
    }
  }
`);

const CreateTask = graphql(`
  mutation CreateTask($input: CreateTaskInput!) {
    createTask(input: $input) {
      task {
        ...TaskRow
      }
      userErrors {
        code
        field
        message
        params {
          max
        }
      }
    }
  }
`);

const Found = graphql(`
  query Found($query: String!, $id: ID!) {
    search(query: $query) {
      nodes {
        __typename
        ... on Document {
          id
          title
        }
        ... on Article {
          id
          status
        }
      }
    }
    node(id: $id) {
      id
      ... on Product {
        price
        stock
      }
    }
  }
`);

const client = new ApolloClient({
  cache: new InMemoryCache({ possibleTypes: { SearchResult: ["Document", "Article"] } }),
  link: new HttpLink({ uri: "http://localhost:8000/graphql" }),
});

export async function openTasks(after?: string): Promise<string[]> {
  const where: TaskWhere = { status: { ne: "DONE" }, or: [{ dueDate: { isNull: true } }, { priority: { eq: "HIGH" } }] };
  const variables = after === undefined ? { where } : { where, after };
  const { data } = await client.query({ query: Tasks, variables });
  const rows = data?.tasks?.edges.map((edge) => getFragmentData(TaskRow, edge.node)) ?? [];
  return rows.map((row) => `${row.title} ${row.dueDate ?? "no date"} ${row.assignee?.name ?? "no one"} v${row.version + 1}`);
}

export async function createTask(title: string): Promise<UserErrorCode[]> {
  const input: CreateTaskInput = { title };
  const { data } = await client.mutate({ mutation: CreateTask, variables: { input } });
  return data?.createTask?.userErrors.map((error) => error.code) ?? [];
}

export async function titles(query: string, id: string): Promise<string[]> {
  const { data } = await client.query({ query: Found, variables: { query, id } });
  const price: string | null = data?.node && "price" in data.node ? data.node.price : null;
  const found = data?.search?.nodes.map((node) => (node.__typename === "Document" ? node.title : node.status)) ?? [];
  return [...found, price ?? "no price"];
}

// @ts-expect-error -- the title is required
export const withoutTitle: CreateTaskInput = {};

// @ts-expect-error -- an unknown status
export const wrongStatus: TaskWhere = { status: { eq: "UNKNOWN" } };

export const nextCursor = (page: TasksQuery): string | null => page.tasks?.pageInfo.endCursor ?? null;
export const isLate = (task: Task, today: string): boolean => (task.dueDate ?? today) < today;
