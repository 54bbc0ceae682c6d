/** How the open conversation is answered: its settings, and everything that there is to choose from. */
import {
  type ChatRequest,
  ChatterError,
  type Client,
  type Conversation,
  type Problem,
  type WorkflowInfo,
} from "../../../src/client/index.ts";
import type { Store } from "../api/store.ts";
import {
  type AnswerSettings,
  type Catalogue,
  parametersOf,
  settingsOf,
  toDryRun,
} from "./answer-settings.ts";
import { type Availability, createAvailability } from "./availability.ts";
import { createPreview, type PreviewStore } from "./preview.ts";
import { createProfileList, type ProfileList } from "./profiles.ts";
import { createResource, type Resource } from "./resource.ts";
import { createTemplateList, type TemplateList } from "./templates.ts";
import type { ThreadState } from "./thread/thread-state.ts";

export interface Answering {
  /** The settings of the conversation that is about to begin. */
  readonly draft: Store<AnswerSettings>;
  readonly workflows: Resource<WorkflowInfo>;
  readonly templates: TemplateList;
  readonly profiles: ProfileList;
  readonly availability: Availability;
  readonly preview: PreviewStore;
  /** Reads all there is to choose from, and what of it could run. Never rejects. */
  readonly load: () => Promise<void>;
  /**
   * Keeps settings for the open conversation, or for the one that is about to begin. Rejects when the server would
   * not take them; nothing is changed then.
   */
  readonly save: (settings: AnswerSettings) => Promise<void>;
  /** Waits for settings that are still being kept. False when the server refused them. Never rejects. */
  readonly settled: () => Promise<boolean>;
}

interface AnsweringPorts {
  readonly client: Client;
  readonly thread: Store<ThreadState>;
  readonly draft: Store<AnswerSettings>;
  /** Something in the list of conversations may look different now. */
  readonly onChanged: () => void;
}

/** The workflow of a server that says nothing else. */
const PLAIN = "plain";

/** Builds it over the open conversation, which it watches; the lists are read by `load`. */
export function createAnswering(ports: AnsweringPorts): Answering {
  const { client, thread, draft } = ports;
  const preview = createPreview(client);
  const workflows = createResource(async () => (await client.listWorkflows()).data);
  const availability = createAvailability(client);
  const onListChanged = (): void => {
    preview.refresh();
    void availability.check(catalogue());
  };
  const templates = createTemplateList(client, onListChanged);
  const profiles = createProfileList(client, onListChanged);
  const catalogue = (): Catalogue => ({
    workflows: workflows.state.get().items,
    templates: templates.state.get().items,
  });
  watch(ports, preview);
  let saving: Promise<void> | null = null;
  const keep = async (settings: AnswerSettings): Promise<void> => {
    const { conversationId } = thread.get();
    if (conversationId !== null) return change(ports, conversationId, settings);
    const fallback = preview.state.get().plan?.workflow ?? PLAIN;
    await refuse(client, toDryRun(settings, parametersOf(settings, catalogue(), fallback)));
    draft.set(settings);
  };
  return {
    draft,
    workflows,
    templates,
    profiles,
    availability,
    preview,
    load: async () => {
      await Promise.all([workflows.load(), templates.load(), profiles.load()]);
      await availability.check(catalogue());
    },
    save: async (settings) => {
      const mine = keep(settings);
      saving = mine;
      try {
        await mine;
      } finally {
        if (saving === mine) saving = null;
      }
    },
    settled: async () => {
      try {
        await saving;
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Changes a conversation; what is on the screen follows, unless another one is there by then. */
async function change(
  { client, thread, onChanged }: AnsweringPorts,
  id: string,
  settings: AnswerSettings,
): Promise<void> {
  const conversation = await client.updateConversation(id, settings);
  if (thread.get().conversationId === id) thread.patch({ conversation });
  onChanged();
}

/** Rejects with what is wrong with a request, if anything is. */
async function refuse(client: Client, request: ChatRequest): Promise<void> {
  const check = await client.validateWorkflow(request);
  if (!check.valid) throw new ChatterError(combine(check.errors));
}

/** One problem for all of them. A prompt is named as the settings name it. */
function combine(problems: readonly Problem[]): Problem {
  const errors = problems
    .flatMap((problem) => problem.errors ?? [])
    .map(({ path, message }) => ({
      path: path === "system_prompt_override" ? "system_prompt" : path,
      message,
    }));
  const [first] = problems;
  if (!first) throw new Error("A refusal without a reason.");
  return { ...first, errors, detail: problems.map(({ detail }) => detail).join(" ") };
}

/** Keeps the preview up to date with the conversation on the screen. */
function watch({ thread, draft }: AnsweringPorts, preview: PreviewStore): void {
  let seen: Conversation | AnswerSettings | null = null;
  const look = (): void => {
    const { conversationId, conversation } = thread.get();
    const now = conversationId === null ? draft.get() : conversation;
    // The thread changes with every token, its conversation hardly ever.
    if (now === null || now === seen) return;
    seen = now;
    preview.look(conversationId, settingsOf(now));
  };
  thread.subscribe(look);
  draft.subscribe(look);
  look();
}
