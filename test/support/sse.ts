/** Server-sent events as they come over the wire, for tests that compare bytes. */
import { RunEvent } from "../../src/contract/events.ts";

/** One event: its lines as they came, and what is in them. */
export interface Frame {
  readonly raw: string;
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

function toFrame(raw: string): Frame | null {
  const lines = raw.split("\n");
  if (lines.every((line) => line.startsWith(":"))) return null;
  const field = (name: string): string =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return { raw, id: field("id"), event: field("event"), data: field("data") };
}

/** The frames of a finished stream, without pings. */
export function parseFrames(text: string): Frame[] {
  return text.split("\n\n").flatMap((raw) => (raw === "" ? [] : (toFrame(raw) ?? [])));
}

/** The frames of a response as they come, without pings. Ends quietly when the connection is cut. */
export async function* readFrames(response: Response): AsyncGenerator<Frame, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  const body = response.body?.getReader();
  try {
    for (;;) {
      const part = await body?.read();
      if (!part || part.done) return;
      rest += decoder.decode(part.value, { stream: true });
      const parts = rest.split("\n\n");
      rest = parts.pop() ?? "";
      for (const raw of parts) {
        const frame = toFrame(raw);
        if (frame) yield frame;
      }
    }
  } catch {
    // Cut off: what came until then is what the caller has.
  }
}

/** Everything that still comes, to the end of the stream. */
export async function collect(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** The bytes of frames, for comparing. */
export function bytesOf(frames: readonly Frame[]): string {
  return frames.map(({ raw }) => `${raw}\n\n`).join("");
}

/** The event in a frame, checked against the contract; its id and type must agree with the frame's lines. */
export function eventOf(frame: Frame): RunEvent {
  const event = RunEvent.parse(JSON.parse(frame.data));
  if (event.type !== frame.event) throw new Error(`${frame.event} carries ${event.type}`);
  return event;
}

/** The one event of a type; throws when there is none or more than one. */
export function only<T extends RunEvent["type"]>(
  frames: readonly Frame[],
  type: T,
): Extract<RunEvent, { type: T }> {
  const found = frames.filter(({ event }) => event === type);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} events of type ${type}`);
  return eventOf(found[0]) as Extract<RunEvent, { type: T }>;
}

/** The text that the tokens add up to. */
export function textOf(frames: readonly Frame[]): string {
  return frames
    .map((frame) => eventOf(frame))
    .map((event) => (event.type === "token" ? event.content : ""))
    .join("");
}
