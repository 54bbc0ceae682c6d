/** Where a message is written, sent, and an answer stopped. */
import { type KeyboardEvent, type ReactNode, type RefObject, useLayoutEffect } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { ComposerChoice } from "../workflows/composer-choice.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { ScopePicker } from "./scope-picker.tsx";
import { useDraft } from "./use-draft.ts";
import "./composer.css";

const MOST_CHARACTERS = 200_000;

export function Composer({ field }: { field: RefObject<HTMLTextAreaElement | null> }): ReactNode {
  const { thread, answering: settings } = useApp();
  const conversationId = useStore(thread.state, (state) => state.conversationId);
  const answering = useStore(thread.state, (state) => state.live !== null);
  const [text, setText] = useDraft(conversationId);
  useGrowing(field);
  const send = async (): Promise<void> => {
    const message = text.trim();
    if (message === "" || thread.state.get().outgoing !== null) return;
    setText("");
    field.current?.focus();
    // It is answered in the way that was chosen before it was sent, however long the server takes to agree.
    const taken = (await settings.settled()) && (await thread.send(message));
    // A message that was not taken goes back to where it was written, unless something is there.
    if (!taken) setText((now) => now || message);
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        maxLength={MOST_CHARACTERS}
        placeholder={answering ? "Write the next message" : "Write a message"}
        aria-label="Message"
        data-testid="composer"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (!isSending(event)) return;
          event.preventDefault();
          void send();
        }}
      />
      <div className="composer-foot">
        <ComposerChoice />
        <ScopePicker />
        <ModelPicker />
        <span className="spring" />
        <ComposerButtons empty={text.trim() === ""} />
      </div>
    </form>
  );
}

/** Enter sends; with Shift it is a line, and while composing (Japanese, say) it picks a word. */
function isSending(event: KeyboardEvent<HTMLTextAreaElement>): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing;
}

function ComposerButtons({ empty }: { empty: boolean }): ReactNode {
  const { thread } = useApp();
  const live = useStore(thread.state, (state) => state.live);
  return (
    <>
      {live && (
        <button
          type="button"
          className="stop-button"
          disabled={live.stopping}
          onClick={() => void thread.stop()}
          data-testid="stop"
        >
          <span className="stop-square" aria-hidden="true" />
          {live.stopping ? "Stopping…" : "Stop"}
        </button>
      )}
      {(!live || !empty) && (
        <IconButton
          className="send-button"
          type="submit"
          icon="send"
          label={live ? "Send after this answer" : "Send"}
          disabled={empty}
          data-testid="send"
        />
      )}
    </>
  );
}

/** The field is as high as its text, up to the limit that the style sheet sets. */
function useGrowing(field: RefObject<HTMLTextAreaElement | null>): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.setProperty("height", "auto");
    element.style.setProperty("height", `${element.scrollHeight}px`);
  });
}

/** Takes a person down to the newest message. */
export function JumpButton({ onJump }: { onJump: () => void }): ReactNode {
  return (
    <button type="button" className="jump-button" onClick={onJump} data-testid="jump">
      <Icon name="bottom" />
      Newest
    </button>
  );
}
