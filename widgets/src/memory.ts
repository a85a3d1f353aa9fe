/** What the browser keeps of an answer under way, where keeping is allowed; every access may throw in a sandbox. */
import { ID_KEY, OPEN_KEY, type Answers, type Host, type Invitation } from "./wire";

export interface Kept {
  invitation: Invitation;
  answers: Answers;
  rev: number;
  /** The final submit was pressed but is not yet acknowledged. */
  complete: boolean;
  at: number;
}

const withStorage = <T>(host: Host, use: (storage: Storage) => T): T | undefined => {
  try {
    const storage = host.storage();
    return storage && use(storage);
  } catch {
    return undefined;
  }
};

/** Read the answer under way, unless its invitation has expired. */
export const recall = (host: Host): Kept | undefined =>
  withStorage(host, (storage) => {
    const kept: Kept = JSON.parse(storage.getItem(OPEN_KEY)!);
    return kept && !(Date.parse(kept.invitation.expires_at ?? "") < Date.now()) ? kept : undefined;
  });

export const keep = (host: Host, kept: Kept) =>
  withStorage(host, (storage) => storage.setItem(OPEN_KEY, JSON.stringify(kept)));

/** Forget the answer under way, if it belongs to this invitation (or whatever there is). */
export const forget = (host: Host, id?: string) => {
  if (!id || recall(host)?.invitation.id == id) withStorage(host, (storage) => storage.removeItem(OPEN_KEY));
};

/** Keep the anonymous id: called once something was displayed, never before. */
export const keepAnonymousId = (host: Host) =>
  withStorage(host, (storage) => storage.setItem(ID_KEY, host.anonymous()));
