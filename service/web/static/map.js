// The map: moved by pointer and arrow keys, brought closer by wheel, two fingers, + and -.

const map = document.getElementById("map");
const whole = { x: 0, y: 0, width: Number(map.dataset.width), height: Number(map.dataset.height) };
const pins = [...map.querySelectorAll(".pin")];
const CLOSEST = 24; // times
const NAMES_PX = 6; // a km on the screen, from which on names are shown
const NEAR_PX = 15; // and those of places that lie close together
const FIRST_PX = 7; // a km on the screen at first; on a phone that is not the whole province
const STEP = 0.12; // of what is seen, a key
const DRAG_PX = 4; // a pointer that moved less has pressed, not dragged
let seen = { ...whole };

const within = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));
const middle = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function show(next) {
  const ratio = map.clientHeight / map.clientWidth;
  const all = Math.max(whole.width, whole.height / ratio);
  const width = within(next.width, whole.width / CLOSEST, all);
  const height = width * ratio;
  seen = {
    x: width > whole.width ? (whole.width - width) / 2 : within(next.x, 0, whole.width - width),
    y: height > whole.height ? (whole.height - height) / 2 : within(next.y, 0, whole.height - height),
    width,
    height,
  };
  map.setAttribute("viewBox", [seen.x, seen.y, seen.width, seen.height].join(" "));
  const pixels = map.clientWidth / seen.width;
  map.style.setProperty("--px", 1 / pixels); // letters keep their size on the screen
  map.classList.toggle("far", pixels < NAMES_PX);
  map.classList.toggle("close", pixels >= NEAR_PX);
  for (const pin of pins) pin.setAttribute("r", (pin.dataset.radius * 8) / pixels ** 0.8 / 8 ** 0.2);
}

for (const pin of pins) pin.dataset.radius = pin.getAttribute("r");

// Where a point of the screen lies on the sheet.
function place(clientX, clientY) {
  const box = map.getBoundingClientRect();
  return [seen.x + ((clientX - box.left) / box.width) * seen.width, seen.y + ((clientY - box.top) / box.height) * seen.height];
}

function zoom(times, [x, y] = [seen.x + seen.width / 2, seen.y + seen.height / 2]) {
  const width = Math.max(seen.width / times, whole.width / CLOSEST);
  const by = width / seen.width;
  show({ x: x - (x - seen.x) * by, y: y - (y - seen.y) * by, width });
}

const move = (dx, dy) => show({ ...seen, x: seen.x + dx * seen.width, y: seen.y + dy * seen.height });
const KEYS = {
  ArrowLeft: () => move(-STEP, 0),
  ArrowRight: () => move(STEP, 0),
  ArrowUp: () => move(0, -STEP),
  ArrowDown: () => move(0, STEP),
  "+": () => zoom(1.4),
  "=": () => zoom(1.4),
  "-": () => zoom(1 / 1.4),
  0: () => show({ ...whole, width: Infinity }),
};
map.addEventListener("keydown", (event) => {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
});
map.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, place(event.clientX, event.clientY));
  },
  { passive: false },
);

const fingers = new Map();
let dragged = 0;
const spread = () => {
  const [a, b] = [...fingers.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
};
map.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  if (!fingers.size) dragged = 0;
  fingers.set(event.pointerId, event);
});
addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const apart = fingers.size === 2 ? spread() : 0;
  fingers.set(event.pointerId, event);
  dragged += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
  if (fingers.size === 2) {
    const [a, b] = [...fingers.values()];
    zoom(spread() / apart, place((a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2));
  } else if (dragged > DRAG_PX) {
    const box = map.getBoundingClientRect();
    move((before.clientX - event.clientX) / box.width, (before.clientY - event.clientY) / box.height);
  }
});
const lift = (event) => fingers.delete(event.pointerId);
addEventListener("pointerup", lift);
addEventListener("pointercancel", lift);
// A key presses as well, and has dragged nothing (its click has no detail).
map.addEventListener("click", (event) => event.detail && dragged > DRAG_PX && event.preventDefault(), true);
map.addEventListener("dragstart", (event) => event.preventDefault());

const BUTTONS = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), all: () => show({ ...whole, width: Infinity }) };
const buttons = document.querySelector(".zoom");
buttons.hidden = false;
buttons.addEventListener("click", (event) => BUTTONS[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
// Whoever walks through the sites by Tab sees where he is.
map.addEventListener("focusin", (event) => {
  const pin = event.target.closest("a")?.querySelector(".pin");
  if (!pin) return;
  const [x, y] = [Number(pin.getAttribute("cx")), Number(pin.getAttribute("cy"))];
  const isSeen = x > seen.x && x < seen.x + seen.width && y > seen.y && y < seen.y + seen.height;
  if (!isSeen) show({ ...seen, x: x - seen.width / 2, y: y - seen.height / 2 });
});

// At first everything, or what is around the sites where everything would be too small to read.
const isReadable = Math.min(map.clientWidth / whole.width, map.clientHeight / whole.height) >= NAMES_PX;
const first = isReadable ? Infinity : map.clientWidth / FIRST_PX;
const [x, y] = pins.length
  ? ["cx", "cy"].map((name) => middle(pins.map((pin) => Number(pin.getAttribute(name)))))
  : [whole.width / 2, whole.height / 2];
show({ x: x - first / 2, y: y - (first * map.clientHeight) / map.clientWidth / 2, width: first });
addEventListener("resize", () => show(seen));
