/** Icons, drawn here: 20 by 20, one stroke. */
import type { ReactNode } from "react";

const PATHS = {
  plus: "M10 4v12M4 10h12",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12Zm4.500-1.500L17 17",
  menu: "M3 6h14M3 10h14M3 14h14",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  close: "M5 5l10 10M15 5 5 15",
  send: "M10 16V4M5 9l5-5 5 5",
  copy: "M7 7V4.500A1.500 1.500 0 0 1 8.500 3h7A1.500 1.500 0 0 1 17 4.500v7a1.500 1.500 0 0 1-1.500 1.500H13M4.500 7h7A1.500 1.500 0 0 1 13 8.500v7a1.500 1.500 0 0 1-1.500 1.500h-7A1.500 1.500 0 0 1 3 15.500v-7A1.500 1.500 0 0 1 4.500 7Z",
  check: "M4 10.500 8.500 15 16 6",
  retry:
    "M4 10a6 6 0 0 1 10.500-4L16 7.500M16 4v3.500h-3.500M16 10a6 6 0 0 1-10.500 4L4 12.500M4 16v-3.500h3.500",
  edit: "M12.500 4.500l3 3L7 16H4v-3l8.500-8.500Z",
  up: "M6.500 9v7M6.500 9 9.500 3c1.200 0 2 .9 2 2v3h3.700c1 0 1.700.9 1.500 1.900l-1 4.800c-.2.800-.8 1.300-1.600 1.300H3.500V9h3Z",
  down: "M6.500 11V4M6.500 11l3 6c1.200 0 2-.9 2-2v-3h3.700c1 0 1.700-.9 1.500-1.900l-1-4.800c-.2-.8-.8-1.300-1.600-1.300H3.500v7h3Z",
  fork: "M6 3v6a3 3 0 0 0 3 3h2a3 3 0 0 1 3 3v2M6 9v8M3.500 5.500 6 3l2.500 2.500M11.500 14.500 14 17l2.500-2.500",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  bottom: "M10 4v12M5 11l5 5 5-5",
  sun: "M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM10 2v1.500M10 16.500V18M18 10h-1.500M3.500 10H2M15.700 4.300l-1.100 1.100M5.400 14.600l-1.100 1.100M15.700 15.700l-1.100-1.100M5.400 5.400 4.300 4.300",
  moon: "M16.500 11.800A6.800 6.800 0 0 1 8.200 3.500a6.800 6.800 0 1 0 8.300 8.300Z",
  system: "M3.500 4h13v9h-13zM7.500 16.500h5M10 13v3.500",
  trash: "M4 6h12M8 6V4h4v2M5.500 6l.7 10h7.600l.7-10",
  download: "M10 3v9M6 8.500l4 4 4-4M4 16h12",
  keyboard:
    "M2.500 5.500h15v9h-15zM5.500 8.500h.01M8.500 8.500h.01M11.500 8.500h.01M14.500 8.500h.01M6.500 11.500h7",
  exit: "M8 4H4v12h4M8 10h9M13.500 6.500 17 10l-3.500 3.500",
  warning: "M10 3.500 17.500 16h-15L10 3.500ZM10 8.500v3.500M10 14.200h.01",
} as const;

export type IconName = keyof typeof PATHS;

/** An icon without a meaning of its own: whatever holds it has a name. */
export function Icon({ name }: { name: IconName }): ReactNode {
  return (
    <svg className="icon" data-icon={name} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a voice inside of a speech bubble. */
export function Logo(): ReactNode {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        className="logo-bubble"
        d="M16 3c7.700 0 13 4.900 13 11.400S23.700 25.800 16 25.800c-1.300 0-2.600-.1-3.800-.4L6.600 28.700c-.7.4-1.500-.2-1.300-1l1-4.500C3.700 21.100 3 17.900 3 14.400 3 7.900 8.300 3 16 3Z"
      />
      <path className="logo-voice" d="M10.200 12.600v3.600M16 9.400v10M21.800 12.600v3.600" />
    </svg>
  );
}
