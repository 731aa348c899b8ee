// What is said for a moment: toasts, alerts of the bot, and new messages to those who listen to the page.

import { element } from "./element.js";

const TOAST_SECONDS = 4;
const SPOKEN = 400; // characters of a new message that are read out
const by = (id) => document.getElementById(id);

export function toast(text) {
  const node = element("div", {}, text);
  by("toasts").append(node);
  setTimeout(() => node.remove(), TOAST_SECONDS * 1000);
}

export function showAlert(text) {
  by("alert-text").textContent = text;
  by("alert").showModal();
}

export function announce(text) {
  const node = element("p", {}, text.slice(0, SPOKEN));
  by("spoken").replaceChildren(node);
}
