/** Settings of the webhook: whom tickets and escalations are told. */
import { z } from "zod";
import { WorkflowConfigurationError } from "../workflow/errors.ts";

/** Where messages are sent, and what signs them. */
export interface WebhookSettings {
  readonly url: string;
  /** `whsec_` and a key of 24 to 64 bytes in base64. */
  readonly secret: string;
}

/** The administrator's own address: it may be a private one. */
export const WebhookUrl = z.url({ protocol: /^https?$/ });

export const WebhookSecret = z.string().refine(isSecret, {
  error:
    'must be "whsec_" and 24 to 64 random bytes in base64, such as whsec_$(openssl rand -base64 32)',
});

function isSecret(secret: string): boolean {
  const key = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (key === undefined || key.length % 4 !== 0) return false;
  const bytes = Buffer.from(key, "base64").length;
  return bytes >= 24 && bytes <= 64;
}

/** Both settings or none. Throws a `WorkflowConfigurationError` that names the one that is missing. */
export function chooseWebhook(settings: {
  readonly CHATTER_WEBHOOK_URL?: string | undefined;
  readonly CHATTER_WEBHOOK_SECRET?: string | undefined;
}): WebhookSettings | null {
  const { CHATTER_WEBHOOK_URL: url, CHATTER_WEBHOOK_SECRET: secret } = settings;
  if (url === undefined && secret === undefined) return null;
  if (url !== undefined && secret !== undefined) return { url, secret };
  throw new WorkflowConfigurationError(
    url === undefined
      ? "CHATTER_WEBHOOK_SECRET is set, but not CHATTER_WEBHOOK_URL: there is nobody to send to."
      : "CHATTER_WEBHOOK_URL is set, but not CHATTER_WEBHOOK_SECRET: the receiver could not tell who sends. " +
          "Set it to whsec_ and the output of: openssl rand -base64 32",
  );
}
