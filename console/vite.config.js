import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // relative, so that the page works below any prefix a proxy may add
  worker: { format: 'es' }, // the default, iife, cannot load the parts that Monaco splits off
  build: {
    chunkSizeWarningLimit: 5000, // Monaco is large by nature; it is loaded once and cached for good
    rolldownOptions: { checks: { moduleLevelDirective: false } }, // React's compiler's, of no use once built
  },
});
