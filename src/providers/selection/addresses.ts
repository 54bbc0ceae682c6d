/** Addresses of servers: Ollama's in its own forms, and whether one is on the own network. */
import { BlockList, isIP } from "node:net";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";

const OLLAMA_URL = "http://127.0.0.1:11434";

/**
 * The URL in the forms that Ollama takes for its own variable: `host`, `host:port` (11434 unless given) or a URL.
 * Empty is its default. The address 0.0.0.0, on which it may listen, is reached as 127.0.0.1.
 */
export function ollamaUrl(host: string): string {
  const text = host.trim() || OLLAMA_URL;
  const hasScheme = /^https?:\/\//i.test(text);
  const url = URL.parse(hasScheme ? text : `http://${text}`);
  if (!url) {
    throw new WorkflowConfigurationError(
      "OLLAMA_HOST must be a host, host:port or a URL, such as http://127.0.0.1:11434.",
    );
  }
  if (!hasScheme && !/:\d+\/*$/.test(text)) url.port = "11434";
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  return url.href.replace(/\/+$/, "").replace(/\/v1$/, "");
}

const PRIVATE = new BlockList();
PRIVATE.addSubnet("0.0.0.0", 8);
PRIVATE.addSubnet("10.0.0.0", 8);
PRIVATE.addSubnet("100.64.0.0", 10);
PRIVATE.addSubnet("127.0.0.0", 8);
PRIVATE.addSubnet("169.254.0.0", 16);
PRIVATE.addSubnet("172.16.0.0", 12);
PRIVATE.addSubnet("192.168.0.0", 16);
PRIVATE.addAddress("::", "ipv6");
PRIVATE.addAddress("::1", "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

/** Names that only a local network knows. */
const LOCAL_NAME = /^[^.]+$|\.(?:local|localhost|lan|internal|intranet|home\.arpa|test)$/i;

/** Whether a URL leads to this machine or its own network, as far as it shows; names are not looked up. */
export function isLocalUrl(url: string): boolean {
  const hostname = URL.parse(url)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const version = isIP(hostname);
  if (version === 0) return LOCAL_NAME.test(hostname);
  return PRIVATE.check(hostname, version === 4 ? "ipv4" : "ipv6");
}
