// Small helpers: what the server told the page, its words, and copies of the page's templates.
export const shop = JSON.parse(document.getElementById("shop").textContent);

/** Say a phrase in the guest's language, with `{name}` replaced from `values`. */
export function say(key, values = {}) {
  const phrase = shop.words[key] ?? key;
  return phrase.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Copy the first element of a `<template>`. */
export function copy(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export const byId = (id) => document.getElementById(id);

/** Write an instant for this guest, e.g. "29 November 2026 at 09:41". */
export function when(text) {
  return new Date(text).toLocaleString(shop.lang, { dateStyle: "long", timeStyle: "short" });
}

export const clockTime = (text) => new Date(text).toLocaleTimeString(shop.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
