/** The renderer: shows an invitation and brings its answers home. On the hosted page it upgrades the plain form by itself. */
import { addressOf, deliver, isFinal, report, type Delivery } from "./delivery";
import { alone, goodMoment, hostIsModal, wait } from "./manners";
import { forget, keepAnonymousId, recall } from "./memory";
import { openCard, type Card } from "./ui/card";
import { TYPES } from "./ui/controls";
import type { Answers, Host, Invitation } from "./wire";

interface Known {
  answers: Answers;
  rev: number;
}
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

const fresh = (): Known => ({ answers: {}, rev: 0 });

/** Show the card until it is closed, by the person, the page or the thanks running out. */
const run = (host: Host, invitation: Invitation, known: Known, { element, bare, resumed }: Place): Promise<void> =>
  new Promise((closed) => {
    let over = false;
    let looking: ReturnType<typeof setInterval>;
    const detail = (answers?: Answers) => ({ invitation: invitation.id, questionnaire: invitation.questionnaire.id, answers });
    const close = () => {
      clearInterval(looking);
      card.remove();
      closed();
    };
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
      closeCurrent = () => {
        delivery.flush();
        close();
      };
      looking = setInterval(() => card.root.toggleAttribute("data-away", hostIsModal()), LOOK_EVERY);
    }
    if (resumed) return;
    keepAnonymousId(host);
    host.emit("displayed", detail());
    report(host, invitation, bare ? "opened" : "displayed").then((status) => isFinal(status) && !bare && close());
  });

/** Show it now or, floating, at a good moment and only if nothing else is shown in this browser. */
const place = async (host: Host, invitation: Invitation, known: Known, where: Place): Promise<void> => {
  if (!invitation.questionnaire.questions.every(({ type }) => TYPES.includes(type))) return;
  if (where.element) return run(host, invitation, known, where);
  if (busy) return;
  busy = true;
  try {
    await alone(
      async () => {
        await goodMoment();
        await run(host, invitation, known, where);
      },
      close,
    );
  } finally {
    busy = false;
    closeCurrent = undefined;
  }
};

/** Find what was answered before: here, or (for an invitation that is shown again) at the gateway. */
const learn = async (host: Host, invitation: Invitation, again?: boolean): Promise<Known | undefined> => {
  const kept = recall(host);
  if (kept?.invitation.id == invitation.id) return kept.complete ? undefined : kept;
  if (!again) return fresh();
  try {
    const reply = await fetch(addressOf(host, invitation), { credentials: "omit" });
    if (isFinal(reply.status)) return undefined;
    const { answers = {}, rev = 0, complete }: Invitation = await reply.json();
    return complete ? undefined : { answers, rev };
  } catch {
    return fresh();
  }
};

/** Show an invitation: in `element` if given, else floating. Resolves when it is closed. */
export const show = async (host: Host, invitation: Invitation, again?: boolean, element?: Element | null): Promise<void> => {
  if ((invitation.status ?? "open") != "open") return;
  const known = await learn(host, invitation, again);
  if (known) await place(host, invitation, known, { element });
};

/** Go on after a navigation or reload: send what was not sent, and show an answer under way again. */
export const resume = async (host: Host): Promise<void> => {
  const kept = recall(host);
  if (!kept) return forget(host);
  const { invitation, answers, rev, complete, at } = kept;
  if (!complete) {
    if (Date.now() - at < RESUME_WITHIN) await place(host, invitation, kept, { resumed: true });
    return;
  }
  deliver(host, invitation, { answers: {}, rev: rev - 1 }).save(answers, true);
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
    anonymous: () => "",
    emit: () => {},
  };
  const known = { answers: invitation.answers ?? {}, rev: invitation.rev ?? 0 };
  form.replaceWith(element);
  place(host, invitation, known, { element, bare: true });
}
