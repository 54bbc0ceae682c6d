/** What a server's tool returned, as models and people get it. */
import type { CallToolResult } from "@modelcontextprotocol/client";
import type { ToolImage } from "../../contract/tools.ts";
import type { ToolOutput } from "../../workflow/ports/tools.ts";

type Block = CallToolResult["content"][number];

/** How much of a resource that came with a result is shown, in characters. */
const MAX_RESOURCE = 8192;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const IMAGE_TYPE = /^image\/(png|jpeg|gif|webp)$/;

/** Characters that would end a line, or hide what the line says. */
const CONTROL = /[\p{Cc}\p{Cf}]+/gu;

function line(text: string): string {
  return text.replaceAll(CONTROL, " ").slice(0, 500).toWellFormed();
}

function resourceText({ resource }: Extract<Block, { type: "resource" }>): string {
  const type = resource.mimeType === undefined ? "" : `, ${line(resource.mimeType)}`;
  const head = `[Resource ${line(resource.uri)}${type}]`;
  if (!("text" in resource) || typeof resource.text !== "string") return head;
  const { text } = resource;
  const cut = text.length > MAX_RESOURCE ? `${text.slice(0, MAX_RESOURCE).toWellFormed()}…` : text;
  return `${head}\n${cut}`;
}

/** A block as the model reads it; null for an image that people see, which is noted where it is shown. */
function textOf(block: Block): string | null {
  switch (block.type) {
    case "text":
      return block.text;
    case "image":
      return isImage(block)
        ? null
        : `[An image of type ${line(block.mimeType)}, which is not shown.]`;
    case "audio":
      return `[Sound of type ${line(block.mimeType)}, which cannot be played here.]`;
    case "resource":
      return resourceText(block);
    case "resource_link": {
      const about = block.description === undefined ? "" : `: ${line(block.description)}`;
      return `[Link to ${line(block.name)}, ${line(block.uri)}${about}]`;
    }
  }
}

/** Pictures only, and only as data that is what it says: they are shown in a page. */
function isImage(block: Block): boolean {
  return block.type === "image" && IMAGE_TYPE.test(block.mimeType) && BASE64.test(block.data);
}

function imagesOf(blocks: readonly Block[]): ToolImage[] {
  return blocks.flatMap((block) =>
    block.type === "image" && isImage(block)
      ? [{ mime_type: block.mimeType, data: block.data }]
      : [],
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws an `Error` with what the tool said where it says that it failed. */
export function toOutput(result: CallToolResult): ToolOutput {
  const text = result.content
    .map(textOf)
    .filter((each) => each !== null)
    .join("\n");
  if (result.isError === true) throw new Error(text || "it says so without a reason");
  const images = imagesOf(result.content);
  const data: unknown = result.structuredContent;
  const asText = text === "" && data !== undefined ? JSON.stringify(data) : text;
  return {
    content: asText,
    ...(isRecord(data) && { structured: data }),
    ...(images.length > 0 && { images }),
  };
}
