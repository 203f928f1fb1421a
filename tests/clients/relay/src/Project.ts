import { graphql } from "relay-runtime";

export const projectTasks = graphql`
  fragment Project_tasks on Project
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "ProjectTasksPaginationQuery") {
    tasks(last: $count, before: $cursor) @connection(key: "Project_tasks") {
      edges {
        node {
          ...TaskList_row
        }
      }
    }
  }
`;

export const projectQuery = graphql`
  query ProjectQuery($id: ID!) {
    node(id: $id) {
      __typename
      ... on Project {
        name
        taskCounts {
          status
          count
        }
        ...Project_tasks @alias(as: "tasks")
      }
    }
  }
`;

export const projectByNameQuery = graphql`
  query ProjectByNameQuery($name: String!) {
    project(by: { name: $name }) {
      ...Project_tasks
    }
  }
`;
