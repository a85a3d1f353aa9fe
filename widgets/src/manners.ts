/** When to keep quiet: another card in this browser, a host modal, a page still loading or not looked at. */

const LOCK = "tactful";
const LOOK_EVERY = 400;
const TRIES = 4;

export const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Tell whether the page shows a modal of its own. */
export const hostIsModal = (): boolean =>
  [...document.querySelectorAll("dialog:modal, [aria-modal=true]")].some((modal) => modal.checkVisibility({ visibilityProperty: true }));

/** Wait until the page is loaded, idle, looked at, and shows no modal of its own. */
export const goodMoment = async (): Promise<void> => {
  while (document.readyState != "complete" || document.hidden || hostIsModal()) await wait(LOOK_EVERY);
  // A page on which nothing moves may never be told that it is idle; without the function, `wait` takes its place.
  await Promise.race([wait(2e3), new Promise((done) => window.requestIdleCallback?.(done))]);
};

/**
 * Run `open` (which lasts as long as the card) unless another tab shows one; `lost` is called when another tab took
 * over while this page was in the back-forward cache. A page in that cache must not hold the lock, so it lets go.
 */
export const alone = async (open: () => Promise<void>, lost: () => void): Promise<void> => {
  let lasting: Promise<void> | undefined;
  const hold = async (): Promise<boolean> =>
    await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (!lock) return false;
      const hidden = new Promise<void>((done) => addEventListener("pagehide", () => done(), { once: true }));
      await Promise.race([(lasting ??= open()), hidden]);
      return true;
    });
  addEventListener("pageshow", async ({ persisted }) => {
    if (persisted && lasting && !(await hold())) lost();
  });
  try {
    // The page we come from may still be letting go.
    for (let tries = 0; tries < TRIES && !(await hold()); tries++) await wait(LOOK_EVERY);
  } catch {
    // Without locks (plain http, sandbox): one a page is all that can be promised.
    await (lasting ??= open());
  }
};
