/** A stable shuffle: the same invitation shows the same order on every reload. */
import type { Option } from "../wire";

/** FNV-1a over the characters, as a signed 32-bit number. */
export const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (const char of text) h = Math.imul(h ^ char.charCodeAt(0), 0x01000193);
  return h;
};

/** Order options by the hash of id and seed; the id stands first, so that every later step mixes it. */
export const shuffled = (options: Option[], seed: string): Option[] =>
  [...options].sort((a, b) => hash(a.id + seed) - hash(b.id + seed));
