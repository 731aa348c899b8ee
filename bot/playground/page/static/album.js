// Pictures in a message: one, or several as a grid.

import { element } from "./element.js";
import { showPictures } from "./lightbox.js";
import { words } from "./words.js";

export const address = (file) => `media/${encodeURIComponent(file)}`;

const LARGEST = { width: 320, height: 420 };

// As large as it is shown, so that its place is kept until it is loaded and nothing moves then.
function shown({ width, height }) {
  const scale = Math.min(1, LARGEST.width / width, LARGEST.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

// ``photos``: { sizes, caption } each, ``id``: what the message is found by, if it has a name of its own.
export function album(photos) {
  const sources = photos.map(({ sizes, caption }) => ({ src: address(sizes.at(-1).file_id), alt: caption || words("photo") }));
  const picture = ({ sizes, id }, index) => {
    const { src, alt } = sources[index];
    return element(
      "button",
      { type: "button", class: "photo", "data-id": id, "data-key": `photo${index}`, "aria-label": alt, click: () => showPictures(sources, index) },
      element("img", { src, alt: "", ...shown(sizes.at(-1)), loading: "lazy" }),
    );
  };
  return element("div", { class: photos.length > 1 ? `album of${Math.min(photos.length, 4)}` : "single" }, ...photos.map(picture));
}
