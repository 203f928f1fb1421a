// The same five steps with each client: a query, a mutation, an error, a subscription and a persisted document.
export const [url, token, name] = process.argv.slice(2);
export const headers = { Authorization: `Bearer ${token}`, "X-Tenant": "demo" };
export const REGISTERED_ID = "query-me"; // the test registers ME with this id

export const ME = "query Me { viewer { email } }";
const NEWEST = "query Newest { changes(first: 1) { newestCursor } }";
const MANY = "query Many { tasks(first: 101) { nodes { id } } }";
const CREATE = `mutation Create($title: String!) {
  createTask(input: { title: $title }) { task { id title } userErrors { code } }
}`;
const FOLLOW = `subscription Follow($after: String) {
  changes(after: $after, types: [TASK]) { cursor action object { ... on Task { id title } } }
}`;

export const codesOf = (errors) => errors.map((error) => error.extensions.code);

// `execute` returns { data } or { codes }, `first` the data of the first event, `persisted` the data of ME.
export async function runSteps({ execute, first, persisted }) {
  const { data: me } = await execute(ME);
  const { data: newest } = await execute(NEWEST);
  const { data: created } = await execute(CREATE, { title: `By ${name}` });
  const { codes } = await execute(MANY);
  const { changes } = await first(FOLLOW, { after: newest.changes.newestCursor });
  const again = await persisted();
  console.log(
    JSON.stringify({
      query: me.viewer.email,
      mutation: created.createTask.task.title,
      error: codes,
      subscription: [changes.action, changes.object.title],
      persisted: again.viewer.email,
    }),
  );
  process.exit(0);
}

// Counts the requests whose body contains no document.
export const bodies = [];
export async function recordingFetch(input, init) {
  bodies.push(String(init?.body ?? input));
  return fetch(input, init);
}
export function requireSentByHash() {
  const last = bodies.at(-1);
  if (!last.includes("sha256Hash") || last.includes("viewer")) throw new Error(`sent with its text: ${last}`);
}
