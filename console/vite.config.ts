import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // relative, so that the page works behind a proxy that adds a path prefix
  worker: { format: 'es' }, // the default, iife, does not support the chunks of Monaco
  build: {
    chunkSizeWarningLimit: 5000, // Monaco is large, but it is cached permanently
    rolldownOptions: { checks: { moduleLevelDirective: false } }, // directives of React's compiler have no effect here
  },
});
