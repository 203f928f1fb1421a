import { graphql } from "relay-runtime";

export const newest = graphql`
  query ChangesNewestQuery {
    changes(first: 1) {
      newestCursor
    }
  }
`;

export const follow = graphql`
  subscription ChangesSubscription($after: String) {
    changes(after: $after, types: [TASK]) {
      cursor
      action
      object {
        ... on Task {
          title
        }
      }
    }
  }
`;

export const viewer = graphql`
  query ChangesViewerQuery {
    viewer {
      email
    }
  }
`;
