// Wires the page: after paying, either this page or the shop's server calls the touchpoint; the widget shows what comes of it.
import { byId, shop } from "./dom.js";
import { followAnswers, followCard, showDecision } from "./counter.js";
import { openShop } from "./order.js";

async function afterPaying(order) {
  followCard();
  if (order.decision) {
    // The server asked through the Python SDK and handed us the decision: the page only renders it.
    if (order.decision.ask) window.tactful?.render(order.decision.invitation);
    return showDecision(order, order.decision);
  }
  const params = { order: { kind: order.kind, amount: order.amount, items: order.items } };
  // Without its gateway the page has no widget; the shop goes on all the same.
  const decision = await window.tactful?.touchpoint("payment", params, { event_id: order.id });
  showDecision(order, decision ?? { ask: false, reason: "unavailable" });
}

byId("new-guest").addEventListener("click", async () => {
  // The widget forgets who was here, and takes away what it asked them.
  window.tactful?.identify();
  await fetch("/guests", { method: "POST" });
  location.assign("/");
});
document.querySelector(`.languages [data-lang="${shop.lang}"]`).setAttribute("aria-current", "true");
openShop(afterPaying);
followAnswers();
