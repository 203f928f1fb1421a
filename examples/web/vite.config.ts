import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const { ALLOTMENT_URL = "http://localhost:8000" } = loadEnv(mode, ".", "ALLOTMENT_");
  // The page and the server have one origin: the cookie works, and CORS is not needed.
  const target = ALLOTMENT_URL.replace(/\/graphql\/?$/, ""); // the server or its endpoint
  const proxy = { "/graphql": { target, ws: true } };
  return {
    server: { proxy, fs: { allow: [".."] } }, // examples/common is outside of this folder
    preview: { proxy },
  };
});
