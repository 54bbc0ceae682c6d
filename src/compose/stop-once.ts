/** Stopping, as often as it is asked for. */

/** The first call stops in order, a second one hurries it; both resolve when it is done. */
export function stopOnce(close: (hurry: Promise<void>) => Promise<void>): () => Promise<void> {
  let hurry = (): void => {};
  let closing: Promise<void> | null = null;
  return () => {
    if (closing) hurry();
    else closing = close(new Promise((resolve) => (hurry = resolve)));
    return closing;
  };
}
