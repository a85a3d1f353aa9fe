// The order: cards on the menu, lines on the bill, and paying. The server counts the money; the page only shows it.
import { byId, copy, say, shop } from "./dom.js";

const all = new Map([...shop.menu.combos, ...shop.menu.dishes].map((dish) => [dish.id, dish]));
const lines = new Map(JSON.parse(sessionStorage.getItem("order") ?? "[]"));
let paid = false;
let paying = false;

function fill(list, into) {
  for (const dish of list) {
    const card = copy("card");
    card.querySelector("use").setAttribute("href", `#${dish.id}`);
    card.querySelector("h3").textContent = dish.name;
    card.querySelector(".about").textContent = dish.about;
    card.querySelector(".price").textContent = `¥${dish.price}`;
    const button = card.querySelector("button");
    button.textContent = say("add");
    button.dataset.dish = dish.id;
    button.setAttribute("aria-label", say("added", { dish: dish.name }));
    button.addEventListener("click", () => change(dish.id, 1));
    into.append(card);
  }
}

function change(id, by) {
  if (paid) lines.clear();
  paid = false;
  lines.set(id, (lines.get(id) ?? 0) + by);
  if (lines.get(id) <= 0) lines.delete(id);
  show();
}

function line(id, amount) {
  const dish = all.get(id);
  const row = copy("line");
  row.querySelector(".amount").textContent = amount;
  row.querySelector(".what").textContent = dish.name;
  row.querySelector(".sum").textContent = `¥${amount * dish.price}`;
  const less = row.querySelector("button");
  less.hidden = paid;
  less.setAttribute("aria-label", say("less", { dish: dish.name }));
  less.addEventListener("click", () => change(id, -1));
  return row;
}

function show() {
  sessionStorage.setItem("order", JSON.stringify(paid ? [] : [...lines]));
  byId("lines").replaceChildren(...[...lines].map(([id, amount]) => line(id, amount)));
  byId("total").textContent = `¥${[...lines].reduce((sum, [id, amount]) => sum + amount * all.get(id).price, 0)}`;
  byId("pay").disabled = lines.size === 0;
  byId("pay").textContent = say(paid ? "bill.again" : "bill.pay");
  byId("stamp").hidden = !paid;
  if (!paid) byId("bill-number").textContent = say(lines.size ? "bill.fresh" : "bill.empty");
}

async function pay(afterPaying) {
  if (paid) {
    paid = false;
    return show();
  }
  if (paying) return; // a second click on its way
  paying = true;
  const asker = document.querySelector("[name=asker]:checked").value;
  const body = JSON.stringify({ lines: Object.fromEntries(lines), asker });
  const answer = await fetch("/orders", { method: "POST", body }).catch(() => undefined);
  paying = false;
  if (!answer?.ok) return;
  const order = await answer.json();
  paid = true;
  show();
  byId("bill-number").textContent = say("bill.number", { order: order.id });
  await afterPaying(order);
}

/** Set the tables; `afterPaying(order)` is called with the server's order once it is paid. */
export function openShop(afterPaying) {
  fill(shop.menu.combos, byId("combos"));
  fill(shop.menu.dishes, byId("dishes"));
  byId("pay").addEventListener("click", () => pay(afterPaying));
  show();
}
