// PostGraphile 5 on the same tables. With BENCH_TENANT_SETTINGS it sets tenant and user in PostgreSQL for each request, as
// row-level security requires; without, it connects as a role that bypasses row-level security.

import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";

const { BENCH_DATABASE_URL, BENCH_PORT, BENCH_POOL, BENCH_TENANT_SETTINGS } = process.env;

const pgSettings = (context) => {
  const headers = context.node?.req.headers ?? {};
  return { "app.tenant_id": headers["x-tenant-id"] ?? "", "app.user_id": headers["x-user-id"] ?? "" };
};

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: BENCH_DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: Number(BENCH_POOL), min: Number(BENCH_POOL) },
      ...(BENCH_TENANT_SETTINGS ? { pgSettings } : {}),
    }),
  ],
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, graphqlPath: "/graphql" },
};

const instance = postgraphile(preset);
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(Number(BENCH_PORT), "127.0.0.1");
