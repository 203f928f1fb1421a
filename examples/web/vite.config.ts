import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const { ALLOTMENT_URL = "http://localhost:8000" } = loadEnv(mode, ".", "ALLOTMENT_");
  // The page and the server have one origin: the cookie works, and CORS is not needed.
  const proxy = { "/graphql": { target: ALLOTMENT_URL, ws: true } };
  return {
    server: { proxy, fs: { allow: [".."] } }, // examples/common is outside of this folder
    preview: { proxy },
  };
});
