/** Which addresses a user may make this server talk to. */
import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { invalid } from "../workflow/errors.ts";

/** Which addresses are reached: those of the public internet, or any. */
export type Reach = "public" | "any";

/** Whether an address is one of the public internet; what only looks like an address is not. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` unwraps an IPv4 address that is mapped into IPv6; the other ways to hide one are ranges of their own.
  return ipaddr.process(address).range() === "unicast";
}

/**
 * Checks the URL that a user gave: HTTP only, without credentials, and no literal address outside the reach.
 * Throws a `WorkflowValidationError` for the field `url`. Names are checked when they are looked up.
 */
export function checkUrl(value: string, reach: Reach): URL {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalid("url", "must be an address that begins with http:// or https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid("url", "must not contain a user name or a password");
  }
  // The parser has turned every other spelling of an IPv4 address (octal, hexadecimal, one number) into this one.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const literal = ipaddr.isValid(host);
  if (reach === "public" && ((literal && !isPublic(host)) || isLocalName(host))) {
    throw invalid("url", "leads to an address that is not public; this server does not go there");
  }
  return url;
}

function isLocalName(host: string): boolean {
  return /(^|\.)(localhost|local|internal|home\.arpa)\.?$/i.test(host);
}

/**
 * A look-up that gives only addresses within the reach. It runs for the very connection that is then made, so a name
 * that answers differently the second time gains nothing.
 */
export function guardedLookup(reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 4);
      const allowed = addresses.filter(({ address }) => reach === "any" || isPublic(address));
      const [first] = allowed;
      // One address out of reach among several is reason enough: it may be the one that answers.
      if (!first || allowed.length < addresses.length) {
        return callback(new Error(`${hostname} leads to an address that is not public`), "", 4);
      }
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
