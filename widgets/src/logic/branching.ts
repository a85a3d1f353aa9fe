/** Which questions are asked and which end is shown: a question whose `if` is not true is skipped, its answer ignored. */
import type { Answer, Answers, End, Params, Question, Questionnaire } from "../wire";
import { evaluate, type Lookup } from "./conditions";
import { isEmpty } from "./validation";

/** Find a param by its dotted path, whether the params are nested or flat. */
export const paramAt = (params: Params, path: string): unknown =>
  path in params ? params[path] : path.split(".").reduce<any>((at, key) => at?.[key], params);

/** Give an answer as conditions see it: a choice of one's own is the option `other`, a blank or empty one is missing. */
const plain = (answer: Answer | undefined): unknown =>
  isEmpty(answer) ? undefined : Array.isArray(answer) ? answer.map(plain) : typeof answer == "object" ? "other" : answer;

const lookupIn =
  (answers: Answers, params: Params): Lookup =>
  (attribute) => {
    const id = attribute.replace(/^answers\./, "");
    return id in answers ? plain(answers[id]) : paramAt(params, attribute.replace(/^params\./, ""));
  };

/** List the questions to ask, in order; a condition sees only the answers to visible questions before it. */
export const visible = (questionnaire: Questionnaire, answers: Answers, params: Params): Question[] => {
  const seen: Answers = {};
  return questionnaire.questions.filter((question) => {
    const shown = !question.if || evaluate(question.if, lookupIn(seen, params)) === true;
    const answer = answers[question.id];
    if (shown && answer !== undefined) seen[question.id] = answer;
    return shown;
  });
};

/** Keep the answers to visible questions only. */
export const kept = (questionnaire: Questionnaire, answers: Answers, params: Params): Answers =>
  Object.fromEntries(
    visible(questionnaire, answers, params).flatMap(({ id }) => (answers[id] === undefined ? [] : [[id, answers[id]!]])),
  );

/** Find the first end screen whose condition is true. */
export const endOf = (questionnaire: Questionnaire, answers: Answers, params: Params): End | undefined =>
  questionnaire.ends?.find(
    (end) => !end.if || evaluate(end.if, lookupIn(kept(questionnaire, answers, params), params)) === true,
  );
