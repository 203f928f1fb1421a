import { defineConfig } from 'vite';

// graphql-js is not a part of it: `introspection` loads it for the views that need it.
const SHARED = /node_modules\/(react|react-dom|scheduler)\/|src\/(session|server)\/(?!introspection)/;

export default defineConfig({
  base: './', // relative, so that the page works behind a proxy that adds a path prefix
  worker: { format: 'es' }, // the default, iife, does not support the chunks of Monaco
  build: {
    chunkSizeWarningLimit: 5000, // Monaco is large, but it is cached permanently
    rolldownOptions: {
      checks: { moduleLevelDirective: false }, // directives of React's compiler have no effect here
      // What all views share is one file: each file more is a request before the first query.
      output: { codeSplitting: { groups: [{ name: 'shared', test: SHARED }] } },
    },
  },
});
