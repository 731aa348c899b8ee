// The sheet of keys and gestures.

import { element } from "./element.js";
import { words } from "./words.js";

const by = (id) => document.getElementById(id);

export function showHelp() {
  const rows = words("shortcuts").map(([keys, what]) =>
    element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, what)),
  );
  by("shortcuts").replaceChildren(...rows);
  by("sheet").showModal();
}
