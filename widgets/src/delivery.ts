/**
 * Bringing answers to the gateway: whole snapshots with a growing `rev`, so that a late or doubled one does no harm.
 * Requests are text/plain without credentials (no preflight) and `keepalive` (they outlive the page).
 */
import { wait } from "./manners";
import { forget, keep } from "./memory";
import type { Answers, Host, Invitation } from "./wire";

/** 4xx that may pass by themselves; every other one is final. */
const PASSING = [401, 408, 425, 429];
const DEBOUNCE = 1000;
const PATIENCE = 30_000;
const KEEPALIVE_LIMIT = 60_000;

interface Reply {
  status: number;
  body: { duplicate?: boolean; complete?: boolean; rev?: number };
}

const backoff = (tries: number) => Math.min(1000 * 2 ** tries, PATIENCE) * (0.5 + Math.random() / 2);

export const addressOf = (host: Host, { token }: Invitation) => `${host.base}v1/invitations/${encodeURIComponent(token)}`;
export const isFinal = (status: number) => status >= 400 && status < 500 && !PASSING.includes(status);

/** Send once; status 0 when the network failed. */
const post = async (url: string, content: unknown): Promise<Reply> => {
  const body = JSON.stringify(content);
  try {
    const reply = await fetch(url, {
      method: "POST",
      body,
      credentials: "omit",
      // Browsers refuse more than 64 KiB of keepalive bodies in flight.
      keepalive: body.length * 3 < KEEPALIVE_LIMIT,
    });
    return { status: reply.status, body: await reply.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
};

/** Report `displayed`, `dismissed` or `opened`; give the final status. Tries four times. */
export const report = async (host: Host, invitation: Invitation, type: string): Promise<number> => {
  for (let tries = 0; ; tries++) {
    const { status } = await post(addressOf(host, invitation) + "/events", { type });
    if (tries == 3 || isFinal(status) || (status >= 200 && status < 300)) return status;
    await wait(backoff(tries));
  }
};

export interface Delivery {
  /** Take a new snapshot; it goes out after a second of rest, at once when complete. */
  save(answers: Answers, complete: boolean): void;
  /** Send what is waiting now. */
  flush(): Promise<void>;
}

interface Snapshot {
  answers: Answers;
  complete: boolean;
  rev: number;
}

/** What is known of an answer under way: for whom it is, in which language of the page, and what the gateway has. */
export interface Known {
  who: string;
  locale: string;
  answers: Answers;
  rev: number;
}

interface Outcome {
  saved(answers: Answers, complete: boolean): void;
  /** The final submit is over: saved (200 or 409) or refused for good. */
  over(status: number): void;
  /** The network or the gateway is away; it will be tried again. */
  waiting(): void;
}

export const deliver = (host: Host, invitation: Invitation, known: Known, outcome?: Outcome): Delivery => {
  const url = addressOf(host, invitation) + "/response";
  const { who, locale } = known;
  let { rev } = known;
  let acknowledged = JSON.stringify(known.answers);
  let pending: Snapshot | undefined;
  let flying: Snapshot | undefined;
  let over = false;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };

  const finish = (status: number) => {
    over = true;
    pending = undefined;
    forget(host, invitation.id);
    outcome?.over(status);
  };

  const flush = async () => {
    clearTimeout(timer);
    const mine = pending;
    if (!mine || mine == flying || over) return;
    if (JSON.stringify(mine.answers) == acknowledged && !mine.complete) return void (pending = undefined);
    flying = mine;
    // Until it is answered, nobody knows what the gateway has.
    acknowledged = "";
    const first = !tries;
    const { status, body } = await post(url, mine);
    if (flying == mine) flying = undefined;
    if (over) return;
    const done = status >= 200 && status < 300;
    if (done || isFinal(status)) {
      tries = 0;
      if (pending == mine) pending = undefined;
    }
    if (done) {
      if ((outcome || mine.complete) && first && body.duplicate && !body.complete && (body.rev ?? 0) >= mine.rev) {
        // Another page of this person was ahead of us: go past it.
        rev = body.rev! + 1;
        pending ??= { ...mine, rev };
        return later(0);
      }
      acknowledged = JSON.stringify(mine.answers);
      outcome?.saved(mine.answers, mine.complete);
      if (mine.complete) finish(status);
    } else if (isFinal(status)) {
      if (mine.complete || status == 409) finish(status);
    } else {
      later(backoff(tries++));
      if (mine.complete) outcome?.waiting();
    }
  };

  const save = (answers: Answers, complete: boolean) => {
    const same = JSON.stringify(answers) == (pending ? JSON.stringify(pending.answers) : acknowledged);
    if (over || pending?.complete || (same && !complete)) return;
    pending = { answers, complete, rev: ++rev };
    keep(host, { invitation, who, locale, answers, rev, complete, at: Date.now() });
    if (complete) flush();
    else later(tries ? backoff(tries) : DEBOUNCE);
  };

  // `pagehide` alone is not enough: phones kill hidden pages without it. Neither keeps a page out of the bfcache.
  addEventListener("pagehide", flush);
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", flush);
  return { save, flush };
};
