import { graphql } from "relay-runtime";

export const searchQuery = graphql`
  query SearchQuery($query: String!) {
    search(query: $query, first: 5) {
      edges {
        highlights {
          field
          html
        }
        node {
          __typename
          ... on Document {
            title
            createdAt
          }
          ... on Article {
            title
            status
          }
        }
      }
    }
    changes(first: 3) {
      newestCursor
      nodes {
        action
        changedFields
        object {
          __typename
          ... on Task {
            title
          }
        }
      }
    }
    orders {
      aggregate(groupBy: [{ field: STATUS }]) {
        groups {
          key {
            status
          }
          count
          sum {
            total
          }
        }
      }
    }
  }
`;
