// Runs the audits of the GraphQL over HTTP specification against an endpoint and prints a line for each.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  console.log(result.status, audit.id, audit.name, result.status === "ok" ? "" : result.reason);
}
