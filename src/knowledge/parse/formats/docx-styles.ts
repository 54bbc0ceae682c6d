/** What the styles of a Word document say of its paragraphs. */
import { attribute } from "../xml.ts";
import type { OfficeFile } from "./ooxml.ts";

/** A style's part in the structure of the document. */
export interface WordStyle {
  /** Of a heading, from 1. */
  level?: number;
  isList?: boolean;
  basedOn?: string;
}

/** How many styles may be based on each other. */
const MAX_STEPS = 10;

/** The styles by id. */
export async function readStyles(file: OfficeFile, part: string): Promise<Map<string, WordStyle>> {
  const styles = new Map<string, WordStyle>();
  let style: WordStyle = {};
  await file.read(part, {
    open(name, attributes) {
      const value = attribute(attributes, "val") ?? "";
      if (name === "style") styles.set(attribute(attributes, "styleId") ?? "", (style = {}));
      else if (name === "basedOn") style.basedOn = value;
      else if (name === "numPr") style.isList = true;
      else if (name === "outlineLvl" && Number(value) < 9) style.level = Number(value) + 1;
      else if (name === "name") {
        const level = /^title$/i.test(value) ? 1 : Number(/^heading ([1-9])$/i.exec(value)?.[1]);
        if (level > 0) style.level = level;
      }
    },
  });
  return styles;
}

/** A property of a style, its own or the one of the style that it is based on. */
export function styleProperty<K extends "level" | "isList">(
  styles: ReadonlyMap<string, WordStyle>,
  id: string,
  key: K,
): WordStyle[K] | undefined {
  let style = styles.get(id);
  for (let step = 0; style && style[key] === undefined && step < MAX_STEPS; step++) {
    style = styles.get(style.basedOn ?? "");
  }
  return style?.[key];
}
