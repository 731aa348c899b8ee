// Dark or light: as the machine has it, until somebody chooses.

import { recall, remember } from "./memory.js";
import { words } from "./words.js";

const root = document.documentElement;
const button = document.getElementById("theme");
const machine = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : machine.matches);

const chosen = recall("theme");
if (["dark", "light"].includes(chosen)) root.dataset.theme = chosen;

export function drawTheme() {
  const other = isDark() ? "light" : "dark";
  button.textContent = isDark() ? "☀" : "☾";
  button.setAttribute("aria-label", words(other));
  button.title = words(other);
}

button.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  remember("theme", root.dataset.theme);
  drawTheme();
});
machine.addEventListener("change", drawTheme);
