// Behind the counter: each decision with its reason, and each answer as it reaches the JSON Lines file.
import { byId, clockTime, copy, say, shop, when } from "./dom.js";

function put(at, headline, kind, ...detail) {
  const entry = copy("entry");
  entry.className = kind;
  const time = entry.querySelector("time");
  time.dateTime = at;
  time.textContent = clockTime(at);
  entry.querySelector(".headline").textContent = headline;
  entry.querySelector(".detail").append(...detail);
  byId("feed").querySelector(".nothing")?.remove();
  byId("feed").prepend(entry);
}

function text(tag, content) {
  const element = document.createElement(tag);
  element.textContent = content;
  return element;
}

function explain(decision) {
  if (decision.ask) return say(decision.again ? "reason.again" : "reason.asked", decision);
  const until = decision.until && when(decision.until);
  const key = `reason.${decision.reason}${decision.reason === "paused" && !until ? ".open" : ""}`;
  return say(shop.words[key] ? key : "reason.other", { reason: decision.reason, until: until ?? "–" });
}

/** Show a decision in the feed and say in the footer why something or nothing was asked. */
export function showDecision(order, decision) {
  const headline = decision.ask ? say("counter.asked", decision) : say("counter.not-asked", decision);
  put(new Date().toISOString(), headline, "decision", text("p", say(`counter.order.${order.kind}`, order)));
  byId("reason").dataset.reason = decision.reason;
  byId("reason-text").textContent = explain(decision);
}

let following = false;

/** Say no longer that a question is there once the guest has closed it. */
export function followCard() {
  if (following || !window.tactful) return;
  following = true;
  window.tactful.on("dismissed", () => {
    byId("reason").dataset.reason = "dismissed";
    byId("reason-text").textContent = say("reason.dismissed");
  });
}

const SCALES = new Set(["nps", "csat", "ces"]);

function answered({ type, text: question, answer, labels }) {
  if (!SCALES.has(type)) return text("q", labels?.join(", ") ?? answer);
  const row = text("p", "");
  row.className = "score";
  row.append(text("b", answer), text("span", question));
  return row;
}

/** Follow the answers of every guest, as the server reads them from the file. */
export function followAnswers() {
  new EventSource("/answers").addEventListener("answer", ({ data }) => {
    const response = JSON.parse(data);
    put(response.at, say("counter.answered", response), "answer", ...response.questions.map(answered));
    if (response.person !== shop.guest) return;
    byId("reason").dataset.reason = "answered";
    byId("reason-text").textContent = say("reason.thanks");
  });
}
