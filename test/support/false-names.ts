/**
 * Loaded into a server before anything else: names as an attacker's name server would have them. `NAME.rebound.example` leads
 * to the addresses that NAME lists, with `_` between them and `-` for the dots and colons in them.
 */
import dns, { type LookupAddress } from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { isIPv6 } from "node:net";

type Callback = (error: Error | null, addresses: LookupAddress[]) => void;

const lookup = dns.lookup as (name: string, options: object, callback: Callback) => void;

function falseAddresses(name: string): LookupAddress[] | null {
  const listed = /^(.+)\.rebound\.example$/.exec(name)?.[1];
  if (listed === undefined) return null;
  return listed.split("_").map((each) => {
    const address = /^\d+(-\d+){3}$/.test(each)
      ? each.replaceAll("-", ".")
      : each.replaceAll("-", ":");
    return { address, family: isIPv6(address) ? 6 : 4 };
  });
}

Object.assign(dns, {
  lookup: (name: string, options: object, callback: Callback): void => {
    const addresses = falseAddresses(name);
    if (addresses) setImmediate(() => callback(null, addresses));
    else lookup(name, options, callback);
  },
});
syncBuiltinESMExports();
