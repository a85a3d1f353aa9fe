/** The widget's own words, one line a language, in the order of `KEYS`. */

const KEYS = ["next", "back", "send", "close", "required", "choose", "thanks", "waiting", "closed"] as const;
export type Words = Record<(typeof KEYS)[number], string>;

const EN =
  "Next|Back|Send|Close|Please answer this question.|Please choose {}.|Thank you!|You are offline. Your answers will be sent later.|This survey has closed.";
const ZH = "下一题|上一题|提交|关闭|请回答此问题。|请选择 {} 项。|谢谢您！|网络已断开，稍后会自动提交。|问卷已结束。";

/** Find the words for a locale: the same language, else English. */
export const wordsFor = (locale: string): Words =>
  Object.fromEntries((locale.startsWith("zh") ? ZH : EN).split("|").map((text, i) => [KEYS[i], text])) as Words;

/** Tell whether a locale is written from right to left. */
export const isRtl = (locale: string): boolean => /^(ar|arc|dv|fa|he|ku|ps|sd|ug|ur|yi)\b/i.test(locale);
