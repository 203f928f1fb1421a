// The driver's connection pool. Dates and timestamps stay text, because a Date would lose the microseconds.

import pg from "pg";

const { builtins } = pg.types;
for (const type of [builtins.DATE, builtins.TIMESTAMP, builtins.TIMESTAMPTZ]) pg.types.setTypeParser(type, (text) => text);

export function makePool(connectionString, size) {
  const pool = new pg.Pool({ connectionString, max: size, min: size });
  // With a name, the driver prepares the statement once per connection.
  return async (name, text, values) => (await pool.query({ name, text, values })).rows;
}
