import { describe, expect, it } from "vitest";
import { chooseWebhook, WebhookSecret, WebhookUrl } from "./webhook-settings.ts";

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString("base64")}`;

describe("the webhook's settings", () => {
  it.each([24, 32, 64])("take a secret of %i bytes", (bytes) => {
    expect(WebhookSecret.safeParse(secretOf(bytes)).success).toBe(true);
  });

  it.each([
    secretOf(23),
    secretOf(65),
    "whsec_",
    "whsec_not base64 at all!",
    secretOf(32).slice(6),
  ])("refuse the secret %j", (secret) =>
    expect(WebhookSecret.safeParse(secret).success).toBe(false),
  );

  it("take private addresses, which are the administrator's own, over HTTP alone", () => {
    expect(WebhookUrl.safeParse("http://10.0.0.1:8080/hook").success).toBe(true);
    expect(WebhookUrl.safeParse("file:///etc/passwd").success).toBe(false);
  });

  it("come together, or not at all", () => {
    const both = { CHATTER_WEBHOOK_URL: "http://a/", CHATTER_WEBHOOK_SECRET: secretOf(32) };
    expect(chooseWebhook(both)).toEqual({ url: "http://a/", secret: secretOf(32) });
    expect(chooseWebhook({})).toBeNull();
    const { CHATTER_WEBHOOK_URL, CHATTER_WEBHOOK_SECRET } = both;
    expect(() => chooseWebhook({ CHATTER_WEBHOOK_URL })).toThrow("openssl rand -base64 32");
    expect(() => chooseWebhook({ CHATTER_WEBHOOK_SECRET })).toThrow("nobody to send to");
  });
});
