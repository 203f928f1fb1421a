// Sends operations at once through Apollo's BatchHttpLink, and prints their results and the number of requests.
import { ApolloClient, gql, InMemoryCache } from "@apollo/client/core";
import { BatchHttpLink } from "@apollo/client/link/batch-http";

const [uri, token] = process.argv.slice(2);
const statuses = [];

async function countingFetch(...parameters) {
  const response = await fetch(...parameters);
  statuses.push(response.status);
  return response;
}

function createClient(batchMax) {
  const headers = { Authorization: `Bearer ${token}`, "X-Tenant": "demo" };
  const link = new BatchHttpLink({ uri, headers, batchMax, batchInterval: 20, fetch: countingFetch });
  return new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: "no-cache" } } });
}

const client = createClient(10);
const CREATE = gql`
  mutation Create($title: String!) {
    createTask(input: { title: $title }) { task { title } userErrors { code } }
  }
`;

function outcomes(promises) {
  return Promise.all(
    promises.map((promise) =>
      promise.then(({ data }) => data, (error) => error.errors?.map((each) => each.extensions.code) ?? String(error)),
    ),
  );
}

const mixed = await outcomes([
  client.query({ query: gql`query Me { viewer { email } }` }),
  client.mutate({ mutation: CREATE, variables: { title: "In a batch" } }),
  client.query({ query: gql`query Unknown { unknown }` }),
  client.query({ query: gql`query Newest { tasks(first: 1) { nodes { title } } }` }),
]);
const mixedRequests = statuses.splice(0);

// each costs a little more than a tenth of the limit
const EXPENSIVE = gql`
  query Expensive($first: Int!) {
    tasks(first: 100) { nodes { project { tasks(first: $first) { nodes { project { id } assignee { id } } } } } }
  }
`;
const total = await outcomes(
  Array.from({ length: 10 }, (_, number) => client.query({ query: EXPENSIVE, variables: { first: 100 - number } })),
);
const totalRequests = statuses.splice(0);

const many = await outcomes(
  Array.from({ length: 25 }, (_, number) =>
    client.query({ query: gql`query Page($first: Int!) { teams(first: $first) { nodes { name } } }`, variables: { first: number + 1 } }),
  ),
);
console.log(
  JSON.stringify({
    mixed,
    mixedRequests,
    total,
    totalRequests,
    many: many.filter((data) => data.teams.nodes.length > 0).length,
    manyRequests: statuses.splice(0),
  }),
);
process.exit(0);
