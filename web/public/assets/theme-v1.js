// The name has a version because files under /assets are cached for good: rename it when it changes.
// Runs before the first paint, so that a chosen theme does not flash. A file of its own because the
// Content-Security-Policy allows no inline script.
try {
  const theme = localStorage.getItem("chatter.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system's choice stands.
}
