/** What travels between the gateway, the loader and the renderer. */

export type Scalar = boolean | number | string;

export type Condition =
  | { kind: "test"; attribute: string; op: string; value: Scalar | Scalar[] }
  | { kind: "all"; parts: Condition[] }
  | { kind: "any"; parts: Condition[] }
  | { kind: "not"; part: Condition };

export type Other = { other: string };
export type Answer = number | string | Other | (string | Other)[];
export type Answers = Record<string, Answer>;
export type Params = Record<string, unknown>;

export interface Option {
  id: string;
  text: string;
}

export interface Question {
  id: string;
  type: "nps" | "csat" | "ces" | "single" | "multi" | "text";
  text: string;
  help?: string;
  required?: boolean;
  if?: Condition;
  options?: Option[];
  other?: string;
  none?: string;
  shuffle?: boolean;
  min?: number;
  max?: number;
  low?: string;
  high?: string;
  style?: "numbers" | "stars" | "emoji";
  long?: boolean;
  max_length?: number;
  placeholder?: string;
}

export interface End {
  title: string;
  text?: string;
  if?: Condition;
}

export interface Questionnaire {
  id: string;
  title?: string;
  questions: Question[];
  ends?: End[];
}

export interface Invitation {
  id: string;
  token: string;
  url?: string;
  expires_at?: string;
  status?: string;
  locale?: string;
  questionnaire: Questionnaire;
  params?: Params;
  /** What the widget says by itself, in the invitation's locale. */
  words?: Record<string, string>;
  /** Only in `GET /v1/invitations/{token}`: what the gateway has so far. */
  answers?: Answers;
  rev?: number;
  complete?: boolean;
}

export interface Decision {
  ask: boolean;
  reason: string;
  touchpoint: string;
  event_id: string;
  again?: boolean;
  invitation?: Invitation | null;
}

export type HostEvent = "displayed" | "answered" | "completed" | "dismissed";

/** What the loader hands to the renderer. */
export interface Host {
  /** The gateway's address with a slash at its end. */
  base: string;
  /** The script element's `data-` attributes. */
  data: DOMStringMap;
  /** Where things may be kept now, or nothing. */
  storage(): Storage | undefined;
  /** The signed person's token, if there is one now. */
  token(): string | undefined;
  /** The language of the page now. */
  locale(): string;
  /** The visitor's anonymous id; the renderer keeps it once something was displayed. */
  anonymous(): string;
  emit(type: HostEvent, detail: unknown): void;
}

export interface Renderer {
  /** Show an invitation that was got with `token`; with `element` (null: floating) it is the page's own. */
  show(host: Host, invitation: Invitation, again?: boolean, token?: string, element?: Element | null): Promise<void>;
  /** Take up what this person left, and put away what another one did. */
  resume(host: Host): Promise<void>;
  close(): void;
}

/** The storage keys; both are written by the renderer alone. */
export const ID_KEY = "tactful.id";
export const OPEN_KEY = "tactful.open";
