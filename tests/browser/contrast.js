// Texts that stand out too little from what is behind them, by WCAG 2.2 (1.4.3, AA): [text, ratio] each.
() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => (node ? [...behind(node.parentElement), getComputedStyle(node).backgroundColor] : []);
  const ratio = (node) => {
    const layers = behind(node);
    const [high, low] = [light(over([...layers, getComputedStyle(node).color])), light(over(layers))].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const enough = (node) => {
    const { fontSize, fontWeight } = getComputedStyle(node);
    const size = parseFloat(fontSize);
    return size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700) ? 3 : 4.5;
  };
  const says = (node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((node) => says(node) && node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !node.closest(":disabled"))
    .filter((node) => ratio(node) < enough(node))
    .map((node) => [node.textContent.trim().slice(0, 40), ratio(node).toFixed(2)]);
}
