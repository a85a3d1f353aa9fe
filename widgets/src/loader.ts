/**
 * The loader: reads its own script element, asks the gateway at touchpoints, and imports the renderer only when there is
 * something to ask. It must never throw into the page, so every way in is wrapped.
 */
import { ID_KEY, OPEN_KEY, type Decision, type Host, type HostEvent, type Invitation, type Renderer } from "./wire";

interface Trigger {
  touchpoint: string;
  url: string;
  on: "load" | "click" | "exit" | "scroll" | "dwell";
  selector?: string;
  percent?: number;
  dwell?: number;
}
type Early = [method: string, args: unknown[], done: (value: unknown) => void];
type Fields = Record<string, unknown>;

const page = window as any;
const script = document.currentScript as HTMLScriptElement;

const attempt = <T>(task: () => T): T | undefined => {
  try {
    return task();
  } catch {
    return undefined;
  }
};

/** UUIDv4: `crypto.randomUUID` is missing on plain-http pages, but the name of a blob is one everywhere. */
const uuid = () => URL.createObjectURL(new Blob()).slice(-36);

const start = () => {
  const data = script.dataset;
  const base = new URL(".", script.src).href;
  const made = "anon_" + uuid();
  const heard: [HostEvent, (detail: unknown) => void][] = [];
  let identity = data.personToken;
  let consented = data.consent != "required";
  let loading: Promise<Renderer> | undefined;

  const storage = () =>
    attempt(() =>
      !consented || (navigator as any).globalPrivacyControl || data.storage == "none"
        ? undefined
        : data.storage == "session"
          ? sessionStorage
          : localStorage,
    );
  const kept = (key: string) => attempt(() => storage()?.getItem(key));

  const host: Host = {
    base,
    data,
    storage,
    token: () => identity,
    locale: () => data.locale || document.documentElement.lang || navigator.language,
    anonymous: () => kept(ID_KEY) || made,
    emit: (type, detail) => heard.forEach(([wanted, tell]) => wanted == type && attempt(() => tell(detail))),
  };

  const withRenderer = (use: (renderer: Renderer) => unknown) =>
    (loading ??= import(base + "w/__RENDERER_HASH__/renderer.js")).then(use).catch(() => {
      loading = undefined;
    });

  // Query strings carry secrets, so they stay in the page unless it says otherwise.
  const trim = (url: string) => (data.url == "full" ? url : url.replace(/[?#].*/, ""));

  const ask = (body: string, tries: number): Promise<Response> =>
    fetch(`${base}v1/touchpoints?key=${data.key}`, { method: "POST", body, credentials: "omit" }).catch((problem) => {
      if (!tries) throw problem;
      return new Promise<void>((go) => setTimeout(go, 1500)).then(() => ask(body, tries - 1));
    });

  const touchpoint = async (name: string, params: Fields = {}, options: Fields = {}): Promise<Decision> => {
    const event_id = uuid();
    const token = identity;
    try {
      const locale = host.locale();
      const reply = await ask(
        JSON.stringify({
          touchpoint: name,
          params,
          ...(token ? { identity: token } : { anonymous_id: host.anonymous() }),
          page: {
            url: trim(location.href),
            path: location.pathname,
            referrer: trim(document.referrer),
            title: document.title,
            locale,
          },
          locale,
          timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          event_id,
          ...options,
        }),
        1,
      );
      const decision: Decision = await reply.json();
      if (!reply.ok) throw 0;
      if (decision.ask) withRenderer((renderer) => renderer.show(host, decision.invitation!, decision.again, token));
      return decision;
    } catch {
      return { ask: false, reason: "unavailable", touchpoint: name, event_id };
    }
  };

  const watch = (triggers: Trigger[]) => {
    let armed = new AbortController();
    let place: string | undefined;
    const arm = () => {
      const now = location.pathname + location.search;
      if (now == place) return;
      place = now;
      armed.abort();
      const { signal } = (armed = new AbortController());
      triggers.forEach((trigger) => {
        // A glob: every character but `*` stands for itself.
        const url = trigger.url.replace(/[^*\w]/g, "\\$&").replace(/\*/g, ".*");
        if (!new RegExp(`^${url}$`).test(now)) return;
        let fired = false;
        const fire = () => {
          if (signal.aborted || fired) return;
          fired = trigger.on != "click";
          touchpoint(trigger.touchpoint);
        };
        const listen = (type: string, test: (event: any) => unknown) =>
          document.addEventListener(type, (event) => attempt(() => test(event)) && fire(), { signal, capture: true, passive: true });
        const root = document.documentElement;
        const { on } = trigger;
        if (on == "click") listen(on, (event) => event.target.closest(trigger.selector));
        else if (on == "exit") listen("mouseout", (event) => !event.relatedTarget && event.clientY <= 0);
        else if (on == "scroll") listen(on, () => (scrollY / (root.scrollHeight - innerHeight)) * 100 >= trigger.percent!);
        else setTimeout(fire, trigger.dwell);
      });
    };
    arm();
    // Firefox and Safari had no Navigation API before 2026: there, popstate alone is seen.
    (page.navigation || page).addEventListener(page.navigation ? "currententrychange" : "popstate", arm);
    page.addEventListener("pageshow", (event: PageTransitionEvent) => {
      if (event.persisted) place = undefined;
      arm();
    });
  };

  const api: Record<string, (...args: any[]) => unknown> = {
    touchpoint,
    identify: (token?: string) => {
      identity = token;
      loading?.then((renderer) => renderer.resume(host));
    },
    close: () => loading?.then((renderer) => renderer.close()),
    on: (type: HostEvent, tell: (detail: unknown) => void) => {
      heard.push([type, tell]);
    },
    render: (invitation: Invitation, element?: Element) =>
      withRenderer((renderer) => renderer.show(host, invitation, true, identity, element || null)),
    consent: (given: boolean) => {
      if (!given) attempt(() => [ID_KEY, OPEN_KEY].forEach((key) => storage()?.removeItem(key)));
      consented = given;
    },
  };

  const early: Early[] = page.tactful?.q || [];
  page.tactful = api;
  early.forEach(([method, args, done]) => attempt(() => done(api[method]!(...args))));
  if (kept(OPEN_KEY)) withRenderer((renderer) => renderer.resume(host));
  if (data.key)
    fetch(`${base}v1/widget?key=${data.key}`, { credentials: "omit" })
      .then((reply) => reply.json())
      .then((reply) => watch(reply.triggers))
      .catch(() => {});
};

// A second copy of the script changes nothing.
if (script && !(page.tactful && !page.tactful.q)) attempt(start);
