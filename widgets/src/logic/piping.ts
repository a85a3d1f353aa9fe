/** Piping: `{{answers.id}}` and `{{params.order.kind}}` in a text become what was said, always as text. */
import type { Answer, Answers, Params, Question } from "../wire";
import { paramAt } from "./branching";

const say = (question: Question | undefined, answer: Answer | undefined): string => {
  if (answer === undefined) return "";
  if (Array.isArray(answer)) return answer.map((part) => say(question, part)).join(", ");
  if (typeof answer == "object") return answer.other;
  if (answer == "none" && question?.none) return question.none;
  return question?.options?.find((option) => option.id === answer)?.text ?? `${answer}`;
};

/** Replace the placeholders of a text; an answer or param that is missing leaves nothing. */
export const pipe = (text: string, questions: Question[], answers: Answers, params: Params): string =>
  text.replace(/\{\{\s*(answers|params)\.([^{}\s]+)\s*\}\}/g, (_, root: string, path: string) =>
    root == "answers"
      ? say(
          questions.find(({ id }) => id == path),
          answers[path],
        )
      : `${paramAt(params, path) ?? ""}`,
  );
