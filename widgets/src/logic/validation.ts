/** What is wrong with an answer before the person may go on; what native inputs can't produce, the gateway finds. */
import type { Answer, Other, Question } from "../wire";

export type Problem = "required" | "too_few" | "too_many";

export const SCALES: Record<string, [low: number, high: number]> = { nps: [0, 10], csat: [1, 5], ces: [1, 7] };
export const OTHER_MAX_LENGTH = 500;
export const TEXT_MAX_LENGTH = 4000;

/** Tell whether an answer says nothing. */
export const isEmpty = (answer: Answer | undefined): boolean =>
  answer === undefined || (Array.isArray(answer) ? answer.every(isEmpty) : !`${(answer as Other).other ?? answer}`.trim());

/** Check one answer; give the problem's code, or nothing. */
export const check = (question: Question, answer: Answer | undefined): Problem | undefined => {
  if (isEmpty(answer)) return question.required ? "required" : undefined;
  if (Array.isArray(answer) && answer[0] !== "none") {
    if (answer.length < (question.min ?? 0)) return "too_few";
    if (answer.length > (question.max ?? answer.length)) return "too_many";
  }
  return undefined;
};
