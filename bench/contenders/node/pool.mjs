// The driver's pool. Dates and moments stay the text that PostgreSQL sends: a Date would lose the microseconds.

import pg from "pg";

const { builtins } = pg.types;
for (const type of [builtins.DATE, builtins.TIMESTAMP, builtins.TIMESTAMPTZ]) pg.types.setTypeParser(type, (text) => text);

export function makePool(connectionString, size) {
  const pool = new pg.Pool({ connectionString, max: size, min: size });
  // A name makes the driver prepare the statement, once a connection.
  return async (name, text, values) => (await pool.query({ name, text, values })).rows;
}
