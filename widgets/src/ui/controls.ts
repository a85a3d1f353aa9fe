/** One control a question type: native radios, checkboxes and text fields, which bring their keyboard with them. */
import { isEmpty, OTHER_MAX_LENGTH, SCALES, TEXT_MAX_LENGTH } from "../logic/validation";
import { shuffled } from "../logic/shuffle";
import type { Answer, Option, Other, Question } from "../wire";
import { drawing, h } from "./dom";

/** What a control needs: `text` is piped already, `changed` hears every new answer, undefined for none. */
export interface Asked {
  question: Question;
  answer: Answer | undefined;
  seed: string;
  text(template: string | undefined): string;
  changed(answer: Answer | undefined): void;
}

export interface Control {
  nodes: (HTMLElement | undefined)[];
  inputs: (HTMLInputElement | HTMLTextAreaElement)[];
}

const STAR = "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z";
const FACE = "M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 1 0 0-19M8.8 9.5v.6M15.2 9.5v.6M8 ";
const MOUTHS = ["17q4-6 8 0", "16q4-2 8 0", "15.5h8", "15q4 2 8 0", "14q4 6 8 0"];

const scale = ({ question, answer, text, changed }: Asked): Control => {
  const [from, to] = SCALES[question.type]!;
  const style = question.type == "csat" ? question.style : undefined;
  const art = style == "stars" || style == "emoji" ? style : undefined;
  const [low, high] = [text(question.low), text(question.high)];
  const inputs: HTMLInputElement[] = [];
  const labels = Array.from({ length: to - from + 1 }, (_, i) => {
    const value = from + i;
    const meaning = value == from ? low : value == to ? high : "";
    const input = h("input", {
      type: "radio",
      name: "answer",
      value,
      checked: answer === value,
      "aria-label": `${value}${meaning && ` – ${meaning}`}`,
      change: () => changed(value),
    });
    inputs.push(input);
    return h("label", {}, input, art ? drawing(art == "stars" ? STAR : FACE + MOUTHS[i]) : `${value}`);
  });
  const nodes: Control["nodes"] = [h("div", { class: `scale n${labels.length} ${art ? `art ${art}` : ""}` }, ...labels)];
  if (low || high) nodes.push(h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, low), h("span", {}, high)));
  return { nodes, inputs };
};

const choices = ({ question, answer, seed, text, changed }: Asked): Control => {
  const { options = [], other, none, shuffle } = question;
  const many = question.type == "multi";
  const given = Array.isArray(answer) ? answer : answer === undefined ? [] : [answer as string | Other];
  const own = given.find((part): part is Other => typeof part == "object");
  const inputs: HTMLInputElement[] = [];
  const field = h("input", {
    class: "field",
    maxlength: OTHER_MAX_LENGTH,
    value: own?.other,
    "aria-label": text(other),
    placeholder: text(other) + "…",
    hidden: !own,
    input: () => tell(),
  });
  const tell = () => {
    // "Something else" without a word says nothing.
    const picked = inputs
      .filter((input) => input.checked)
      .map(({ value }) => (value == "+" ? { other: field.value.trim() } : value))
      .filter((part) => !isEmpty(part));
    field.hidden = !inputs.some((input) => input.value == "+" && input.checked);
    changed(many ? picked : picked[0]);
  };
  const pick = (value: string, label: string) => {
    const checked = value == "+" ? !!own : given.includes(value);
    const change = () => {
      // "None of these" excludes all others, whichever was ticked last.
      if (many && input.checked)
        inputs.forEach((each) => (each.checked &&= each == input || (each.value == "none") == (value == "none")));
      tell();
      if (value == "+" && input.checked && many) field.focus();
    };
    const input = h("input", { type: many ? "checkbox" : "radio", name: "answer", value, checked, change });
    inputs.push(input);
    return h("label", {}, input, label);
  };
  const order: Option[] = shuffle ? shuffled(options, seed + question.id) : options;
  const rows = order.map(({ id, text: label }) => pick(id, text(label)));
  if (other) rows.push(pick("+", text(other)));
  const list = h("div", { class: "list" }, ...rows);
  if (other) list.append(field);
  if (none) list.append(pick("none", text(none)));
  return { nodes: [list], inputs };
};

const writing = ({ question, answer, text, changed }: Asked): Control => {
  const input = h(question.long ? "textarea" : "input", {
    class: "field",
    id: "a",
    maxlength: question.max_length ?? TEXT_MAX_LENGTH,
    placeholder: text(question.placeholder) || undefined,
    "aria-required": question.required ? "true" : undefined,
    input: () => changed(input.value.trim() || undefined),
  }) as HTMLInputElement | HTMLTextAreaElement;
  input.value = (answer as string | undefined) ?? "";
  return { nodes: [input], inputs: [input] };
};

/** Build the control of a question, or nothing for a type that this renderer does not know. */
export const controlFor = (asked: Asked): Control | undefined => {
  const { type } = asked.question;
  if (type in SCALES) return scale(asked);
  if (type == "single" || type == "multi") return choices(asked);
  return type == "text" ? writing(asked) : undefined;
};

/** Every question type that can be shown. */
export const TYPES: string[] = [...Object.keys(SCALES), "single", "multi", "text"];
