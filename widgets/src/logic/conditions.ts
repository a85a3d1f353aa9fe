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

const numbers =
  (test: (a: number, b: any) => boolean): Test =>
  (value, wanted) =>
    typeof value == "number" ? test(value, wanted) : undefined;

const strings =
  (test: (a: string, b: string) => boolean): Test =>
  (value, wanted) =>
    typeof value == "string" ? test(value, wanted) : undefined;

const DATE = /^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?)?$/;

const dates =
  (test: (a: number, b: number) => boolean): Test =>
  (value, wanted) => {
    if (typeof value != "string" || !DATE.test(value) || !DATE.test(wanted)) return undefined;
    // A date without an offset is read in UTC on both sides.
    const at = (text: string) => Date.parse(/[zZ]$|[+-]\d\d:\d\d$|^.{10}$/.test(text) ? text : text + "Z");
    const [a, b] = [at(value), at(wanted)];
    return a != a || b != b ? undefined : test(a, b);
  };

const SEMVER = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/;

/** Order by semver 2.0.0, section 11. */
const compareVersions = (a: string, b: string): number | undefined => {
  const [left, right] = [SEMVER.exec(a), SEMVER.exec(b)];
  if (!left || !right) return undefined;
  for (const i of [1, 2, 3]) {
    const gap = +(left[i] || 0) - +(right[i] || 0);
    if (gap) return gap;
  }
  const [p, q] = [left[4], right[4]];
  if (!p || !q) return p ? -1 : q ? 1 : 0;
  const [ps, qs] = [p.split("."), q.split(".")];
  for (let i = 0; i < Math.max(ps.length, qs.length); i++) {
    const [x, y] = [ps[i], qs[i]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [m, n] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (m && n) {
      if (+x != +y) return +x - +y;
    } else return m ? -1 : n ? 1 : x < y ? -1 : 1;
  }
  return 0;
};

const versions =
  (test: (order: number) => boolean): Test =>
  (value, wanted) => {
    const order = typeof value == "string" ? compareVersions(value, wanted) : undefined;
    return order === undefined ? undefined : test(order);
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
  at_least: numbers((a, b) => a >= b),
  at_most: numbers((a, b) => a <= b),
  more_than: numbers((a, b) => a > b),
  less_than: numbers((a, b) => a < b),
  between: numbers((a, [low, high]) => a >= low && a <= high),
  starts_with: strings((a, b) => a.startsWith(b)),
  ends_with: strings((a, b) => a.endsWith(b)),
  contains,
  contains_any: each(true),
  contains_all: each(false),
  matches: strings((a, b) => new RegExp(b.replace(/^\(\?i\)/, ""), /^\(\?i\)/.test(b) ? "iu" : "u").test(a)),
  before: dates((a, b) => a < b),
  after: dates((a, b) => a > b),
  version_at_least: versions((order) => order >= 0),
  version_below: versions((order) => order < 0),
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
