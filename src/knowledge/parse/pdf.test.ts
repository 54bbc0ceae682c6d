import { describe, expect, test } from "vitest";
import { makePdf, pdfOf, pdfOfPages, pdfPage, pdfStream, prosePage } from "./testing/pdf-file.ts";
import { blocksOf, fixture, parse, refusal } from "./testing/read.ts";

describe("text and structure", () => {
  test("a file of ReportLab: headings, paragraphs, pages, properties", async () => {
    const document = await parse(fixture("manual.pdf"));
    expect(document).toMatchObject({
      mimeType: "application/pdf",
      title: "Lighthouse manual",
      metadata: { author: "Ada Pilot", created: "2000-01-01" },
    });
    const blocks = blocksOf(document);
    expect(blocks.map(([kind, text]) => `${kind}: ${text.slice(0, 20)}`)).toEqual([
      "heading 1: Lighthouse manual",
      "heading 1: Lamp",
      "paragraph: The lamp turns once ",
      "paragraph: Clean the lens every",
      "heading 1: Foghorn",
      "paragraph: Sound the horn twice",
    ]);
    expect(blocks[3]?.[1]).toMatch(/soap leaves a film that scatters the light\.$/);
    expect(document.pages).toHaveLength(2);
  });

  test("every page has its number and its stretch of the text, empty ones too", async () => {
    const { text, pages } = await parse(makePdf([prosePage(1, 3), [], prosePage(3, 2)]));
    const texts = pages?.map(({ number, start, end }) => [
      number,
      text.slice(start, end).slice(0, 9),
    ]);
    expect(texts).toEqual([
      [1, "Chapter 1"],
      [2, ""],
      [3, "Chapter 3"],
    ]);
    expect(text.slice(pages?.[0]?.start, pages?.[0]?.end)).toMatch(/Line 3 of page 1/);
  });

  test("lines become paragraphs, words parted at their ends are joined, bullets stay apart", async () => {
    const lines = (y: number, ...texts: string[]) =>
      texts.map((text, index) => ({ text, y: y - index * 13 }));
    const page = [
      ...lines(700, "The paragraph has a hyphen-", "ated word and a state-of-the-", "art one."),
      ...lines(630, "Another one.", "\x95 First", "\x95 Second"),
      ...lines(560, "1 Introduction . . . . . . . . . . . . 7"),
    ];
    expect(blocksOf(await parse(makePdf([page]))).map(([, text]) => text)).toEqual([
      "The paragraph has a hyphenated word and a state-of-the- art one.",
      "Another one.\n• First\n• Second",
      "1 Introduction … 7",
    ]);
  });

  test("a title that is only a file's name is none", async () => {
    const file = (title: string) => makePdf([[{ text: "Words", y: 700 }]], { Title: title });
    expect((await parse(file("Microsoft Word - draft.docx"))).title).toBeNull();
    expect((await parse(file("Annual report"))).title).toBe("Annual report");
  });
});

describe("East Asian encodings that a reader must know by name", () => {
  /** A page with codes in a font that names an encoding and embeds nothing. */
  function pageIn(encoding: string, ordering: string, codes: Buffer): Buffer {
    return pdfOf([
      "<</Type/Catalog/Pages 2 0 R>>",
      "<</Type/Pages/Kids[4 0 R]/Count 1>>",
      `<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/${encoding}/DescendantFonts[6 0 R]>>`,
      pdfPage(5),
      pdfStream(`BT /F1 12 Tf 72 700 Td <${codes.toString("hex")}> Tj ET`),
      `<</Type/Font/Subtype/CIDFontType0/BaseFont/F/CIDSystemInfo<</Registry(Adobe)/Ordering(${ordering})/Supplement 2>>/FontDescriptor 7 0 R>>`,
      "<</Type/FontDescriptor/FontName/F/Flags 4/FontBBox[0 0 1 1]/ItalicAngle 0/Ascent 1/Descent 0/CapHeight 1/StemV 1>>",
    ]);
  }

  const utf16 = Buffer.from("你好𠀋", "utf16le").swap16();
  test.each([
    ["UniGB-UTF16-H", "GB1", utf16, "你好𠀋"],
    ["GBK-EUC-H", "GB1", Buffer.from("c4e3bac361", "hex"), "你好a"],
    ["ETen-B5-H", "CNS1", Buffer.from("a741a66e", "hex"), "你好"],
    ["90ms-RKSJ-V", "Japan1", Buffer.from("93fa967bb1", "hex"), "日本ｱ"],
    ["EUC-H", "Japan1", Buffer.from("c6fccbdc", "hex"), "日本"],
    ["KSCms-UHC-H", "Korea1", Buffer.from("c7d1b1db", "hex"), "한글"],
  ])("%s of Adobe-%s", async (encoding, ordering, codes, text) => {
    expect((await parse(pageIn(encoding, ordering, codes))).text).toBe(text);
  });

  test("numbers of a collection say nothing without its table: an error that says what to do", async () => {
    const file = pageIn("Identity-H", "Japan1", Buffer.from("034a034b", "hex"));
    expect(await refusal(file)).toMatchObject({
      reason: "empty",
      message: expect.stringMatching(
        /Adobe-Japan1-UCS2, which cannot be read\. Print it to a new PDF/,
      ),
    });
  });
});

describe("what cannot be read", () => {
  test("a password is asked for by an error", async () => {
    expect(await refusal(fixture("protected.pdf"))).toMatchObject({
      reason: "encrypted",
      code: "UNSUPPORTED_MEDIA_TYPE",
    });
  });

  test("pages without text are an error that says to recognise it", async () => {
    expect(await refusal(pdfOfPages([pdfStream("0 0 1 rg 0 0 100 100 re f")]))).toMatchObject({
      reason: "empty",
      message: expect.stringMatching(/OCR/),
    });
  });

  test("a file that is cut off is read as far as it goes, or refused", async () => {
    const whole = makePdf([prosePage(1), prosePage(2)]);
    expect(await refusal(whole.subarray(0, 200))).toMatchObject({ reason: "damaged" });
    const most = await parse(whole.subarray(0, whole.length - 30));
    expect(most.text).toMatch(/Line 40 of page 2/);
  });

  test("more pages than may be are refused before they are read", async () => {
    const file = makePdf([prosePage(1), prosePage(2), prosePage(3)]);
    expect(await refusal(file, "a.pdf", { pages: 2 })).toMatchObject({
      reason: "limit",
      code: "PAYLOAD_TOO_LARGE",
      message: expect.stringMatching(/3 pages; at most 2/),
    });
  });
});
