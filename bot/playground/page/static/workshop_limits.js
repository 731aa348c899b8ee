// The limits as bars, and who waits in front of them.

import { element } from "./element.js";
import { say } from "./workshop_words.js";
import { world } from "./world.js";

const NEARLY_FULL = 0.85;
let bars = new Map(); // its name -> { fill, count, meter }
let shape = ""; // which bars there are

export function drawLimits(place, { limits }) {
  const now = JSON.stringify(limits.buckets.map((bucket) => [bucket.account, bucket.model, bucket.windows.map((one) => one.metric)]));
  if (!place.querySelector(".gates") || shape !== now) build(place, limits, now);
  for (const bucket of limits.buckets) drawBucket(bucket);
  drawQueue(place.querySelector(".queue"), limits.waiting);
}

function build(place, limits, now) {
  shape = now;
  bars = new Map();
  const none = limits.buckets.length ? [] : [element("p", { class: "small" }, say("no_limits"))];
  place.replaceChildren(
    element("div", { class: "gates" }, ...none, ...limits.buckets.map(bucketNode)),
    element("h3", {}, say("queue")),
    element("div", { class: "queue" }),
  );
}

const named = (bucket, what) => `${bucket.account} ${bucket.model} ${what}`;

function bucketNode(bucket) {
  const state = element("span", { class: "small" });
  bars.set(named(bucket, ""), { state });
  return element(
    "section",
    { class: "gate" },
    element("h3", {}, bucket.model, element("span", { class: "small" }, bucket.account)),
    state,
    ...bucket.windows.map((one) => barNode(bucket, one)),
  );
}

function barNode(bucket, one) {
  const fill = element("div", { class: "fill" });
  const count = element("span", { class: "small" });
  const meter = element("div", { class: "meter", role: "meter", "aria-valuemin": "0", "aria-label": `${bucket.model} ${one.metric}` }, fill);
  bars.set(named(bucket, one.metric), { fill, count, meter });
  return element("div", { class: "window" }, element("strong", {}, one.metric.toUpperCase()), meter, count);
}

function drawBucket(bucket) {
  const parts = [say("running_now", { count: bucket.running })];
  if (bucket.paused_for) parts.push(say("paused", { seconds: bucket.paused_for.toFixed(1) }));
  const { state } = bars.get(named(bucket, ""));
  state.textContent = parts.join(" · ");
  state.classList.toggle("paused", bucket.paused_for > 0);
  for (const one of bucket.windows) drawWindow(bars.get(named(bucket, one.metric)), one);
}

function drawWindow({ fill, count, meter }, one) {
  const share = one.limit ? Math.min(one.used / one.limit, 1) : 1;
  const text = say("used", { used: round(one.used), limit: round(one.limit) });
  fill.style.transform = `scaleX(${share})`;
  fill.classList.toggle("full", share >= NEARLY_FULL);
  count.textContent = text;
  meter.setAttribute("aria-valuenow", String(Math.round(one.used)));
  meter.setAttribute("aria-valuemax", String(Math.round(one.limit)));
  meter.setAttribute("aria-valuetext", text);
}

const round = (number) => (Number.isInteger(number) ? number : Math.round(number * 10) / 10).toLocaleString();

function drawQueue(place, waiting) {
  const rows = waiting.map(({ flow, count, priority }) =>
    element(
      "p",
      { class: "flow" },
      element("strong", {}, name(flow)),
      element("span", { class: "places", "aria-hidden": "true" }, "■".repeat(Math.min(count, 24))),
      element("span", { class: "small" }, [say("waits", { count }), ...(priority === "scheduled" ? [say("scheduled")] : [])].join(" · ")),
    ),
  );
  place.replaceChildren(...(rows.length ? rows : [element("p", { class: "small" }, say("queue_empty"))]));
}

// A flow is "user:ID" or "chat:ID"; those whom the page knows are called by their names.
function name(flow) {
  const [kind, id] = flow.split(":");
  if (kind === "user") return world.people.find((person) => person.id === Number(id))?.first_name ?? flow;
  return world.chats.get(Number(id))?.title ?? flow;
}
