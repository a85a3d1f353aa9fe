// The golden cases of rules/spec, which the Python side runs as well: both must agree to the letter.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { endOf, kept, visible } from "../src/logic/branching";
import { evaluate } from "../src/logic/conditions";
import { pipe } from "../src/logic/piping";
import { check, isEmpty } from "../src/logic/validation";

const spec = "../rules/spec/";
const read = (name: string) => JSON.parse(readFileSync(spec + name, "utf8"));
const index: string[] = read("index.json").files.map((file: any) => file.file ?? file);
/** What native inputs and the card itself can't produce, the gateway alone has to find. */
const UI_CODES = ["required", "too_few", "too_many"];

const kinds: Record<string, (c: any) => void> = {
  conditions: (c) => assert.equal(evaluate(c.condition, (name) => c.attributes[name]) ?? null, c.expect),
  branching: (c) => {
    assert.deepEqual(
      visible(c.questionnaire, c.answers, c.params).map(({ id }) => id),
      c.visible,
    );
    if ("end" in c) {
      const end = endOf(c.questionnaire, c.answers, c.params);
      assert.equal(end ? c.questionnaire.ends.indexOf(end) : null, c.end);
    }
  },
  piping: (c) => assert.equal(pipe(c.text, c.questions ?? [], c.answers, c.params), c.expect),
  validation: (c) => {
    if (!c.complete || c.problems.some(({ code }: any) => !UI_CODES.includes(code))) return;
    const questions = visible({ id: "q", questions: c.questions }, c.answers, c.params);
    const problems = questions.flatMap((q) => {
      const code = check(q, c.answers[q.id]);
      return code ? [{ path: `answers.${q.id}`, code }] : [];
    });
    assert.deepEqual(problems, c.problems);
    if (problems.length) return;
    const given = kept({ id: "q", questions: c.questions }, c.answers, c.params);
    assert.deepEqual(Object.keys(given).filter((id) => !isEmpty(given[id])).sort(), Object.keys(c.kept).sort());
  },
};

test("every file of the spec is in the index", () => {
  const there = readdirSync(spec).filter((name) => name.endsWith(".json") && name != "index.json");
  assert.deepEqual([...index].sort(), there.sort());
});

for (const name of index) {
  const file = read(name);
  const run = kinds[file.kind];
  if (!run || file.only?.includes("python")) continue;
  for (const c of file.cases) if (!c.only?.includes("python")) test(`${name}: ${c.name}`, () => run(c));
}
