// The developers' side of the page: what the bot asks and is told, its limits, its context, faults, and its end.

import { element, swap } from "./element.js";
import { recall, remember } from "./memory.js";
import { drawCalls } from "./workshop_calls.js";
import { drawContext } from "./workshop_context.js";
import { drawFaults } from "./workshop_faults.js";
import { drawLimits } from "./workshop_limits.js";
import { say } from "./workshop_words.js";

const VIEWS = { calls: drawCalls, limits: drawLimits, context: drawContext, faults: drawFaults };
const KEPT = 400; // calls, as many as the server keeps
const panel = document.getElementById("workshop");
const opener = document.getElementById("workshop-open");

// As it was told last; calls by their number, the oldest first.
const shop = { bot: null, calls: new Map(), limits: { buckets: [], waiting: [] }, switches: {}, connected: true };
let view = Object.keys(VIEWS).find((name) => name === recall("workshop-view")) ?? "calls";
let source = null; // the stream; only while the panel is open

function listen() {
  source = new EventSource("api/workshop/events");
  const on = (kind, take) =>
    source.addEventListener(kind, (event) => {
      take(JSON.parse(event.data));
      drawSoon();
    });
  const setConnected = (connected) => {
    shop.connected = connected;
    drawSoon();
  };
  source.addEventListener("open", () => setConnected(true));
  source.addEventListener("error", () => setConnected(false));
  on("all", ({ calls, ...others }) => {
    Object.assign(shop, others);
    shop.calls = new Map(calls.map((call) => [call.number, call]));
  });
  on("bot", (bot) => (shop.bot = bot));
  on("limits", (limits) => (shop.limits = limits));
  on("switches", (switches) => (shop.switches = switches));
  on("call", (call) => {
    shop.calls.set(call.number, call);
    if (shop.calls.size > KEPT) shop.calls.delete(shop.calls.keys().next().value);
  });
}

// Folded, it hears nothing: browsers allow a page few connections.
function setOpen(open) {
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  remember("workshop", open ? "open" : "");
  if (!open) source?.close();
  else {
    listen();
    build();
  }
}

// Whether it was done; if not, that is said.
async function act(what, given) {
  let isDone = false;
  try {
    const answer = await fetch(`api/workshop/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    isDone = answer.ok;
  } catch {
    // unreachable, which is said like a refusal
  }
  panel.querySelector(".note").textContent = isDone ? "" : say("failed");
  return isDone;
}

let isDue = false;
function drawSoon() {
  if (isDue || panel.hidden) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function draw() {
  drawBot(panel.querySelector(".process"));
  opener.classList.toggle("alert", Object.values(shop.switches).some(Boolean));
  VIEWS[view](panel.querySelector(".view"), shop, act);
}

function drawBot(place) {
  const phase = shop.connected ? (shop.bot?.phase ?? "starting") : "lost";
  place.dataset.phase = phase;
  place.querySelector("strong").textContent = say(phase, shop.bot ?? {});
  const isKnown = shop.connected && shop.bot?.pid;
  place.querySelector("span").textContent = isKnown ? say("process", shop.bot) : "";
  panel.querySelector(".kill").disabled = !shop.connected || phase === "killed";
}

// The words of another language mean all of it anew.
function build() {
  panel.setAttribute("aria-label", say("title"));
  swap(
    panel,
    element(
      "header",
      { class: "bar" },
      element("h2", {}, say("title")),
      element("button", { type: "button", class: "quiet", "data-key": "close", "aria-label": say("close"), title: say("close"), click: shut }, "✕"),
    ),
    element(
      "section",
      { class: "process" },
      element("p", { role: "status" }, element("strong"), element("span", { class: "small" })),
      element("button", { type: "button", class: "kill", "data-key": "kill", "aria-describedby": "kill-hint", click: () => act("kill", {}) }, say("kill")),
      element("p", { class: "small", id: "kill-hint" }, say("kill_hint")),
      element("p", { class: "small note", role: "alert" }),
    ),
    element("div", { role: "tablist", "aria-label": say("views"), keydown: step }, ...Object.keys(VIEWS).map(tab)),
    element("div", { class: "view", id: "workshop-view", role: "tabpanel", tabindex: "0", "aria-labelledby": `workshop-${view}` }),
  );
  draw();
}

function tab(name) {
  const isChosen = name === view;
  const given = { type: "button", role: "tab", id: `workshop-${name}`, "data-key": `tab-${name}`, "aria-controls": "workshop-view" };
  return element(
    "button",
    { ...given, "aria-selected": String(isChosen), tabindex: isChosen ? "0" : "-1", click: () => choose(name) },
    say(name),
  );
}

function choose(name) {
  view = name;
  remember("workshop-view", name);
  build();
  document.getElementById(`workshop-${name}`).focus({ preventScroll: true });
}

function step(event) {
  const names = Object.keys(VIEWS);
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  event.preventDefault();
  choose(names[(names.indexOf(view) + move + names.length) % names.length]);
}

function shut() {
  setOpen(false);
  opener.focus();
}

opener.addEventListener("click", () => {
  setOpen(panel.hidden);
  if (!panel.hidden) panel.querySelector("[aria-selected='true']").focus({ preventScroll: true });
});
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") shut();
});

// In the language of now; at first it also opens what was open last.
export function drawWorkshop() {
  opener.setAttribute("aria-label", say("open"));
  opener.title = say("open");
  if (opener.hidden) {
    opener.hidden = false;
    if (recall("workshop")) setOpen(true);
  } else if (!panel.hidden) build();
}
