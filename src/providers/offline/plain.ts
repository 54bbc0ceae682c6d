/** What the offline provider says where there is nothing to look up and nothing to do. */

const MAX_QUOTE_LENGTH = 160;

const HOW_TO = `Connect a model and restart:

\`\`\`sh
OPENAI_API_KEY=sk-... npm start                          # OpenAI
ANTHROPIC_API_KEY=sk-ant-... npm start                   # Anthropic
OPENAI_BASE_URL=http://127.0.0.1:1234/v1 npm start       # any compatible server
OLLAMA_HOST=http://127.0.0.1:11434 npm start             # Ollama, found by itself on this machine
\`\`\``;

type Kind = "greeting" | "thanks" | "setup" | "question" | "statement";

/** An honest answer in Markdown: what this is, what was asked, and how to connect a real model. */
export function plainAnswer(message: string): string {
  const quote = quoteOf(message);
  const opening = {
    greeting: "Hello! I am Chatter's offline provider: no language model is connected yet.",
    thanks: "You are welcome. I am Chatter's offline provider: no language model is connected yet.",
    setup: "No language model is connected yet; you are talking to Chatter's offline provider.",
    question: `I cannot answer ${quote} by myself: I am Chatter's offline provider, and no language model is connected yet.`,
    statement: `I have read ${quote}, but I am Chatter's offline provider: no language model is connected yet, so I cannot write a real answer.`,
  }[kindOf(message)];
  return `${opening}\n\n${HOW_TO}`;
}

function kindOf(message: string): Kind {
  const text = message.slice(0, 1_000).trim().toLowerCase();
  if (/^(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings)\b.{0,30}$/s.test(text))
    return "greeting";
  if (/^(?:thanks|thank you|thx|cheers)\b.{0,60}$/s.test(text)) return "thanks";
  if (/\b(?:connect|configure|set ?up|api key|ollama|openai|anthropic)\b/.test(text))
    return "setup";
  const asks =
    /\?\s*$/.test(text) ||
    /^(?:what|who|when|where|why|how|which|can|could|is|are|do|does)\b/.test(text);
  return asks ? "question" : "statement";
}

function quoteOf(message: string): string {
  const line = message.replace(/\s+/g, " ").trim();
  if (line === "") return "an empty message";
  const cut = line.length > MAX_QUOTE_LENGTH ? `${line.slice(0, MAX_QUOTE_LENGTH)}…` : line;
  return `“${cut.toWellFormed()}”`;
}
