import { describe, expect, it } from "vitest";
import type { ToolDescription } from "../workflow/ports/model.ts";
import { rankTools } from "./tool-ranking.ts";

function described(name: string, description = "", parameters: readonly string[] = []) {
  const properties = Object.fromEntries(parameters.map((each) => [each, { type: "string" }]));
  return { name, description, parameters: { type: "object", properties } };
}

const TOOLS: readonly ToolDescription[] = [
  described("github__create_issue", "Opens an issue in a repository.", ["title", "body", "labels"]),
  described("github__list_issues", "Lists the issues of a repository.", ["state"]),
  described("github__merge_pull_request", "Merges a pull request.", ["number"]),
  described("jira__createTicket", "Makes a ticket in a project.", ["summary"]),
  described("mail__send", "Sends an e-mail to somebody.", ["recipient", "subject"]),
  described("weather", "Tells the weather of a city, such as its temperature.", ["city"]),
  described("calendar__add", "Puts an appointment into the calendar.", ["starts_at"]),
];

const found = (query: string, tools = TOOLS) => rankTools(query, tools).map(({ name }) => name);

describe("the tools that fit some words", () => {
  it.each([
    ["create an issue on GitHub", "github__create_issue"],
    ["list issues", "github__list_issues"],
    ["merge the pull request", "github__merge_pull_request"],
    ["create a ticket", "jira__createTicket"],
    ["What is the temperature in Paris?", "weather"],
    ["mails", "mail__send"],
    ["recipient", "mail__send"],
    ["WEATHER", "weather"],
    ["starts at", "calendar__add"],
    ["Repositories: merging a pull", "github__merge_pull_request"],
  ])("by name, description and parameters: %j", (query, name) => {
    expect(found(query)[0]).toBe(name);
  });

  it("are not there where they have none of them, or where there are no words", () => {
    expect(found("merge")).toEqual(["github__merge_pull_request"]);
    for (const query of ["xylophone", "", "?!", "the of a", "☃"]) expect(found(query)).toEqual([]);
    expect(found("merge", [])).toEqual([]);
  });

  it("come first where they are named, in the order in which they are named", () => {
    const query = "GitHub__list_issues, weather github__create_issue";
    expect(found(query).slice(0, 3)).toEqual([
      "github__list_issues",
      "weather",
      "github__create_issue",
    ]);
    expect(found("add", [described("x", "add add add"), described("add")])[0]).toBe("add");
  });

  it("rank a rare word above a common one, and a name above a description", () => {
    const tools = [
      described("a", "common"),
      described("b", "common"),
      described("c", "common rare"),
      described("rare_thing", "common"),
    ];
    expect(found("common rare", tools)).toEqual(["rare_thing", "c", "a", "b"]);
  });

  it("do not win by their length, nor by saying a word over and over", () => {
    const long = described("long", `deploy ${"and other things besides ".repeat(40)}`);
    const stuffed = described("stuffed", "deploy ".repeat(300));
    const plain = described("plain", "Can deploy services.");
    expect(found("deploy services", [long, stuffed, plain])[0]).toBe("plain");
  });

  it("meet by the beginnings of longer words, behind those that are met whole", () => {
    const tools = [described("repository"), described("repo"), described("rep")];
    expect(found("repo", tools)).toEqual(["repo", "repository"]);
    expect(found("repositories", tools)).toEqual(["repo"]);
    expect(found("env", [described("environment")])).toEqual([]);
  });

  it("of equals stand in the order that they have, each time", () => {
    const tools = Array.from({ length: 50 }, (_, index) => described(`t${index}`, "the same text"));
    const names = tools.map(({ name }) => name);
    expect(found("same", tools)).toEqual(names);
    expect(found("same", tools.toReversed())).toEqual(names.toReversed());
  });

  it("take schemas as they come", () => {
    for (const properties of [undefined, null, 3, "x", []]) {
      const odd = { name: "odd", description: "odd", parameters: { properties } };
      expect(found("odd", [odd])).toEqual(["odd"]);
    }
  });
});
