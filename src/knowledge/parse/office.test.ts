import { describe, expect, test } from "vitest";
import {
  makeDocx,
  makeEpub,
  makePptx,
  makeXlsx,
  shape,
  wordParagraph,
} from "./testing/office-file.ts";
import { blocksOf, fixture, headersOf, parse, refusal } from "./testing/read.ts";
import { makeZip } from "./testing/zip-file.ts";

describe("Word", () => {
  test("a document of python-docx: headings, table, lists, properties; hidden text is left out", async () => {
    const document = await parse(fixture("report.docx"));
    expect(document).toMatchObject({
      mimeType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      title: "Harbour report",
      pages: null,
      metadata: { author: "Ada Pilot", created: "2026-03-01T08:00:00Z" },
    });
    expect(blocksOf(document)).toEqual([
      ["heading 1", "Harbour report"],
      ["heading 1", "Arrivals"],
      ["paragraph", "Three ships arrived in March. The largest was the Aurora."],
      ["heading 2", "By berth"],
      ["table", "Ship | Berth | Tons\nAurora | North 1 | 4200\nBoreas | South 2 | 1300"],
      ["heading 1", "To do"],
      ["list", "- Repair the crane\n- Order rope\n- Paint the pier"],
      ["paragraph", "Seen. Seen too."],
    ]);
    expect(headersOf(document)).toEqual(["Ship | Berth | Tons"]);
  });

  test("headings come from the style's name, its outline level, its base, or the paragraph itself", async () => {
    const styles =
      `<w:styles xmlns:w="w"><w:style w:styleId="a"><w:name w:val="heading 2"/></w:style>` +
      `<w:style w:styleId="b"><w:name w:val="Mine"/><w:basedOn w:val="a"/></w:style>` +
      `<w:style w:styleId="c"><w:pPr><w:outlineLvl w:val="3"/></w:pPr></w:style></w:styles>`;
    const body = ["a", "b", "c", "Heading5", "none"].map((style) =>
      wordParagraph(style, `<w:pStyle w:val="${style}"/>`),
    );
    const own = wordParagraph("own", `<w:outlineLvl w:val="0"/>`);
    const file = makeDocx(body.join("") + own, [{ name: "word/styles.xml", content: styles }]);
    expect(blocksOf(await parse(file)).map(([kind]) => kind)).toEqual([
      "heading 2",
      "heading 2",
      "heading 4",
      "heading 5",
      "paragraph",
      "heading 1",
    ]);
  });

  test("what was deleted, and how it was before, is not read", async () => {
    const body =
      `<w:p><w:pPr><w:pPrChange><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:pPrChange></w:pPr>` +
      `<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>` +
      `<w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r><w:r><w:t>stays</w:t><w:tab/><w:t>here</w:t><w:br/><w:t>&amp; there</w:t></w:r></w:p>`;
    expect(blocksOf(await parse(makeDocx(body)))).toEqual([["paragraph", "stays\there\n& there"]]);
  });

  test("a table in a table's cell becomes text of the cell; text boxes are read once", async () => {
    const cell = (content: string): string => `<w:tc>${content}</w:tc>`;
    const inner = `<w:tbl><w:tr>${cell(wordParagraph("a"))}${cell(wordParagraph("b"))}</w:tr></w:tbl>`;
    const table = `<w:tbl><w:tr>${cell(wordParagraph("1") + inner)}${cell(wordParagraph("2"))}</w:tr></w:tbl>`;
    const box =
      `<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>${wordParagraph("box")}</w:txbxContent></mc:Choice>` +
      `<mc:Fallback><w:txbxContent>${wordParagraph("box")}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>`;
    expect(blocksOf(await parse(makeDocx(table + box)))).toEqual([
      ["table", "1 a, b | 2"],
      ["paragraph", "box"],
    ]);
  });

  test("footnotes follow the text", async () => {
    const type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes";
    const file = makeDocx(wordParagraph("Text"), [
      {
        name: "word/_rels/document.xml.rels",
        content: `<Relationships><Relationship Id="f" Type="${type}" Target="footnotes.xml"/></Relationships>`,
      },
      {
        name: "word/footnotes.xml",
        content: `<w:footnotes>${wordParagraph("Note")}</w:footnotes>`,
      },
    ]);
    expect(blocksOf(await parse(file))).toEqual([
      ["paragraph", "Text"],
      ["paragraph", "Note"],
    ]);
  });

  test("no text is an error of its own", async () => {
    expect(await refusal(makeDocx(""))).toMatchObject({ reason: "empty" });
  });
});

describe("PowerPoint", () => {
  test("slides are pages; titles, bullets, tables and notes are read", async () => {
    const table = `<a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>A</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>B</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl>`;
    const nested = `<p:sp><p:txBody><a:p><a:r><a:t>One</a:t></a:r></a:p><a:p><a:pPr lvl="1"/><a:r><a:t>Two</a:t></a:r></a:p></p:txBody></p:sp>`;
    const document = await parse(
      makePptx(
        [
          shape("ctrTitle", ["Plan"]) + nested + shape("sldNum", ["7"]),
          shape("title", ["Numbers"]) + table,
        ],
        { 2: "Speak slowly." },
      ),
    );
    expect(blocksOf(document)).toEqual([
      ["heading 1", "Plan"],
      ["list", "- One\n  - Two"],
      ["heading 1", "Numbers"],
      ["table", "A | B"],
      ["paragraph", "Notes: Speak slowly."],
    ]);
    expect(document.title).toBe("Plan");
    expect(
      document.pages?.map(({ number, start }) => [number, document.text.slice(start, start + 4)]),
    ).toEqual([
      [1, "Plan"],
      [2, "Numb"],
    ]);
  });

  test("slides of pictures only are an error that says so", async () => {
    expect(await refusal(makePptx([shape("title", [""])]))).toMatchObject({
      reason: "empty",
      message: expect.stringMatching(/slides are pictures/),
    });
  });
});

describe("Excel", () => {
  test("a workbook of openpyxl: values as they are shown, visible sheets only", async () => {
    const document = await parse(fixture("figures.xlsx"));
    expect(document).toMatchObject({ title: "Figures", metadata: { author: "Ada Pilot" } });
    expect(blocksOf(document)).toEqual([
      ["heading 1", "Sales"],
      [
        "table",
        "Region | Units | Share | Day | Open\nNorth | 12 | 0.3 | 2024-02-29 | TRUE\nSouth | 7 | 0.5 | 2024-03-01 13:30 | FALSE",
      ],
      ["heading 1", "Notes"],
      ["table", "09:15:00\n |  | Far away"],
    ]);
    expect(headersOf(document)).toEqual(["Region | Units | Share | Day | Open", null]);
  });

  test("of formulas only the stored result is read, whatever they would do", async () => {
    const rows = `<row><c t="str"><f>WEBSERVICE("http://127.0.0.1/")</f><v>kept</v></c><c><f>CMD|'/c calc'!A1</f><v>42</v></c></row>`;
    expect(blocksOf(await parse(makeXlsx({ rows })))).toContainEqual(["table", "kept | 42"]);
  });

  test("numbers as they are shown, and not as they are stored", async () => {
    const stored = [
      "0.30000000000000004",
      "1.0E-3",
      "007",
      "123456789012345",
      "5.0999999999999996",
    ];
    const cells = stored.map((value) => `<c><v>${value}</v></c>`).join("");
    const [, table] = blocksOf(await parse(makeXlsx({ rows: `<row>${cells}</row>` })));
    expect(table).toEqual(["table", "0.3 | 0.001 | 007 | 123456789012345 | 5.1"]);
  });

  test("shared, inline, rich and phonetic texts", async () => {
    const shared = `<si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>guide</t></rPh></si>`;
    const rows = `<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>99</v></c><c t="inlineStr"><is><t>in line</t></is></c></row>`;
    const [, table] = blocksOf(await parse(makeXlsx({ rows, shared })));
    expect(table).toEqual(["table", "plain | rich |  | in line"]);
  });

  test("macros are not looked at", async () => {
    const macro = { name: "xl/vbaProject.bin", content: "Auto_Open Shell" };
    const document = await parse(makeXlsx({ rows: `<row><c><v>1</v></c></row>`, more: [macro] }));
    expect(document.text).toBe("Sheet\n\n1");
  });
});

describe("EPUB", () => {
  test("chapters in their order, with the book's title", async () => {
    const document = await parse(
      makeEpub(["<h1>One</h1><p>First.</p>", "<h1>Two</h1><p>Second.</p>"]),
    );
    expect(document).toMatchObject({ title: "The Book", metadata: { author: "A. Writer" } });
    expect(blocksOf(document).map(([, text]) => text)).toEqual(["One", "First.", "Two", "Second."]);
  });

  test("a book under rights management is refused; encrypted fonts alone are none", async () => {
    const encryption = (part: string) => ({
      name: "META-INF/encryption.xml",
      content: `<encryption><EncryptedData><CipherData><CipherReference URI="${part}"/></CipherData></EncryptedData></encryption>`,
    });
    expect(
      await refusal(makeEpub(["<p>x</p>"], [encryption("OEBPS/text/c%200.xhtml")])),
    ).toMatchObject({
      reason: "encrypted",
    });
    expect((await parse(makeEpub(["<p>x</p>"], [encryption("OEBPS/font.otf")]))).text).toBe("x");
  });
});

describe("zip archives", () => {
  test("a part with a password is refused", async () => {
    const parts = [
      { name: "[Content_Types].xml", content: "" },
      { name: "word/document.xml", content: "x", encrypted: true },
    ];
    expect(await refusal(makeZip(parts))).toMatchObject({ reason: "encrypted" });
  });

  test.each([
    ["what they unpack to, as they claim it", { zipBytes: 5000 }, undefined],
    ["what they unpack to, in truth", { zipBytes: 5000 }, 1],
    ["how many times larger that is", { zipFreeBytes: 5000, zipRatio: 3 }, undefined],
    ["their entries", { zipEntries: 2 }, undefined],
  ])("archives are held to a bound on %s", async (_, limits, claimedSize) => {
    const file = makeDocx(wordParagraph("word ".repeat(2000)), [], claimedSize);
    expect(await refusal(file, "a.docx", limits)).toMatchObject({
      reason: "limit",
      code: "PAYLOAD_TOO_LARGE",
    });
    expect((await parse(file)).text).toMatch(/^word/);
  });

  test("what is not packed is read too, in pieces", async () => {
    const text = "word ".repeat(40_000).trim();
    const packed = Buffer.from(
      `<w:document xmlns:w="w"><w:body>${wordParagraph(text)}</w:body></w:document>`,
    );
    const bytes = makeZip([
      { name: "[Content_Types].xml", content: "" },
      { name: "word/document.xml", content: { packed, size: packed.length }, method: 0 },
    ]);
    expect((await parse(bytes)).text).toBe(text);
  });

  test("another way of packing is refused", async () => {
    const parts = [
      { name: "[Content_Types].xml", content: "" },
      { name: "word/document.xml", content: "x", method: 14 },
    ];
    expect(await refusal(makeZip(parts))).toMatchObject({ reason: "unsupported" });
  });

  test("a file that is cut off anywhere is refused or read, and never a defect", async () => {
    const whole = fixture("report.docx");
    for (let length = 100; length < whole.length; length += 1500) {
      expect((await refusal(whole.subarray(0, length))).reason).toMatch(/damaged|unsupported/);
    }
  });
});
