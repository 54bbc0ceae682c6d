/** What the formats of Office have in common: parts in a zip, relations between them, properties. */
import { posix } from "node:path";
import type { ParseLimits } from "../limits.ts";
import { attribute, readXml, type XmlHandler } from "../xml.ts";
import type { ZipArchive } from "../zip.ts";

/** An Office file: its parts are read by name, and led to by relations. */
export class OfficeFile {
  readonly archive: ZipArchive;
  readonly #limits: ParseLimits;

  constructor(archive: ZipArchive, limits: ParseLimits) {
    this.archive = archive;
    this.#limits = limits;
  }

  /** Reads a part's XML; nothing happens if there is no such part. */
  read(part: string, handler: XmlHandler): Promise<void> {
    return readXml(this.archive.read(part), handler, this.#limits);
  }

  /** The relations of a part ("" is the whole file): the targets within the file, by id and by kind. */
  async relations(part: string): Promise<Relations> {
    const folder = posix.dirname(part);
    const byId = new Map<string, string>();
    const byKind = new Map<string, string>();
    await this.read(posix.join(folder, "_rels", `${posix.basename(part)}.rels`), {
      open(name, attributes) {
        const { Id: id = "", Type: type = "", Target: target = "", TargetMode: mode } = attributes;
        if (name !== "Relationship" || mode === "External") return;
        const path = posix.join(target.startsWith("/") ? "" : folder, target).replace(/^\//, "");
        byId.set(id, path);
        byKind.set(type.slice(type.lastIndexOf("/") + 1), path);
      },
    });
    return { byId, byKind };
  }

  /** The part that everything else hangs on, or where it usually is. */
  async mainPart(usual: string): Promise<string> {
    const { byKind } = await this.relations("");
    const found = byKind.get("officeDocument");
    return found !== undefined && this.archive.has(found) ? found : usual;
  }

  /** Title, author and the like, by the names of the Dublin Core. */
  async properties(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    let open = "";
    await this.read("docProps/core.xml", {
      open: (name) => void (open = name),
      close: () => void (open = ""),
      text(text) {
        if (open !== "" && open !== "coreProperties") found[open] = (found[open] ?? "") + text;
      },
    });
    return found;
  }
}

export interface Relations {
  readonly byId: ReadonlyMap<string, string>;
  readonly byKind: ReadonlyMap<string, string>;
}

/** The properties that are kept, under the names that all formats share. */
export function officeMetadata(
  properties: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { creator, created, modified, subject, keywords, description, language } = properties;
  return { author: creator, created, modified, subject, keywords, description, language };
}

/** Whether an on-off property is on: `<w:vanish/>`, and not `<w:vanish w:val="0"/>`. */
export function isOn(attributes: Readonly<Record<string, string>>): boolean {
  return !["0", "false", "off", "none"].includes(attribute(attributes, "val") ?? "1");
}
