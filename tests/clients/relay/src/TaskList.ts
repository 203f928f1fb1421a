import { graphql } from "relay-runtime";

export const taskRow = graphql`
  fragment TaskList_row on Task @refetchable(queryName: "TaskListRowRefetchQuery") {
    title
    status
    dueDate
    version
    assignee {
      name
    }
    workers(first: 5) {
      edges {
        node {
          name
        }
      }
    }
  }
`;

export const taskList = graphql`
  fragment TaskList_tasks on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 2 }
    cursor: { type: "String" }
    where: { type: "TaskWhere" }
  )
  @refetchable(queryName: "TaskListPaginationQuery") {
    tasks(first: $count, after: $cursor, where: $where, orderBy: [{ field: DUE_DATE }])
      @connection(key: "TaskList_tasks") {
      totalCount
      edges {
        node {
          ...TaskList_row
        }
      }
    }
  }
`;

export const taskListQuery = graphql`
  query TaskListQuery($where: TaskWhere) {
    ...TaskList_tasks @arguments(where: $where)
    viewer {
      fullName
      email
    }
  }
`;

export const createTask = graphql`
  mutation TaskListCreateMutation($input: CreateTaskInput!, $connections: [ID!]!) {
    createTask(input: $input) {
      task @prependNode(connections: $connections, edgeTypeName: "TaskEdge") {
        ...TaskList_row
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`;

export const updateTask = graphql`
  mutation TaskListUpdateMutation($id: ID!, $input: UpdateTaskInput!, $expectedVersion: Int) @raw_response_type {
    updateTask(id: $id, input: $input, expectedVersion: $expectedVersion) {
      task {
        ...TaskList_row
      }
      userErrors {
        code
      }
    }
  }
`;

export const deleteTask = graphql`
  mutation TaskListDeleteMutation($id: ID!, $connections: [ID!]!) {
    deleteTask(id: $id) {
      deletedId @deleteEdge(connections: $connections)
      userErrors {
        code
      }
    }
  }
`;
