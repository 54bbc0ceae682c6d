/** The texts of a form, while somebody writes in it. */
import { useState } from "react";

/** The names of those that may be any `Value`, and nothing else. */
type NamesOf<Texts, Value> = {
  [Name in keyof Texts]: [Texts[Name], Value] extends [Value, Texts[Name]] ? Name : never;
}[keyof Texts];

export interface FormTexts<Texts> {
  readonly texts: Texts;
  /** Whether leaving now would lose something. */
  readonly unsaved: boolean;
  readonly change: (fields: Partial<Texts>) => void;
  /** What makes a control of text hold one of them. */
  readonly field: (name: NamesOf<Texts, string>) => {
    readonly value: string;
    readonly onChange: (value: string) => void;
  };
  /** What makes a switch hold one of them. */
  readonly check: (name: NamesOf<Texts, boolean>) => {
    readonly checked: boolean;
    readonly onChange: (checked: boolean) => void;
  };
}

/** `begin` makes what the form shows at first; it is called once. */
export function useTexts<Texts extends object>(begin: () => Texts): FormTexts<Texts> {
  const [began] = useState(begin);
  const [texts, setTexts] = useState(began);
  const change = (fields: Partial<Texts>): void => setTexts({ ...texts, ...fields });
  const set = (name: keyof Texts, value: string | boolean): void =>
    change({ [name]: value } as Partial<Texts>);
  return {
    texts,
    unsaved: texts !== began,
    change,
    field: (name) => ({
      value: texts[name] as string,
      onChange: (value) => set(name, value),
    }),
    check: (name) => ({
      checked: texts[name] as boolean,
      onChange: (checked) => set(name, checked),
    }),
  };
}
