import { expect, test } from "vitest";
import type { ListPage, PageQuery } from "../../../src/client/index.ts";
import { createPagedList } from "./paged-list.ts";

interface Item {
  readonly id: string;
}

const items = (...ids: string[]): Item[] => ids.map((id) => ({ id }));

/** Answers that come when they are told to, in the order they were asked for. */
function slowServer() {
  const asked: { filter: string; query: PageQuery; turn: PromiseWithResolvers<ListPage<Item>> }[] =
    [];
  const read = (filter: string, query: PageQuery): Promise<ListPage<Item>> => {
    const turn = Promise.withResolvers<ListPage<Item>>();
    asked.push({ filter, query, turn });
    return turn.promise;
  };
  return { asked, read };
}

test("pages follow each other; what moved onto the next one meanwhile stands there once", async () => {
  const { asked, read } = slowServer();
  const list = createPagedList<Item, string>("", read);
  const first = list.refresh();
  asked[0]?.turn.resolve({ data: items("c", "b"), next_cursor: "b" });
  await first;
  const more = list.loadMore();
  void list.loadMore();
  expect(asked).toHaveLength(2);
  expect(asked[1]?.query).toMatchObject({ cursor: "b" });
  asked[1]?.turn.resolve({ data: items("b", "a"), next_cursor: null });
  await more;
  expect(list.state.get().items).toEqual(items("c", "b", "a"));
  await list.loadMore();
  expect(asked).toHaveLength(2);
});

test("an answer that was overtaken by another filter is not shown", async () => {
  const { asked, read } = slowServer();
  const list = createPagedList<Item, string>("", read);
  const slow = list.refresh();
  const chosen = list.choose("x");
  asked[1]?.turn.resolve({ data: items("x"), next_cursor: null });
  await chosen;
  asked[0]?.turn.resolve({ data: items("all"), next_cursor: null });
  await slow;
  expect(list.state.get()).toMatchObject({ items: items("x"), filter: "x", phase: "ready" });
});

test("a failure leaves what is shown, and is over when the list can be read again", async () => {
  const { asked, read } = slowServer();
  const list = createPagedList<Item, string>("", read);
  const failing = list.refresh();
  const error = new Error("away");
  asked[0]?.turn.reject(error);
  await failing;
  expect(list.state.get()).toMatchObject({ phase: "failed", error });
  const again = list.refresh();
  asked[1]?.turn.resolve({ data: items("a"), next_cursor: null });
  await again;
  expect(list.state.get()).toMatchObject({ phase: "ready", error: null, items: items("a") });
});
