import { defineConfig } from 'vitest/config';

export default defineConfig({
  server: { fs: { allow: ['.', '../schema.graphql'] } }, // the tests read the schema of the server
  // Tests that need a document begin with `// @vitest-environment jsdom`, which takes seconds to load.
  test: { include: ['src/**/*.test.{ts,tsx}'] },
});
