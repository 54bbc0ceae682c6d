/** Begins the page. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Page } from "./page.tsx";
import { AppContext, createApp } from "./state/app.ts";
import "./ui/base.css";
import "./ui/controls.css";

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
