import { describe, expect, test } from "vitest";
import { rowsOf, separatorOf } from "./formats/csv.ts";
import { parseBytes } from "./parse.ts";
import { blocksOf, headersOf, parse, refusal } from "./testing/read.ts";

describe("plain text", () => {
  test("paragraphs are what stands between blank lines; the text stays as it is", async () => {
    const document = await parse("One\nline.\n\n  \nTwo.\n", "notes.txt");
    expect(document).toMatchObject({
      mimeType: "text/plain",
      title: null,
      text: "One\nline.\n\n  \nTwo.\n",
    });
    expect(blocksOf(document)).toEqual([
      ["paragraph", "One\nline."],
      ["paragraph", "Two."],
    ]);
  });

  test("no store gets what it cannot hold, and no model what nobody sees", async () => {
    const rest = "and much more text ".repeat(20);
    const { text } = await parse(`a\0b\r\nc\rd\u2028e \u00adf\u200bg\u{e0041}h ${rest}`);
    expect(text).toBe(`ab\nc\nd\ne fgh ${rest}`);
  });

  const RUSSIAN = "Привет, мир. Как дела? Сегодня хорошая погода, и мы идём в парк.";
  const GERMAN = "Das Mädchen läuft über die große Straße.";
  /** Cyrillic in windows-1251: the letters are in the order of Unicode. */
  const windows1251 = Buffer.from(
    Array.from(RUSSIAN).map((letter) => {
      const point = letter.codePointAt(0) ?? 0;
      return point === 0x451 ? 0xb8 : point >= 0x410 ? point - 0x410 + 0xc0 : point;
    }),
  );
  const big = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();
  const utf32 = Buffer.concat(
    Array.from("\ufeff" + GERMAN).map((letter) => {
      const four = Buffer.alloc(4);
      four.writeUInt32LE(letter.codePointAt(0) ?? 0);
      return four;
    }),
  );
  test.each([
    ["UTF-8", Buffer.from(GERMAN), GERMAN],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${GERMAN}`), GERMAN],
    ["UTF-16LE with a mark", Buffer.from(`\ufeff${GERMAN}`, "utf16le"), GERMAN],
    ["UTF-16BE with a mark", big(`\ufeff${GERMAN}`), GERMAN],
    ["UTF-16LE without one", Buffer.from(GERMAN, "utf16le"), GERMAN],
    ["UTF-16BE without one", big(GERMAN), GERMAN],
    [
      "UTF-16BE without a single zero",
      big("今天天气很好我们去公园散步吧"),
      "今天天气很好我们去公园散步吧",
    ],
    ["UTF-32LE", utf32, GERMAN],
    ["windows-1252", Buffer.from(GERMAN, "latin1"), GERMAN],
    ["windows-1251", windows1251, RUSSIAN],
    [
      "Shift_JIS",
      Buffer.from("82b182f182c982bf82cd90a28a4581420a8da193fa82cd82c682c482e097c782a2", "hex"),
      "こんにちは世界。\n今日はとても良い",
    ],
    ["ISO-2022-JP", Buffer.from("\x1b$B$3$s$K$A$O@$3&\x1b(B", "latin1"), "こんにちは世界"],
    [
      "GB18030",
      Buffer.from("c4e3bac3cac0bde7a3acd5e2cac7d2bbb8f6b2e2cad4", "hex"),
      "你好世界，这是一个测试",
    ],
  ])("%s is found and decoded", async (_, bytes, text) => {
    expect((await parse(bytes, "a.txt")).text).toBe(text);
  });

  test.each(["Größe und Fläche. ", "Сегодня хорошая погода. ", "今天天气很好。"])(
    "a broken byte in UTF-8 costs one character: %s",
    async (sentence) => {
      const bytes = Buffer.from(sentence.repeat(40));
      const first = bytes.findIndex((byte) => byte >= 0xc0);
      const broken = Buffer.concat([bytes.subarray(0, first), bytes.subarray(first + 1)]);
      const { text } = await parse(broken, "a.txt");
      expect(text).toContain("\ufffd");
      expect(text.endsWith(sentence.repeat(39))).toBe(true);
    },
  );
  test("a declared charset is believed where the bytes may be anything", async () => {
    const bytes = Buffer.from("P\xf8\xedli\xb9", "latin1");
    const claim = { name: "a.txt", mimeType: "text/plain; charset=iso-8859-2" };
    expect((await parseBytes(bytes, claim)).text).toBe("Příliš");
    expect((await parseBytes(Buffer.from("Příliš"), claim)).text).toBe("Příliš");
  });
});

describe("Markdown", () => {
  test("the text stays as it was written; its outermost blocks are found", async () => {
    const source = `---
title: "The Guide"
---
# Guide

Words of a
paragraph
- item one

  still item one
- item two
lazy
1. one

Under
=====
\`\`\`js
# no heading

- no list
\`\`\`
| a | b |
|---|:-:|
| 1 | 2 |
after
    code
***
> quote
## End ##
`;
    const document = await parse(source, "guide.md");
    expect(document).toMatchObject({ mimeType: "text/markdown", title: "The Guide", text: source });
    expect(blocksOf(document)).toEqual([
      ["code", '---\ntitle: "The Guide"\n---'],
      ["heading 1", "# Guide"],
      ["paragraph", "Words of a\nparagraph"],
      ["list", "- item one\n\n  still item one\n- item two\nlazy\n1. one"],
      ["heading 1", "Under\n====="],
      ["code", "```js\n# no heading\n\n- no list\n```"],
      ["table", "| a | b |\n|---|:-:|\n| 1 | 2 |"],
      ["paragraph", "after\n    code"],
      ["paragraph", "***\n> quote"],
      ["heading 2", "## End ##"],
    ]);
    expect(headersOf(document)).toEqual(["| a | b |\n|---|:-:|"]);
  });

  test("without front matter the first heading is the title", async () => {
    expect((await parse("text\n\n# **Real** title #\n", "a.md")).title).toBe("Real title");
    expect((await parse("## Only a section\n", "a.md")).title).toBeNull();
  });

  test("a fence that never ends, and code by indentation", async () => {
    expect(blocksOf(await parse("~~~\ncode\n# still\n", "a.md"))).toEqual([
      ["code", "~~~\ncode\n# still"],
    ]);
    expect(blocksOf(await parse("a\n\n    b\n\n    c\nd", "a.md"))).toEqual([
      ["paragraph", "a"],
      ["code", "    b\n\n    c"],
      ["paragraph", "d"],
    ]);
  });
});

describe("HTML", () => {
  test("headings, paragraphs, lists, tables and code of what a reader sees", async () => {
    const document = await parse(`<!DOCTYPE html><html><head><title>A &amp; B</title>
      <meta name="author" content="Ada"><style>p{}</style><script>evil()</script></head><body>
      <nav><a href="/">Home</a></nav><h1>Big   <em>title</em></h1>
      <p>One<br>two &lt;tag&gt; <b>three</b>.<p>Next <span hidden>hidden</span><i style="display: none">no</i>
      <ul><li>a<ul><li>b</li></ul></li><li>c</ul><ol start=3><li>x<li>y</ol>
      <table><thead><tr><th>H1<th>H2</thead><tr><td>1<td>2</table>
      <pre>line 1
  line 2</pre><svg><text>drawing</text></svg>tail</body></html>`);
    expect(document).toMatchObject({
      mimeType: "text/html",
      title: "A & B",
      metadata: { author: "Ada" },
    });
    expect(blocksOf(document)).toEqual([
      ["heading 1", "Big title"],
      ["paragraph", "One\ntwo <tag> three."],
      ["paragraph", "Next"],
      ["list", "- a\n  - b\n- c"],
      ["list", "3. x\n4. y"],
      ["table", "H1 | H2\n1 | 2"],
      ["code", "line 1\n  line 2"],
      ["paragraph", "tail"],
    ]);
    expect(headersOf(document)).toEqual(["H1 | H2"]);
  });

  test("a main part with enough text is all that is read", async () => {
    const main = "Words that matter. ".repeat(20);
    expect(
      (await parse(`<html><div>Menu</div><main><p>${main}</main><footer>Legal</footer>`)).text,
    ).toBe(main.trim());
    expect((await parse("<html><div>Menu</div><main>x</main>")).text).toBe("Menu\n\nx");
  });

  test("a table that arranges the page is no table", async () => {
    const page = `<html><table><tr><td>Left<td><h2>News</h2><p>It rains.<table><tr><td>in<td>side</table></table>`;
    expect(blocksOf(await parse(page))).toEqual([
      ["paragraph", "Left"],
      ["heading 2", "News"],
      ["paragraph", "It rains."],
      ["table", "in | side"],
    ]);
  });

  test("the charset that the page names is used", async () => {
    const page = Buffer.from(
      '<html><meta charset="iso-8859-2"><p>P\xf8\xedli\xb9 \xbelu\xbb</p>',
      "latin1",
    );
    expect((await parse(page)).text).toBe("Příliš žluť");
  });

  test("a page without text is an error that says why that may be", async () => {
    expect(await refusal("<!doctype html><html><script>app()</script></html>")).toMatchObject({
      reason: "empty",
      message: expect.stringMatching(/scripts fill it/),
    });
  });
});

describe("CSV", () => {
  test.each([
    ["name,age\nAda,36\n", ","],
    ["name;age;x,y\nAda;36;1,5\n", ";"],
    ["name\tage\nAda, B\t36\n", "\t"],
    ["one column\nonly\n", ","],
    ["sep=;\na,b;c\n", ";"],
  ])("the separator of %j", (text, separator) => {
    expect(separatorOf(text)).toBe(separator);
  });

  test("quotes hold separators, breaks and quotes; the rest is forgiven", () => {
    const text = 'a,"b, ""c""\nd"e,f\r\n\r\n,"",\n"never closed,x';
    expect([...rowsOf(text, ",", 100)]).toEqual([
      ["a", 'b, "c"\nde', "f"],
      [""],
      ["", "", ""],
      ['"never closed', "x"],
    ]);
  });

  test("the line that names the separator is no row", async () => {
    const document = await parse("sep=;\r\nname;age, in years\r\nAda;36\r\n", "a.csv");
    expect(document.text).toBe("name | age, in years\nAda | 36");
    expect(headersOf(document)).toEqual(["name | age, in years"]);
  });

  test("a table whose first row names the columns", async () => {
    const document = await parse('name,"the\nage"\nAda,36\n\nBob,41\n', "people.csv");
    expect(document.mimeType).toBe("text/csv");
    expect(blocksOf(document)).toEqual([["table", "name | the age\nAda | 36\nBob | 41"]]);
    expect(headersOf(document)).toEqual(["name | the age"]);
    expect(headersOf(await parse("1,2\n3,4\n", "numbers.csv"))).toEqual([null]);
  });
});

describe("JSON", () => {
  test("a line for each value with its path, a paragraph for each record", async () => {
    const value = {
      name: "Shop",
      tags: ["a", "b"],
      empty: null,
      items: [
        { id: 1, size: { h: 2, w: 3 } },
        { id: 2, note: "fine" },
      ],
    };
    const document = await parse(JSON.stringify(value));
    expect(document.mimeType).toBe("application/json");
    expect(blocksOf(document).map(([, text]) => text)).toEqual([
      "name: Shop\ntags: a, b",
      "items[1].id: 1\nitems[1].size.h: 2\nitems[1].size.w: 3",
      "items[2].id: 2\nitems[2].note: fine",
    ]);
  });

  test("lines of JSON are records; what is no JSON is plain text", async () => {
    const lines = await parse('{"a":1}\n{"a":2}\n', "log.jsonl");
    expect(blocksOf(lines).map(([, text]) => text)).toEqual(["[1].a: 1", "[2].a: 2"]);
    expect((await parse("{ not json", "a.json")).mimeType).toBe("text/plain");
    expect((await parse("[see above] text")).mimeType).toBe("text/plain");
  });
});

describe("e-mail", () => {
  const attachment =
    "--b\nContent-Type: application/pdf; name=plan.pdf\nContent-Disposition: attachment; filename=plan.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n";
  const message = (body: string) =>
    `From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>\nTo: a@example.com, Team: b@example.com, c@example.com;\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\nDate: Mon, 02 Mar 2026 09:00:00 +0000\nMIME-Version: 1.0\n${body}`;

  test("headers, the text of the message, and the names of attachments", async () => {
    const body = `Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nHello.\n\nBye.\n${attachment}--b--\n`;
    const document = await parse(message(body));
    expect(document).toMatchObject({ mimeType: "message/rfc822", title: "Grüße" });
    expect(document.metadata).toMatchObject({
      from: "Jörg <joerg@example.com>",
      to: "a@example.com, b@example.com, c@example.com",
    });
    expect(blocksOf(document)).toEqual([
      [
        "paragraph",
        "Subject: Grüße\nFrom: Jörg <joerg@example.com>\nTo: a@example.com, b@example.com, c@example.com\nDate: 2026-03-02T09:00:00.000Z",
      ],
      ["paragraph", "Hello."],
      ["paragraph", "Bye."],
      ["paragraph", "Attachments:"],
      ["list", "- plan.pdf (application/pdf)"],
    ]);
  });

  test("a message in HTML only is read as a page", async () => {
    const document = await parse(
      message("Content-Type: text/html\n\n<h2>News</h2><script>x</script><p>Rain.</p>"),
    );
    expect(blocksOf(document).slice(1)).toEqual([
      ["heading 2", "News"],
      ["paragraph", "Rain."],
    ]);
  });
});

describe("limits", () => {
  test.each([
    ["text", "x".repeat(200), { textLength: 100 }, /0\.0001 million characters/],
    ["blocks", "a\n\n".repeat(20), { blocks: 10 }, /more than 10 paragraphs/],
    ["nesting of pages", `<html>${"<div>".repeat(40)}x`, { depth: 20 }, /more than 20 elements/],
    ["nesting of values", `${"[".repeat(80)}1${"]".repeat(80)}`, {}, /more than 64 values/],
  ])("of %s are named by the error", async (_, content, limits, message) => {
    expect(await refusal(content, "a", limits)).toMatchObject({
      reason: "limit",
      code: "PAYLOAD_TOO_LARGE",
      message: expect.stringMatching(message),
    });
  });

  test("a row is cut off behind as many cells as it may have", async () => {
    const { text } = await parse("a,b,c,d\n1,2,3,4\n", "a.csv", { columns: 2 });
    expect(text).toBe("a | b\n1 | 2");
  });

  test("what a document says of itself is kept within the contract's bounds", async () => {
    const title = "t".repeat(2000);
    const { title: kept, metadata } = await parse(
      `<html><title>${title}</title><meta name=author content="${"😀".repeat(600)}"><p>x`,
    );
    expect(kept).toHaveLength(500);
    expect(Array.from(metadata["author"] ?? "")).toHaveLength(512);
  });
});
