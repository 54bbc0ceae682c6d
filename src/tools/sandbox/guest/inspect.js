/**
 * Turns values into texts, inside the machine: nothing but texts leaves it. The program may change everything that it
 * can reach, so what is needed here is taken before the program begins, and no method of a value is asked.
 */
const { isFinite } = Number;
const { isArray } = Array;
const { getPrototypeOf, getOwnPropertyDescriptor, keys, is } = Object;
const { stringify } = JSON;
const ObjectPrototype = Object.prototype;
const asText = String;
const Failure = Error;
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const slice = uncurry(String.prototype.slice);
const includes = uncurry(String.prototype.includes);
const replaceAll = uncurry(String.prototype.replaceAll);
const toWellFormed = uncurry(String.prototype.toWellFormed);
const isWellFormed = uncurry(String.prototype.isWellFormed);
const toMessage = uncurry(Error.prototype.toString);
const forEachOfMap = uncurry(Map.prototype.forEach);
const forEachOfSet = uncurry(Set.prototype.forEach);
const timeOf = uncurry(Date.prototype.getTime);
const toISOString = uncurry(Date.prototype.toISOString);
const toPattern = uncurry(RegExp.prototype.toString);

/** How deep and how large a value may be to leave as data. */
const DATA = { depth: 20, items: 2000, characters: 20_000 };

/** How much of a value is shown, in levels, entries of one level, and characters. */
const SHOWN = { depth: 4, entries: 100, characters: 20_000 };

/** Thrown for a value that is no plain data. */
const NOT_DATA = {};

/** The names under which a value has its own enumerable data; indices for a list. */
function namesOf(value) {
  if (!isArray(value)) return keys(value);
  const { length } = value;
  if (length > DATA.items) throw NOT_DATA;
  const names = [];
  for (let index = 0; index < length; index++) names[index] = index;
  return names;
}

/** Not every store keeps NUL and halves of characters; as text they are shown as escapes. */
function isStorable(text) {
  return isWellFormed(text) && !includes(text, "\0");
}

function writeData(value, room, depth) {
  room.items--;
  if (typeof value === "string") room.characters -= value.length;
  if (depth > DATA.depth || room.items < 0 || room.characters < 0) throw NOT_DATA;
  if (value === null || typeof value === "boolean") return asText(value);
  if (typeof value === "string") {
    if (!isStorable(value)) throw NOT_DATA;
    return stringify(value);
  }
  if (typeof value === "number" && isFinite(value) && !is(value, -0)) return asText(value);
  if (typeof value !== "object") throw NOT_DATA;
  const list = isArray(value);
  const prototype = getPrototypeOf(value);
  if (!list && prototype !== ObjectPrototype && prototype !== null) throw NOT_DATA;
  const names = namesOf(value);
  let text = "";
  for (let at = 0; at < names.length; at++) {
    const property = getOwnPropertyDescriptor(value, names[at]);
    if (!property || !("value" in property)) throw NOT_DATA;
    const name = list ? "" : `${writeData(names[at], room, depth)}:`;
    text += `${at > 0 ? "," : ""}${name}${writeData(property.value, room, depth + 1)}`;
  }
  return list ? `[${text}]` : `{${text}}`;
}

/** A value as JSON where it is plain data within bounds; else undefined. */
export function dataOf(value) {
  try {
    return writeData(value, { items: DATA.items, characters: DATA.characters }, 0);
  } catch {
    return undefined;
  }
}

function showFunction(value) {
  const { value: name } = getOwnPropertyDescriptor(value, "name") ?? {};
  return typeof name === "string" && name !== "" ? `[Function: ${name}]` : "[Function]";
}

/** What is between the brackets: at most so many entries, then how many more there are. */
class Entries {
  text = "";
  count = 0;

  add(entry) {
    this.count++;
    if (this.count <= SHOWN.entries) this.text += `${this.count > 1 ? ", " : ""}${entry()}`;
  }

  within(open, close) {
    const more = this.count - SHOWN.entries;
    const rest = more > 0 ? `, … ${more} more` : "";
    return this.count === 0 ? `${open}${close}` : `${open} ${this.text}${rest} ${close}`;
  }
}

function showProperties(value, seen, names) {
  const entries = new Entries();
  for (let at = 0; at < names.length; at++) {
    entries.add(() => {
      const property = getOwnPropertyDescriptor(value, names[at]);
      const shown = property && "value" in property ? show(property.value, seen) : "[Getter]";
      return isArray(value) ? shown : `${names[at]}: ${shown}`;
    });
  }
  return entries;
}

/** Keyed collections and the like, which a value is if its methods work on it; undefined for any other. */
function showSpecial(value, seen) {
  const entries = new Entries();
  try {
    forEachOfMap(value, (item, key) => {
      entries.add(() => `${show(key, seen)} => ${show(item, seen)}`);
    });
    return `Map ${entries.within("{", "}")}`;
  } catch {}
  try {
    forEachOfSet(value, (item) => {
      entries.add(() => show(item, seen));
    });
    return `Set ${entries.within("{", "}")}`;
  } catch {}
  try {
    return isFinite(timeOf(value)) ? toISOString(value) : "Invalid Date";
  } catch {}
  return undefined;
}

function constructorName(value) {
  const prototype = getPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) return "";
  const { value: made } = getOwnPropertyDescriptor(prototype, "constructor") ?? {};
  const { value: name } = (made && getOwnPropertyDescriptor(made, "name")) ?? {};
  return typeof name === "string" && name !== "" ? `${name} ` : "";
}

function showObject(value, seen) {
  if (value instanceof Failure) return `[${toMessage(value)}]`;
  if (value instanceof RegExp) return toPattern(value);
  for (let level = seen; level; level = level.above) {
    if (level.value === value) return "[Circular]";
  }
  const depth = (seen?.depth ?? 0) + 1;
  if (depth > SHOWN.depth) return isArray(value) ? "[…]" : "{…}";
  const level = { value, depth, above: seen };
  const special = showSpecial(value, level);
  if (special !== undefined) return special;
  const list = isArray(value);
  const entries = showProperties(value, level, list ? namesShown(value) : keys(value));
  if (!list) return `${constructorName(value)}${entries.within("{", "}")}`;
  entries.count = value.length;
  return entries.within("[", "]");
}

/** The indices of a list that are shown. */
function namesShown({ length }) {
  const names = [];
  for (let index = 0; index < length && index < SHOWN.entries; index++) names[index] = index;
  return names;
}

function show(value, seen) {
  if (value === null) return "null";
  if (typeof value === "string") return stringify(slice(value, 0, SHOWN.characters));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return showFunction(value);
  if (typeof value === "object") return showObject(value, seen);
  return is(value, -0) ? "-0" : asText(value);
}

/** A text as it leaves: bounded, and without what would end it early or not every store keeps. */
function bound(text) {
  return replaceAll(toWellFormed(slice(text, 0, SHOWN.characters)), "\0", "\uFFFD");
}

function attempt(toText) {
  try {
    return bound(toText());
  } catch {
    return "[a value that cannot be shown]";
  }
}

/** A value as people read it. */
export function inspect(value) {
  return attempt(() => show(value, null));
}

/** A line of output: texts as they are, all else inspected. */
export function lineOf(values) {
  let line = "";
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    line += `${at > 0 ? " " : ""}${typeof value === "string" ? slice(value, 0, SHOWN.characters) : inspect(value)}`;
  }
  return bound(line);
}

/** What was thrown, as JSON: its name, its message and its stack; whatever it is, only texts come out. */
export function describeError(error) {
  const read = (name, otherwise) => {
    try {
      const text = error instanceof Failure ? error[name] : undefined;
      if (typeof text === "string") return bound(text);
    } catch {}
    return attempt(otherwise);
  };
  return stringify({
    __proto__: null,
    name: read("name", () => "Thrown"),
    message: read("message", () => inspect(error)),
    stack: read("stack", () => ""),
  });
}
