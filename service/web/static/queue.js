// The queue: pictures of the event one after another under the pointer; arrows walk through the cards.
import { onKey } from "./desk.js";

const STEP_MS = 700;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

for (const card of document.querySelectorAll(".card")) {
  const shots = card.querySelector(".shots");
  const picture = shots?.querySelector("img");
  const addresses = shots?.dataset.shots.split(" ").filter(Boolean) ?? [];
  if (!picture || addresses.length < 2) continue;
  const first = picture.src;
  let timer = 0;
  let shown = 0;
  const begin = () => {
    if (timer || still) return;
    shots.dataset.moving = "yes";
    timer = setInterval(() => {
      picture.src = addresses[shown++ % addresses.length];
      shots.dataset.shot = (shown - 1) % addresses.length;
    }, STEP_MS);
  };
  const end = () => {
    clearInterval(timer);
    timer = shown = 0;
    picture.src = first;
    delete shots.dataset.moving;
  };
  card.addEventListener("pointerenter", begin);
  card.addEventListener("pointerleave", end);
  card.addEventListener("focus", begin);
  card.addEventListener("blur", end);
}

const cards = [...document.querySelectorAll(".card, .entry")];
const walk = (by) => () => {
  const at = cards.indexOf(document.activeElement);
  cards[Math.min(Math.max(at + by, 0), cards.length - 1)]?.focus();
};
onKey("j", walk(1));
onKey("k", walk(-1));
onKey("arrowright", walk(1));
onKey("arrowleft", walk(-1));

// Filters act at once; the button is for those without scripts.
const filters = document.getElementById("filters");
filters?.addEventListener("change", () => filters.requestSubmit());
