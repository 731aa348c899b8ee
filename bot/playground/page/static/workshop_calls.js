// The journal: the newest call first, each to be unfolded.

import { element } from "./element.js";
import { say, time } from "./workshop_words.js";
import { world } from "./world.js";

const SIDES = ["all", "telegram", "upstream"];
let side = "all";
let rows = new Map(); // number -> { call, about, node }

export function drawCalls(place, shop) {
  const list = place.querySelector(".calls") ?? build(place, shop);
  for (const [number, { node }] of rows) {
    if (shop.calls.has(number)) continue;
    node.remove();
    rows.delete(number);
  }
  for (const call of shop.calls.values()) {
    const known = rows.get(call.number);
    const about = call.side === "telegram" ? chatName(call.about) : call.about;
    if ((known?.call === call && known.about === about) || (side !== "all" && call.side !== side)) continue;
    const node = known?.node ?? row(call.number);
    rows.set(call.number, { call, about, node });
    fill(node, call, about);
    if (!known) list.prepend(node);
  }
  place.querySelector(".empty").hidden = rows.size > 0;
}

function build(place, shop) {
  rows = new Map();
  const list = element("div", { class: "calls" });
  const choice = (name) =>
    element(
      "button",
      {
        type: "button",
        "aria-pressed": String(name === side),
        click: () => {
          side = name;
          place.replaceChildren();
          drawCalls(place, shop);
          place.querySelector("[aria-pressed='true']").focus();
        },
      },
      say(name),
    );
  place.replaceChildren(
    element("div", { class: "choices", role: "group", "aria-label": say("filter") }, ...SIDES.map(choice)),
    element("p", { class: "small empty" }, say("no_calls")),
    list,
  );
  return list;
}

function row(number) {
  const node = element("details", { class: "call" }, element("summary"), element("div", { class: "whole" }));
  node.addEventListener("toggle", () => node.open && unfold(node, number));
  return node;
}

function fill(node, call, about) {
  node.dataset.state = call.state;
  node.dataset.side = call.side;
  const at = new Date(call.at * 1000);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
  node.firstChild.replaceChildren(
    element("span", { class: "small" }, clock),
    element("strong", {}, call.name),
    element("span", { class: "about" }, about),
    element("span", { class: "code" }, call.code ? String(call.code) : call.state === "failed" ? "✕" : ""),
    element("span", { class: "ms" }, call.ms !== null ? time(call.ms) : call.state === "running" ? "…" : ""),
  );
  if (node.open) unfold(node, call.number);
}

// By the name that people see; a private chat is its person's.
function chatName(id) {
  const chat = world.chats.get(Number(id));
  return chat?.title ?? chat?.first_name ?? id;
}

async function unfold(node, number) {
  const place = node.lastChild;
  if (!place.firstChild) place.append(element("p", { class: "small" }, say("loading")));
  const answer = await fetch(`api/workshop/calls/${number}`).catch(() => null);
  if (!answer?.ok) {
    place.replaceChildren(element("p", { class: "small" }, say(answer ? "not_kept" : "failed")));
    return;
  }
  const whole = await answer.json();
  const parts = Object.entries(whole).flatMap(([name, value]) => [
    element("h3", {}, say(name)),
    element("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)),
  ]);
  place.replaceChildren(...parts);
}
