import { defineConfig } from 'vitest/config';

export default defineConfig({
  base: './', // relative, so that the page works behind a proxy that adds a path prefix
  worker: { format: 'es' }, // the default, iife, does not support the chunks of Monaco
  build: {
    chunkSizeWarningLimit: 5000, // Monaco is large, but it is cached permanently
    rolldownOptions: { checks: { moduleLevelDirective: false } }, // directives of React's compiler have no effect here
  },
  server: { fs: { allow: ['.', '../schema.graphql'] } }, // the tests read the schema of the server
  // Tests that need a document begin with `// @vitest-environment jsdom`, which takes seconds to load.
  test: { include: ['src/**/*.test.{ts,tsx}'] },
});
