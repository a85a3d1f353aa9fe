/** A stable shuffle: the same invitation shows the same order on every reload. */
import type { Option } from "../wire";

/** FNV-1a with a final mix, as one unsigned 32-bit number. */
const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
};

/** Order options by the hash of seed and id. */
export const shuffled = (options: Option[], seed: string): Option[] =>
  [...options].sort((a, b) => hash(seed + a.id) - hash(seed + b.id));
