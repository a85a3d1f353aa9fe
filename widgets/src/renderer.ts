/** The renderer: shows an invitation and brings its answers home. On the hosted page it upgrades the plain form by itself. */
import { addressOf, deliver, isFinal, report, type Delivery, type Known } from "./delivery";
import { alone, goodMoment, hostIsModal, wait } from "./manners";
import { forget, keepAnonymousId, personOf, recall } from "./memory";
import { openCard, type Card } from "./ui/card";
import { TYPES } from "./ui/controls";
import type { Answers, Host, Invitation, Renderer } from "./wire";

interface Place {
  element?: Element | null | undefined;
  bare?: boolean;
  /** It was displayed before; only the rest is asked. */
  resumed?: boolean;
}

const RESUME_WITHIN = 30 * 60_000;
const THANKS_FOR = 6_000;
const LOOK_EVERY = 400;

let busy = false;
let closeCurrent: (() => void) | undefined;

/** Cards that are open; each closes when it hears that somebody else is here now. */
const open = new Set<() => void>();
/** Invitations that this page has shown or brings home: they are not taken up again by themselves. */
const handled = new Set<string>();

const personNow = (host: Host) => personOf(host, host.token());

/** Show the card until it is closed, by the person, the page or the thanks running out. */
const run = (host: Host, invitation: Invitation, known: Known, { element, bare, resumed }: Place): Promise<void> =>
  new Promise((closed) => {
    let over = false;
    let looking: ReturnType<typeof setInterval>;
    const person = personNow(host);
    const detail = (answers?: Answers) => ({ invitation: invitation.id, questionnaire: invitation.questionnaire.id, answers });
    const close = () => {
      clearInterval(looking);
      open.delete(check);
      card.remove();
      closed();
    };
    const leave = () => {
      delivery.flush();
      close();
    };
    const check = () => person != personNow(host) && leave();
    open.add(check);
    handled.add(invitation.id);
    const delivery: Delivery = deliver(host, invitation, known, {
      saved: (answers, complete) => {
        host.emit("answered", detail(answers));
        if (complete) host.emit("completed", detail(answers));
      },
      over: async (status) => {
        over = true;
        card.finish(isFinal(status) && status != 409);
        if (element) return closed();
        await wait(THANKS_FOR);
        while (card.root.matches(":hover") || card.root.shadowRoot!.querySelector(":focus-visible")) await wait(LOOK_EVERY);
        close();
      },
      waiting: () => card.waiting(),
    });
    const card: Card = openCard({
      ...{ invitation, answers: known.answers, data: host.data, element, bare },
      save: delivery.save,
      flush: delivery.flush,
      dismiss: () => {
        close();
        if (over) return;
        forget(host, invitation.id);
        // What was answered goes first: a dismissed invitation may take no more.
        delivery.flush().then(() => report(host, invitation, "dismissed"));
        host.emit("dismissed", detail());
      },
    });
    if (!element) {
      closeCurrent = leave;
      looking = setInterval(() => card.root.toggleAttribute("data-away", hostIsModal()), LOOK_EVERY);
    }
    if (resumed) return;
    keepAnonymousId(host);
    host.emit("displayed", detail());
    if (bare) report(host, invitation, "opened");
    report(host, invitation, "displayed").then((status) => isFinal(status) && !bare && close());
  });

/** Show it now or, floating, at a good moment and only if nothing else is shown in this browser. */
const place = async (host: Host, invitation: Invitation, known: Known, where: Place): Promise<void> => {
  const person = personNow(host);
  if (!invitation.questionnaire.questions.every(({ type }) => TYPES.includes(type))) return;
  if (where.element) return run(host, invitation, known, where);
  if (busy) return;
  busy = true;
  try {
    await alone(
      async () => {
        await goodMoment();
        if (person == personNow(host)) await run(host, invitation, known, where);
      },
      close,
    );
  } finally {
    busy = false;
    closeCurrent = undefined;
  }
};

/** Ask the gateway for an invitation in the page's language, with what was answered so far; nothing if it is over. */
const renew = async (host: Host, invitation: Invitation): Promise<Invitation | undefined> => {
  try {
    const reply = await fetch(`${addressOf(host, invitation)}?locale=${host.locale()}`, { credentials: "omit" });
    if (isFinal(reply.status)) return undefined;
    const found: Invitation = await reply.json();
    return found.complete ? undefined : found;
  } catch {
    return invitation;
  }
};

/** Show an invitation: in `element` if given, else floating. Resolves when it is closed. */
export const show: Renderer["show"] = async (host, invitation, again, token, element) => {
  if ((invitation.status ?? "open") != "open") return;
  const who = personOf(host, token);
  const locale = host.locale();
  const kept = recall(host).find((each) => each.invitation.id == invitation.id);
  if (kept?.complete) return;
  const found = again && !kept ? await renew(host, invitation) : invitation;
  if (!found || who != personNow(host)) return;
  const own = element !== undefined;
  const { answers = {}, rev = 0 } = kept ?? found;
  // The page's own server chose the language of what it asks.
  await place(host, own ? invitation : found, { who: own && !token ? "" : who, locale, answers, rev }, { element });
};

/** Go on after a navigation, a reload or a sign-in: send what was not sent, show again what this person left. */
export const resume = async (host: Host): Promise<void> => {
  open.forEach((check) => check());
  for (const kept of recall(host)) {
    const { invitation, who, locale, answers, rev, complete, at } = kept;
    const mine = who == personNow(host);
    // What somebody else said still goes to the invitation they got, but nobody else sees it.
    if (!mine && !complete) forget(host, invitation.id);
    if (handled.has(invitation.id)) continue;
    if (complete || !mine) {
      handled.add(invitation.id);
      deliver(host, invitation, { ...kept, who: "", answers: {}, rev: rev - 1 }).save(answers, complete);
    } else if (Date.now() - at < RESUME_WITHIN) {
      const now = host.locale();
      const found = locale == now ? invitation : await renew(host, invitation);
      if (found && who == personNow(host)) place(host, found, { who, locale: now, answers, rev }, { resumed: true });
    }
  }
};

/** Close the floating card for the page; this is not the person's refusal. */
export const close = (): void => closeCurrent?.();

const hosted = document.getElementById("tactful-hosted");
if (hosted) {
  const invitation: Invitation = JSON.parse(hosted.textContent!);
  const form = document.getElementById("tactful-form")!;
  const element = document.createElement("div");
  const host: Host = {
    base: new URL("../", location.href).href,
    data: { theme: "system" },
    storage: () => undefined,
    token: () => undefined,
    locale: () => "",
    anonymous: () => "",
    emit: () => {},
  };
  const known = { who: "", locale: "", answers: invitation.answers ?? {}, rev: invitation.rev ?? 0 };
  form.replaceWith(element);
  place(host, invitation, known, { element, bare: true });
}
