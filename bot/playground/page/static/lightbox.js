// Pictures in full, one after the other.

import { element } from "./element.js";
import { words } from "./words.js";

const box = document.getElementById("lightbox");
const stage = document.getElementById("lightbox-stage");
let pictures = []; // { src, alt }
let shown = 0;

export function showPictures(given, index) {
  pictures = given;
  show(index);
  box.showModal();
}

function show(index) {
  shown = (index + pictures.length) % pictures.length;
  const { src, alt } = pictures[shown];
  const step = (name, sign, by) =>
    element("button", { type: "button", class: `step ${name}`, "aria-label": words(name), click: () => show(shown + by) }, sign);
  const steps = pictures.length > 1 ? [step("previous", "‹", -1), step("next", "›", 1)] : [];
  stage.replaceChildren(element("img", { src, alt }), ...steps);
}

box.addEventListener("keydown", ({ key }) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (by && pictures.length > 1) show(shown + by);
});
// A press beside the picture closes it.
box.addEventListener("click", ({ target }) => (target === box || target === stage) && box.close());
