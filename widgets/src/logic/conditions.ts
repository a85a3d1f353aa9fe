/** Conditions in three values: true, false, and undefined for unknown. The twin of `tactful_rules/conditions`. */
import type { Condition, Scalar } from "../wire";

export type Lookup = (attribute: string) => unknown;
export type Truth = boolean | undefined;

type Test = (value: any, wanted: any) => Truth;

/** Nothing is coerced: values of different types are neither equal nor unequal. */
const same: Test = (a, b) => (typeof a == typeof b ? a === b : undefined);

const negate = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

/** Fold verdicts: `stop` decides at once, an unknown taints the rest. */
const fold = (verdicts: Iterable<Truth>, stop: boolean): Truth => {
  let out: Truth = !stop;
  for (const verdict of verdicts) {
    if (verdict === stop) return stop;
    if (verdict === undefined) out = undefined;
  }
  return out;
};

const among: Test = (value, list: Scalar[]) => {
  const verdicts = list.map((item) => same(value, item));
  return verdicts.includes(true) || (verdicts.includes(false) ? false : undefined);
};

const a = <T>(type: string) => (value: unknown) => (typeof value == type ? (value as T) : undefined);
const number = a<number>("number");
const string = a<string>("string");

const MOMENT = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i;

/** Read a date (the start of its day in UTC) or a date-time with its offset; without one it is nowhere in time. */
const moment = (text: unknown): number | undefined => {
  const at = typeof text == "string" && MOMENT.test(text) ? Date.parse(text.toUpperCase().replace(" ", "T")) : NaN;
  return at == at ? at : undefined;
};

const LABELS = "[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*";
const VERSION = RegExp(`^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-(${LABELS}))?(?:\\+${LABELS})?$`);

/** Write a number so that texts sort as numbers do: its count of digits stands in front. */
const sortable = (digits = "") => {
  const bare = digits.replace(/^0+/, "");
  return String.fromCharCode(bare.length + 48) + bare;
};

/** Turn a version into a text that sorts by semver 2.0.0, section 11: "~" (no label) comes after every label. */
const version = (text: unknown): string | undefined => {
  const parts = typeof text == "string" && VERSION.exec(text);
  if (!parts) return undefined;
  const labels = parts[4]?.split(".").map((label) => "!" + (/^\d+$/.test(label) ? "0" + sortable(label) : "1" + label));
  return parts.slice(1, 4).map(sortable).join("") + (labels?.join("") ?? "~");
};

/** Compare what a reader makes of both sides; what it can't read is unknown. */
const read =
  <T>(reader: (value: unknown) => T | undefined, test: (a: T, b: T) => boolean): Test =>
  (value, wanted) => {
    const [a, b] = [reader(value), reader(wanted)];
    return a === undefined || b === undefined ? undefined : test(a, b);
  };

const contains: Test = (value, wanted) =>
  Array.isArray(value)
    ? value.includes(wanted)
    : typeof value == "string" && typeof wanted == "string"
      ? value.includes(wanted)
      : undefined;

const each =
  (stop: boolean): Test =>
  (value, wanted: Scalar[]) =>
    fold(
      wanted.map((item) => contains(value, item)),
      stop,
    );

const TESTS: Record<string, Test> = {
  is: same,
  is_not: (value, wanted) => negate(same(value, wanted)),
  in: among,
  not_in: (value, wanted) => negate(among(value, wanted)),
  at_least: read(number, (a, b) => a >= b),
  at_most: read(number, (a, b) => a <= b),
  more_than: read(number, (a, b) => a > b),
  less_than: read(number, (a, b) => a < b),
  between: (value, [low, high]) => fold([TESTS.at_least!(value, low), TESTS.at_most!(value, high)], false),
  starts_with: read(string, (a, b) => a.startsWith(b)),
  ends_with: read(string, (a, b) => a.endsWith(b)),
  contains,
  contains_any: each(true),
  contains_all: each(false),
  matches: read(string, (a, b) => new RegExp(b.replace("(?i)", ""), b.startsWith("(?i)") ? "iu" : "u").test(a)),
  before: read(moment, (a, b) => a < b),
  after: read(moment, (a, b) => a > b),
  version_at_least: read(version, (a, b) => a >= b),
  version_below: read(version, (a, b) => a < b),
};

/** Tell whether a condition holds; an operator or pattern that this browser does not know is unknown. */
export const evaluate = (condition: Condition, lookup: Lookup): Truth => {
  const parts = (list: Condition[]) => list.map((part) => evaluate(part, lookup));
  if (condition.kind == "all") return fold(parts(condition.parts), false);
  if (condition.kind == "any") return fold(parts(condition.parts), true);
  if (condition.kind == "not") return negate(evaluate(condition.part, lookup));
  const { op, value: wanted } = condition;
  const value = lookup(condition.attribute) ?? undefined;
  if (op == "exists") return (value !== undefined) === wanted;
  try {
    return value === undefined ? undefined : TESTS[op]?.(value, wanted);
  } catch {
    return undefined;
  }
};
