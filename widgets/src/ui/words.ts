/** The widget's own words: they come with the invitation in its language; English is for one that lacks them. */

export const WORDS = {
  next: "Next",
  back: "Back",
  send: "Send",
  close: "Close",
  required: "Please answer this question.",
  choose: "Please choose {}.",
  at_least: "Please choose at least {}.",
  at_most: "Please choose at most {}.",
  thanks: "Thank you!",
  waiting: "You are offline. Your answers will be sent later.",
  closed: "This survey has closed.",
};
export type Words = typeof WORDS;

/** Tell whether a locale is written from right to left. */
export const isRtl = (locale: string): boolean => /^(ar|arc|dv|fa|he|ku|ps|sd|ug|ur|yi)\b/i.test(locale);
