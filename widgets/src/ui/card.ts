/** The card: one question at a time in an open shadow root that nothing leaks into or out of. */
import { endOf, kept, visible } from "../logic/branching";
import { pipe } from "../logic/piping";
import { check, isEmpty, type Problem } from "../logic/validation";
import type { Answers, Invitation, Question } from "../wire";
import { controlFor, type Control } from "./controls";
import { drawing, h, present } from "./dom";
import css from "./style.css";
import { isRtl, WORDS, type Words } from "./words";

export interface CardOptions {
  invitation: Invitation;
  answers: Answers;
  /** The script element's `data-` attributes: theme and position. */
  data: DOMStringMap;
  /** Where to stand in the page's own flow; without it the card floats in a corner. */
  element?: Element | null | undefined;
  /** The hosted page: no frame, no way to close. */
  bare?: boolean | undefined;
  save(answers: Answers, complete: boolean): void;
  flush(): void;
  dismiss(): void;
}

export interface Card {
  root: HTMLElement;
  /** Show the end: thanks, or that the survey has closed. */
  finish(refused: boolean): void;
  waiting(): void;
  remove(): void;
}

const CROSS = "M6 6l12 12M18 6L6 18";
const TICK = "M7.5 12.5l3 3 6-6.5M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 1 0 0-19";
const ANNOUNCE_AFTER = 300;

let sheet: CSSStyleSheet | undefined;

/** Make the element that the card lives in; its open shadow root keeps styles in and out. */
const hostFor = (locale: string, position: string | undefined, element: CardOptions["element"]): HTMLElement => {
  const root = h("div", {
    lang: locale,
    dir: isRtl(locale) ? "rtl" : "ltr",
    "data-tactful": true,
    "data-inline": !!element,
    "data-position": position,
  });
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
  root.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  return root;
};

/** Build the card and put it into the page; it takes no focus. */
export const openCard = (options: CardOptions): Card => {
  const { invitation, data, element, bare } = options;
  const { questionnaire, params = {} } = invitation;
  const locale = invitation.locale || "en";
  const words: Words = { ...WORDS, ...invitation.words };
  const answers: Answers = { ...options.answers };
  const { questions } = questionnaire;
  const piped = (text = "") => pipe(text, questions, kept(questionnaire, answers, params), params);
  const asked = () => visible(questionnaire, answers, params);
  let current: Question = asked().find((question) => !(question.id in answers)) ?? asked()[0]!;
  let busy = false;
  let before: EventTarget | null = null;

  const root = hostFor(locale, data.position, element);
  const shadow = root.shadowRoot!;

  const live = h("div", { class: "away", role: "status" });
  // No form element: a sandboxed frame without allow-forms swallows its submit event.
  const body = h("div", { class: "body" });
  const cross = h("button", { class: "x", type: "button", "aria-label": words.close, click: () => options.dismiss() }, drawing(CROSS));
  const card = h(
    "div",
    { class: `card ${element ? "flow" : "float"} ${bare ? "bare" : ""} ${data.theme ?? ""}`, part: "card", role: element ? "region" : "dialog", "aria-labelledby": "q" },
    element ? undefined : cross,
    body,
  );
  shadow.append(live, card);

  const go = h("button", { class: "go", part: "button", type: "button", click: () => busy || submit() });
  const back = h("button", { class: "back", type: "button", click: () => move(-1) }, words.back);
  const step = h("span", { class: "step" });
  const error = h("p", { class: "error", id: "e", role: "alert" });
  const note = h("p", { class: "note", role: "status" });
  let control: Control;

  const refresh = () => {
    const list = asked();
    const at = list.indexOf(current);
    // While its answer may bring up another question, nobody knows that it is the last one.
    const open = isEmpty(answers[current.id]) && JSON.stringify(questions.map((question) => question.if)).includes(current.id + `"`);
    go.textContent = list[at + 1] || open ? words.next : words.send;
    back.hidden = at < 1;
    step.textContent = questions[1] && !questions.some((question) => question.if) ? `${at + 1} / ${list.length}` : "";
  };

  const complain = (problem?: Problem) => {
    const { min, max } = current;
    const text = min && max ? words.choose : min ? words.at_least : words.at_most;
    const range = min && max && min != max ? `${min}–${max}` : `${min || max}`;
    error.textContent = !problem ? "" : problem == "required" ? words.required : text.replace("{}", range);
    for (const input of control.inputs)
      if (input.type != "radio") input.ariaInvalid = problem ? "true" : null;
    if (problem) focusControl();
  };

  const focusControl = () =>
    (
      body.querySelector<HTMLElement>(".list .field:not([hidden]):placeholder-shown") ??
      control.inputs.find((input) => (input as HTMLInputElement).checked) ??
      control.inputs[0]
    )?.focus();

  const render = () => {
    const { title } = questionnaire;
    const { type } = current;
    control = controlFor({
      question: current,
      answer: answers[current.id],
      seed: invitation.id,
      text: piped,
      changed: (answer) => {
        if (answer === undefined) delete answers[current.id];
        else answers[current.id] = answer;
        if (error.textContent) complain(check(current, answer) && undefined);
        refresh();
        options.save(kept(questionnaire, answers, params), false);
      },
    })!;
    const help = current.help && h("p", { class: "help", id: "h" }, piped(current.help));
    const described = help ? "h e" : "e";
    const written = type == "text";
    const radios = type != "multi" && !written;
    if (written) control.inputs[0]!.setAttribute("aria-describedby", described);
    const group = written
      ? h("div", {}, h("label", { class: "q", id: "q", for: "a" }, piped(current.text)), help, ...control.nodes)
      : h(
          "fieldset",
          {
            role: radios ? "radiogroup" : "group",
            "aria-labelledby": "q",
            "aria-describedby": described,
            "aria-required": radios && current.required ? "true" : undefined,
          },
          h("legend", { class: "q", id: "q" }, piped(current.text)),
          help,
          ...control.nodes,
        );
    // Leaving the question with the keyboard or a tap is the moment to save it.
    (group as HTMLElement).addEventListener("focusout", ({ relatedTarget }) => group.contains(relatedTarget as Node) || options.flush());
    error.textContent = "";
    body.replaceChildren(
      ...present([
        // The hosted page says it above.
        !bare && title && h("p", { class: "title" }, piped(title)),
        group,
        error,
        h("div", { class: "foot" }, back, step, go),
        note,
      ]),
    );
    refresh();
  };

  const move = (by: number) => {
    const list = asked();
    current = list[list.indexOf(current) + by] ?? current;
    card.scrollTop = 0;
    render();
    focusControl();
    options.flush();
  };

  const submit = () => {
    const list = asked();
    const last = list.at(-1) == current;
    // An answer changed on the way back may have brought up a question that was never seen.
    const wrong = (last ? list : [current]).find((question) => check(question, answers[question.id]));
    if (wrong) {
      if (wrong != current) {
        current = wrong;
        render();
      }
      return complain(check(wrong, answers[wrong.id]));
    }
    if (!last) return move(1);
    busy = true;
    go.ariaDisabled = "true";
    options.save(kept(questionnaire, answers, params), true);
  };
  let escaping = false;
  for (const type of ["keydown", "keyup", "keypress"])
    shadow.addEventListener(type, (event) => {
      // The page's hot-keys must not hear what is typed here.
      event.stopPropagation();
      const { key, isComposing, target } = event as KeyboardEvent;
      if (type == "keydown") {
        escaping = key == "Escape" && !isComposing && !element;
        if (key == "Enter" && !isComposing && target instanceof HTMLInputElement) go.click();
      }
      // Closing waits for the key to come up, or the page would hear that.
      if (type == "keyup" && escaping) options.dismiss();
    });
  shadow.addEventListener("focusin", (event) => {
    const from = (event as FocusEvent).relatedTarget as Node | null;
    if (from && !shadow.contains(from)) before = from;
  });

  render();
  (element ?? document.body).append(root);
  if (!element) setTimeout(() => (live.textContent = piped(current.text)), ANNOUNCE_AFTER);

  return {
    root,
    finish: (refused) => {
      const end = refused ? undefined : endOf(questionnaire, answers, params);
      const title = end ? piped(end.title) : refused ? words.closed : words.thanks;
      const text = piped(end?.text);
      const inside = shadow.activeElement;
      const box = h(
        "div",
        { class: "end", tabindex: -1 },
        refused ? undefined : drawing(TICK),
        h("p", { class: "q", id: "q" }, title),
        text && h("p", { class: "help" }, text),
      );
      body.replaceWith(box);
      if (inside) box.focus();
      else live.textContent = `${title} ${text}`;
    },
    waiting: () => {
      note.textContent = words.waiting;
    },
    remove: () => {
      const inside = shadow.activeElement;
      root.remove();
      if (inside) (before as HTMLElement | null)?.focus?.();
    },
  };
};
