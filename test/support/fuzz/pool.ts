/**
 * What the server has named so far: ids and cursors. A fuzzed request holds a ticket such as `pool~conv~3` in the place
 * of an id, since it is made before the id exists; the ticket is redeemed when the request is sent. Tickets with the
 * same number stand for things of the same conversation.
 */
import * as fc from "fast-check";

const ID = /^(conv|msg|run|key|prof|doc|tkt)_/;
const TICKET = /pool~(\w+?)~(\d+)/g;

/** How many things are remembered: the newest ones, so that deleted ones leave in time. */
const REMEMBERED = 90;

/** How many items of a list are looked at. */
const LOOKED_AT = 5;

/** Ids by kind, all of one conversation. */
type Thing = Readonly<Record<string, string>>;

/** A ticket for something of this kind; low numbers are more frequent, so that two often belong together. */
export function ticket(kind: string): fc.Arbitrary<string> {
  return fc.oneof(fc.nat(3), fc.nat(REMEMBERED - 1)).map((number) => `pool~${kind}~${number}`);
}

function toThing(object: object): Thing {
  const thing: Record<string, string> = {};
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== "string") continue;
    const kind = name === "next_cursor" ? "cursor" : ID.exec(value)?.[1];
    if (kind !== undefined) thing[kind] ??= value;
  }
  return thing;
}

export class Pool {
  readonly #things: Thing[] = [];

  /** Takes up every id and cursor of an answer. */
  learn(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    const thing = toThing(value);
    if (Object.keys(thing).length > 0) this.#things.push(thing);
    if (this.#things.length > REMEMBERED) this.#things.shift();
    const inner = Array.isArray(value) ? value.slice(0, LOOKED_AT) : Object.values(value);
    for (const each of inner) this.learn(each);
  }

  /** Puts what is known in the place of every ticket; an id that nobody has where nothing is known. */
  redeem(text: string): string {
    return text.replace(TICKET, (_, kind: string, number: string) => {
      const from = Number(number) % Math.max(1, this.#things.length);
      const inOrder = [...this.#things.slice(from), ...this.#things.slice(0, from)];
      const found = inOrder.find((thing) => kind in thing);
      return found?.[kind] ?? `${kind}_${"0".repeat(26)}`;
    });
  }
}
