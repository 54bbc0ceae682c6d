/** Begins the page. */
import "./ui/base.css";
import "./ui/controls.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Page } from "./page.tsx";
import { AppContext, createApp } from "./state/app.ts";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <AppContext value={createApp()}>
        <Page />
      </AppContext>
    </StrictMode>,
  );
}
