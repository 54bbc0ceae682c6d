/** The choice of how to answer: a workflow or a template. What cannot run says why, and cannot be chosen. */
import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from "react";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import type { Catalogue, Choice } from "../state/answer-settings.ts";
import { useApp } from "../state/app.ts";
import { keyOf } from "../state/availability.ts";
import { Icon } from "../ui/icons.tsx";
import { moveFocus } from "../ui/move-focus.ts";
import { Popover } from "../ui/popover.tsx";
import { type ChoiceOption, optionsOf, titleOf } from "./choices.ts";
import { useCatalogue } from "./use-answering.ts";
import "./workflows.css";

interface Props {
  chosen: Choice;
  onChoose: (choice: Choice) => void;
  /** Why what is chosen cannot run; null where nothing speaks against it. */
  problem: string | null;
  disabled?: boolean;
  /** What makes the button a control of a form's field. */
  control?: ComponentProps<"button">;
  /** Items behind the choices, drawn with what closes the list. */
  children?: (close: () => void) => ReactNode;
  testId: string;
}

export function AnswerPicker(props: Props): ReactNode {
  const { chosen, onChoose, problem, disabled = false, control, children, testId } = props;
  const { answering } = useApp();
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const title = titleOf(chosen);
  return (
    <>
      <button
        {...control}
        ref={button}
        type="button"
        className="picker-button"
        aria-haspopup="menu"
        aria-label={`How to answer: ${title}${problem === null ? "" : ", cannot run now"}`}
        title={problem ?? "How to answer"}
        disabled={disabled}
        popoverTarget={id}
        data-testid={testId}
      >
        {problem !== null && <Icon name="warning" />}
        <span>{title}</span>
        <Icon name="chevron" />
      </button>
      <Popover
        id={id}
        button={button}
        kind="menu"
        label="How to answer"
        className="menu choices"
        align="start"
        onOpen={() => void answering.load()}
        onKeyDown={moveFocus}
      >
        {(close) => (
          <>
            <Options
              chosen={chosen}
              onChoose={(choice) => {
                close();
                onChoose(choice);
              }}
            />
            {children?.(close)}
          </>
        )}
      </Popover>
    </>
  );
}

interface OptionsProps {
  chosen: Choice;
  onChoose: (choice: Choice) => void;
}

function Options(props: OptionsProps): ReactNode {
  const { answering } = useApp();
  const catalogue = useCatalogue();
  const { phase, error } = useStore(answering.workflows.state, (state) => state);
  if (catalogue.workflows.length === 0) {
    const note = phase === "failed" ? `${explain(error).title}.` : "Loading…";
    return <p className="choices-note">{note}</p>;
  }
  return <LoadedOptions {...props} catalogue={catalogue} />;
}

function LoadedOptions(props: OptionsProps & { catalogue: Catalogue }): ReactNode {
  const { chosen, onChoose, catalogue } = props;
  const { answering } = useApp();
  const first = useRef<HTMLFieldSetElement>(null);
  // They may come after the list was opened, which then had nothing better to give the focus to.
  useEffect(() => {
    const menu = first.current?.closest("[popover]");
    menu?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
  }, []);
  const lacks = useStore(answering.availability.state, (state) => state);
  const { workflows, templates } = optionsOf(catalogue, lacks);
  const item = (option: ChoiceOption): ReactNode => (
    <Option
      key={keyOf(option.choice)}
      option={option}
      known={lacks.has(keyOf(option.choice))}
      checked={keyOf(option.choice) === keyOf(chosen)}
      onChoose={() => onChoose(option.choice)}
    />
  );
  return (
    <>
      <fieldset ref={first}>
        <legend>Workflows</legend>
        {workflows.map(item)}
      </fieldset>
      {templates.length > 0 && (
        <fieldset>
          <legend>Templates</legend>
          {templates.map(item)}
        </fieldset>
      )}
    </>
  );
}

interface OptionProps {
  option: ChoiceOption;
  /** Whether the server has said if it can run. */
  known: boolean;
  checked: boolean;
  onChoose: () => void;
}

/** One that cannot run takes the focus, so that its reason is read, but is not chosen. */
function Option({ option, known, checked, onChoose }: OptionProps): ReactNode {
  const id = useId();
  const { title, description, lack } = option;
  return (
    <button
      type="button"
      role="menuitemradio"
      className="choice"
      aria-busy={known ? undefined : true}
      aria-checked={checked}
      aria-disabled={lack !== null}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-description${lack === null ? "" : ` ${id}-lack`}`}
      data-testid={`choice-${option.choice.name}`}
      onClick={() => {
        if (lack === null) onChoose();
      }}
    >
      <span className="choice-mark">{checked && <Icon name="check" />}</span>
      <span className="choice-text">
        <strong id={`${id}-title`}>{title}</strong>
        <span id={`${id}-description`}>{description}</span>
        {lack !== null && (
          <span className="choice-lack" id={`${id}-lack`}>
            {lack}
          </span>
        )}
      </span>
    </button>
  );
}
