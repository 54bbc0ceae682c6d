/** Builds the page into `dist/web`, from where the server serves it. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string): string => decodeURIComponent(new URL(path, import.meta.url).pathname);

export default defineConfig({
  root: here("."),
  // The page lives at `/`, `/c/{id}` and `/documents/{id}` alike, so its files need absolute addresses.
  base: "/",
  plugins: [react()],
  build: {
    outDir: here("../dist/web"),
    emptyOutDir: true,
    rollupOptions: { input: [here("index.html"), here("docs.html")] },
    // The browser of the API is a page of its own, and large.
    chunkSizeWarningLimit: 2000,
    // `light-dark()` and `:has()` are used as they stand.
    target: "es2023",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    // The Content-Security-Policy allows files of this origin, nothing inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/api": "http://127.0.0.1:8000",
      "/healthz": "http://127.0.0.1:8000",
    },
  },
});
