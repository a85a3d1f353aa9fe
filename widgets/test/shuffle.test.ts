import assert from "node:assert/strict";
import { test } from "node:test";
import { shuffled } from "../src/logic/shuffle";

const options = ["a", "b", "c", "d"].map((id) => ({ id, text: id.toUpperCase() }));
const order = (seed: string) => shuffled(options, seed).map(({ id }) => id).join("");

test("the same invitation shows the same order", () => assert.equal(order("inv-1"), order("inv-1")));

test("over many invitations every option stands first about as often", () => {
  const first: Record<string, number> = {};
  for (let i = 0; i < 2000; i++) {
    const id = order(`0198c${i.toString(16)}-7aaa-${i}`)[0]!;
    first[id] = (first[id] ?? 0) + 1;
  }
  for (const { id } of options) assert.ok(first[id]! > 350 && first[id]! < 650, JSON.stringify(first));
});
