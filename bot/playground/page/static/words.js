// What the page itself says, in the reader's language; what the bot says comes from the bot.

import { chinese } from "./chinese.js";
import { english } from "./english.js";
import { recall, remember } from "./memory.js";

const WORDS = { en: english, zh: chinese };

const preferred = navigator.languages.find((code) => /^(zh|en)/i.test(code))?.toLowerCase().startsWith("zh") ? "zh" : "en";
let chosen = Object.keys(WORDS).find((code) => code === recall("language")) ?? preferred;

export const language = () => chosen;

export function setLanguage(code) {
  chosen = code;
  remember("language", code);
}

export function words(key, values = {}) {
  const found = WORDS[chosen][key];
  return typeof found === "string" ? found.replace(/\{(\w+)\}/g, (_, name) => values[name]) : found;
}

export const clockTime = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString(chosen, { hour: "2-digit", minute: "2-digit" });

export function day(seconds) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const age = Math.round((midnight(Date.now()) - midnight(seconds * 1000)) / 86_400_000);
  if (age < 2) return words(age === 1 ? "yesterday" : "today");
  return new Date(seconds * 1000).toLocaleDateString(chosen, { dateStyle: "long" });
}
