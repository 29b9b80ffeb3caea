import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const client = new URL("../clients/typescript/dist/index.js", import.meta.url);

// `stacks.web_build` runs Vite and passes the output folder.
export default defineConfig({
  resolve: {
    // The client of this checkout, even if `node_modules` is a link to that of another checkout.
    alias: { "@order-backend/client": fileURLToPath(client) },
  },
  build: {
    target: "es2022",
    assetsDir: "assets",
    // An inlined file would be a `data:` URL, which the content security policy refuses.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    emptyOutDir: true,
  },
});
