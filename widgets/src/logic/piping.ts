/** Piping: `{{answers.id}}` and `{{params.order.kind}}` in a text become what was said, always as text. */
import type { Answers, Params, Question } from "../wire";
import { paramAt } from "./branching";

const say = (value: any, question?: Question): string =>
  Array.isArray(value)
    ? value.map((part) => say(part, question)).join(", ")
    : typeof value == "object"
      ? say(value?.other ?? "")
      : (value == "none" && question?.none) || question?.options?.find(({ id }) => id === value)?.text || `${value ?? ""}`;

/** Replace the placeholders of a text; an answer or param that is missing leaves nothing. */
export const pipe = (text: string, questions: Question[], answers: Answers, params: Params): string =>
  text.replace(/\{\{[ \t]*(answers|params)\.([^{} \t]+)[ \t]*\}\}/g, (_, root: string, path: string) =>
    root == "answers"
      ? say(
          answers[path],
          questions.find(({ id }) => id == path),
        )
      : say(paramAt(params, path)),
  );
