/** What the browser keeps of answers under way, where keeping is allowed; every access may throw in a sandbox. */
import { hash } from "./logic/shuffle";
import { ID_KEY, OPEN_KEY, type Answers, type Host, type Invitation } from "./wire";

export interface Kept {
  invitation: Invitation;
  /** Whom it is for (see `personOf`); empty when nobody in this page knows. */
  who: string;
  /** The page's language when it was shown. */
  locale: string;
  answers: Answers;
  rev: number;
  /** The final submit was pressed but is not yet acknowledged. */
  complete: boolean;
  at: number;
}

/** Tell persons apart: a hash of the token's subject, so that a renewed token is the same person, or of the anonymous id. */
export const personOf = (host: Host, token: string | undefined): string => {
  let id = token || host.anonymous();
  try {
    id = JSON.parse(atob(token!.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/"))).sub;
  } catch {
    // Not a token that says who it is for: it stands for itself.
  }
  return hash(id).toString(36);
};

const withStorage = <T>(host: Host, use: (storage: Storage) => T): T | undefined => {
  try {
    const storage = host.storage();
    return storage && use(storage);
  } catch {
    return undefined;
  }
};

/** Read what is under way, unless its invitation has expired. */
export const recall = (host: Host): Kept[] =>
  withStorage(host, (storage) =>
    (JSON.parse(storage.getItem(OPEN_KEY)!) as Kept[]).filter(({ invitation }) => !(Date.parse(invitation.expires_at ?? "") < Date.now())),
  ) ?? [];

/** Keep one answer under way besides those of other invitations: an earlier one may still wait to be sent. */
export const keep = (host: Host, kept: Kept) => {
  // For whom the page's own server asked, nobody here knows without a token: only what must be sent may stay.
  if (kept.who || kept.complete) write(host, kept.invitation.id, [kept]);
  keepAnonymousId(host);
};

/** Forget the answer to an invitation. */
export const forget = (host: Host, id: string) => write(host, id, []);

const write = (host: Host, id: string, more: Kept[]) =>
  withStorage(host, (storage) => {
    const all = [...recall(host).filter(({ invitation }) => invitation.id != id), ...more];
    if (all.length) storage.setItem(OPEN_KEY, JSON.stringify(all));
    else storage.removeItem(OPEN_KEY);
  });

/** Keep the anonymous id: called once something was displayed, never before. */
export const keepAnonymousId = (host: Host) =>
  withStorage(host, (storage) => storage.setItem(ID_KEY, host.anonymous()));
