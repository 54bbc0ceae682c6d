/** Markdown as it streams in. HTML in it is shown as text; nothing is loaded from other hosts. */
import { type ComponentProps, memo, type ReactNode, useMemo } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import remarkGfm from "remark-gfm";
import { splitBlocks } from "./blocks.ts";
import { CiteLink } from "./cite-link.tsx";
import { CITE_CLASS, type CiteLinks, remarkCites } from "./cites.ts";
import { CodeBlock } from "./code-block.tsx";
import { useHighlighter } from "./highlighter.ts";
import "./markdown.css";
import "./highlight.css";

const NO_LINKS: CiteLinks = new Map();
const COMPONENTS: Components = { a: Link, img: Picture, pre: CodeBlock, table: ScrollingTable };

/** From this size on, code is coloured only when it is complete. */
const MOST_LIVE_CODE = 8000;

interface Props {
  text: string;
  /** Whether more of it may come. */
  live: boolean;
  /** Where its marks `[n]` lead; the same object for the same answer. */
  links?: CiteLinks;
}

/** A text in Markdown. */
export function Markdown({ text, live, links = NO_LINKS }: Props): ReactNode {
  const blocks = useMemo(() => splitBlocks(text), [text]);
  return (
    <div className="markdown" data-live={live || undefined}>
      {blocks.map((block, index) => (
        // Blocks only ever grow at the end, so their place is their identity.
        // oxlint-disable-next-line react/no-array-index-key
        <Block key={index} text={block} live={live && index === blocks.length - 1} links={links} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text, live, links }: Required<Props>): ReactNode {
  const hasCode = /^\s*(?:`{3}|~{3})/m.test(text);
  const rehypePlugins = useHighlighter(hasCode && !(live && text.length > MOST_LIVE_CODE));
  const remarkPlugins = useMemo(
    (): Options["remarkPlugins"] => [remarkGfm, [remarkCites, links]],
    [links],
  );
  return (
    <ReactMarkdown
      remarkPlugins={remarkPlugins}
      rehypePlugins={rehypePlugins}
      components={COMPONENTS}
      urlTransform={safeAddress}
    >
      {text}
    </ReactMarkdown>
  );
});

/** Only web and mail addresses, and places in the same text, lead anywhere. */
function safeAddress(url: string): string | undefined {
  return /^(?:https?:|mailto:|#)/i.test(url) || isSameOrigin(url) ? url : undefined;
}

function isSameOrigin(url: string): boolean {
  try {
    const target = new URL(url, window.location.origin);
    return target.origin === window.location.origin && /^https?:$/.test(target.protocol);
  } catch {
    return false;
  }
}

function Link({ href, children, title, className }: ComponentProps<"a">): ReactNode {
  if (!href) return <span>{children}</span>;
  if (className === CITE_CLASS) {
    return (
      <CiteLink href={href} title={title ?? ""}>
        {children}
      </CiteLink>
    );
  }
  if (href.startsWith("#")) return <a href={href}>{children}</a>;
  return (
    <a href={href} title={title ?? href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** A picture on another host could tell that host who reads; it becomes a link instead. */
function Picture({ src, alt, title }: ComponentProps<"img">): ReactNode {
  if (typeof src !== "string" || src === "") return <span>{alt}</span>;
  if (isSameOrigin(src)) return <img src={src} alt={alt ?? ""} title={title} loading="lazy" />;
  return (
    <Link href={src} title="A picture on another host: opens in a new tab">
      {alt || src}
    </Link>
  );
}

function ScrollingTable({ children }: ComponentProps<"table">): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="table-frame" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </section>
  );
}
