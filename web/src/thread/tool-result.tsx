/** What a tool has returned: text, data, images, and a mark where others may have written it. */
import { type ReactNode, useState } from "react";
import type { ToolImage, ToolResultParts } from "../../../src/client/index.ts";
import { Icon } from "../ui/icons.tsx";
import { beginningOf, dataText, saysTheSame, tidy } from "./tool-text.ts";
import "./tools.css";

interface Props extends ToolResultParts {
  /** Null before it is there. */
  content: string | null;
}

/** The images stand beside it: see `ToolImages`. */
export function ToolResult({ content, structured, images = [], untrusted }: Props): ReactNode {
  if (content === null) return "Nothing yet";
  const data = structured && !saysTheSame(content, structured) ? structured : null;
  const nothing = content === "" && data === null && images.length === 0;
  return (
    <>
      {content !== "" && <ToolText text={tidy(content)} />}
      {data && (
        <div className="tool-data" data-testid="tool-data">
          <span>As data</span>
          <ToolText text={dataText(data)} />
        </div>
      )}
      {nothing && "Nothing"}
      {untrusted && <Untrusted />}
    </>
  );
}

function Untrusted(): ReactNode {
  return (
    <p className="tool-untrusted" data-testid="untrusted">
      <Icon name="warning" />
      Others may have written this. The model takes it as information, not as instructions.
    </p>
  );
}

/** A text of a tool. Long lines scroll, which has to work from the keyboard too; a long text is folded. */
export function ToolText({ text }: { text: string }): ReactNode {
  const [whole, setWhole] = useState(false);
  const beginning = beginningOf(text);
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="tool-text" tabIndex={0}>
        {beginning === null || whole ? text : `${beginning} …`}
      </pre>
      {beginning !== null && (
        <button
          type="button"
          className="link-button tool-more"
          aria-expanded={whole}
          data-testid="tool-more"
          onClick={() => setWhole(!whole)}
        >
          {whole ? "Show less" : `Show all ${NUMBER.format(text.length)} characters`}
        </button>
      )}
    </>
  );
}

const NUMBER = new Intl.NumberFormat("en");

/** Pictures and nothing else: a drawing (SVG) could hold more. */
const PICTURES: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
]);

interface ImagesProps {
  images: readonly ToolImage[];
  /** The tool's name. */
  from: string;
}

/** The page's policy has no other source for images than itself and their data, so that is how they are shown. */
export function ToolImages({ images, from }: ImagesProps): ReactNode {
  if (images.length === 0) return null;
  return (
    <div className="tool-images">
      {images.map(({ mime_type: type, data }, index) => {
        const name = `Image ${images.length > 1 ? `${index + 1} ` : ""}from ${from}`;
        // The images of a result are all there at once, and stay.
        // oxlint-disable-next-line react/no-array-index-key
        return <Picture key={index} name={name} type={type} data={data} />;
      })}
    </div>
  );
}

function Picture({ name, type, data }: { name: string; type: string; data: string }): ReactNode {
  const [broken, setBroken] = useState(false);
  if (broken || !PICTURES.has(type)) {
    return <p className="tool-image-note">{`${name}: cannot be shown (${type})`}</p>;
  }
  return (
    <img
      src={`data:${type};base64,${data}`}
      alt={name}
      data-testid="tool-image"
      onError={() => setBroken(true)}
    />
  );
}
