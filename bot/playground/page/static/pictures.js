// Pictures that wait to be sent: from a file, the clipboard, or dropped on the page.

import { element } from "./element.js";
import { toast } from "./notice.js";
import { words } from "./words.js";

const ALBUM = 10;
const AS_IT_IS = 2_000_000; // bytes: larger ones are made smaller, as Telegram's clients do
const SIDE = 2048; // pixels of the longer side then
const KINDS = ["image/png", "image/jpeg", "image/webp"];
const strip = document.getElementById("pictures");

let waiting = []; // { data, preview }
let changed = () => {};

export const pictures = () => waiting;

export function setPictures(given) {
  waiting = given;
  draw();
}

// ``whenChanged`` is called after every change by the person.
export function openPictures(area, text, whenChanged) {
  changed = whenChanged;
  const input = document.getElementById("files");
  document.getElementById("attach").addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    await add([...input.files]);
    input.value = "";
  });
  text.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    add(files);
  });
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  area.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    area.classList.add("dropping");
  });
  area.addEventListener("dragleave", (event) => area.contains(event.relatedTarget) || area.classList.remove("dropping"));
  area.addEventListener("drop", (event) => {
    area.classList.remove("dropping");
    if (!carries(event)) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
}

async function add(files) {
  for (const file of files) {
    if (waiting.length === ALBUM) {
      toast(words("errors").too_many);
      break;
    }
    try {
      waiting = [...waiting, await read(file)];
    } catch {
      toast(words("errors").not_a_picture);
    }
  }
  draw();
  changed();
}

// Throws for what the browser cannot show.
async function read(file) {
  const bitmap = await createImageBitmap(file);
  const isFine = KINDS.includes(file.type) && file.size <= AS_IT_IS;
  const blob = isFine ? file : await drawn(bitmap, SIDE).convertToBlob({ type: "image/jpeg", quality: 0.87 });
  return { data: await encoded(blob), preview: onScreen(drawn(bitmap, 160)) };
}

function drawn(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.max(1, bitmap.width * scale), Math.max(1, bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function onScreen(offscreen) {
  const canvas = element("canvas", { width: offscreen.width, height: offscreen.height });
  canvas.getContext("2d").drawImage(offscreen, 0, 0);
  return canvas;
}

function encoded(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

function draw() {
  strip.hidden = !waiting.length;
  strip.replaceChildren(
    ...waiting.map((each, index) => {
      const remove = () => {
        waiting = waiting.filter((other) => other !== each);
        draw();
        changed();
      };
      const name = `${words("remove")} ${index + 1}`;
      return element("div", {}, each.preview, element("button", { type: "button", "aria-label": name, title: name, click: remove }, "✕"));
    }),
  );
}
