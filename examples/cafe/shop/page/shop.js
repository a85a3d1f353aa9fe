// Wires the page: after paying, either this page or the shop's server calls the touchpoint; the widget shows what comes of it.
import { byId, shop } from "./dom.js";
import { followAnswers, showDecision } from "./counter.js";
import { openShop } from "./order.js";

async function afterPaying(order) {
  if (order.decision) {
    // The server asked through the Python SDK and handed us the decision: the page only renders it.
    showDecision(order, order.decision);
    if (order.decision.ask) await tactful.render(order.decision.invitation);
    return;
  }
  const decision = await tactful.touchpoint("payment", { order: { kind: order.kind, amount: order.amount, items: order.items } });
  showDecision(order, decision);
}

byId("new-guest").addEventListener("click", async () => {
  await fetch("/guests", { method: "POST" });
  location.assign("/");
});
document.querySelector(`.languages [data-lang="${shop.lang}"]`).setAttribute("aria-current", "true");
openShop(afterPaying);
followAnswers();
