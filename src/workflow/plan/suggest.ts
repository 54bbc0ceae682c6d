/** Near misses: what somebody who wrote an unknown name probably meant. */
import { closest, distance } from "fastest-levenshtein";

/** Farther away than this share of its length, a name is another name and no slip of the keyboard. */
const NEAR = 0.4;

/** The known name nearest to `name`, whatever their case; null where none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase();
  const names = new Map([...known].map((each) => [each.toLowerCase(), each]));
  if (names.size === 0) return null;
  const best = closest(wanted, [...names.keys()]);
  return distance(wanted, best) <= Math.ceil(name.length * NEAR) ? (names.get(best) ?? null) : null;
}

/** The end of a message about an unknown name: `; did you mean "x"?` and what there is. */
export function hint(name: string, known: Iterable<string>): string {
  const names = [...known];
  const meant = nearest(name, names);
  const question = meant === null ? "" : `; did you mean "${meant}"?`;
  return names.length === 0
    ? `${question} (there are none)`
    : `${question} (there are: ${names.join(", ")})`;
}
