// What can be done with a message: a menu at it, by mouse, long press or key.

import { ask, element } from "./element.js";
import { words } from "./words.js";

const LONG = 500; // milliseconds of a press that asks for the menu
const STILL = 10; // pixels that a finger moves while it rests
const KEYS = { r: "reply", e: "edit", c: "copy", f: "forward", Delete: "delete" };
const menu = document.getElementById("menu");
let opener = null;

// ``actionsOf(row)`` names what can be done with the message of a row.
export function openMenus(room, actionsOf) {
  const show = (row, x, y) => row && actionsOf(row).length && showMenu(row, actionsOf(row), x, y);
  openByPointer(room, show);
  openByLongPress(room, show);
  room.addEventListener("keydown", (event) => {
    const row = event.target.matches("[data-menu]") ? event.target : null;
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const { left, bottom } = row.querySelector(".bubble").getBoundingClientRect();
    if (["Enter", "ContextMenu"].includes(event.key)) show(row, left, bottom);
    else if (actionsOf(row).includes(KEYS[event.key])) ask(row, "messageaction", KEYS[event.key]);
    else return;
    event.preventDefault();
  });
  room.addEventListener("scroll", hide);
}

const rowOf = (event) => event.target.closest("[data-menu]");

function openByPointer(room, show) {
  room.addEventListener("contextmenu", (event) => {
    if (!rowOf(event) || event.target.closest("a, img") || String(getSelection())) return; // the browser's own is of use there
    event.preventDefault();
    show(rowOf(event), event.clientX, event.clientY);
  });
  room.addEventListener("click", (event) => {
    if (event.target.closest(".more")) show(rowOf(event), event.clientX, event.clientY);
  });
}

function openByLongPress(room, show) {
  let pressing;
  let start;
  room.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || event.target.closest("button, a")) return;
    start = event;
    pressing = setTimeout(() => show(rowOf(start), start.clientX, start.clientY), LONG);
  });
  for (const end of ["pointerup", "pointercancel"]) room.addEventListener(end, () => clearTimeout(pressing));
  room.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > STILL) clearTimeout(pressing);
  });
}

// By itself the menu would close when the finger of a long press is lifted.
document.addEventListener("pointerdown", ({ target }) => menu.contains(target) || hide(), true);
window.addEventListener("resize", hide);

function hide() {
  if (!menu.matches(":popover-open")) return;
  const hadFocus = menu.contains(document.activeElement);
  menu.hidePopover();
  if (hadFocus) opener.focus({ preventScroll: true });
}

function showMenu(row, actions, x, y) {
  const item = (what) => {
    const choose = () => {
      hide();
      ask(row, "messageaction", what);
    };
    return element("button", { type: "button", role: "menuitem", class: what, tabindex: -1, click: choose }, words(what));
  };
  opener = row;
  menu.replaceChildren(...actions.map(item));
  menu.setAttribute("aria-label", words("menu"));
  menu.showPopover();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
  menu.firstElementChild.focus();
}

menu.addEventListener("keydown", (event) => {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (["Tab", "Escape"].includes(event.key)) hide();
  else if (next !== undefined) items[(next + items.length) % items.length].focus();
  else return;
  event.preventDefault();
  event.stopPropagation(); // Escape closes the menu, and nothing else
});
