// The queue: pictures of the event one after another under the pointer; arrows walk through the cards;
// what is new or changed meanwhile is told without loading the page again.
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

const queue = document.getElementById("queue");
const news = document.getElementById("news");
const link = document.getElementById("news-link");
const sound = document.getElementById("sound-on");
const SOUND = "litterwatch-sound";
const title = document.title;
const fresh = new Set();
let audio = null;

// Nothing sounds unless somebody has asked for it on this computer.
document.getElementById("sound").hidden = !window.AudioContext;
sound.checked = localStorage.getItem(SOUND) === "on";
sound.addEventListener("change", (event) => {
  event.stopPropagation(); // it is no filter
  localStorage.setItem(SOUND, sound.checked ? "on" : "off");
  if (sound.checked) ring();
});

function ring() {
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.12, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}

const isWanted = (said) =>
  said.is_wanted && (queue.dataset.state === "all" || queue.dataset.state === said.state);

function tell() {
  news.hidden = fresh.size === 0;
  link.textContent = fresh.size === 1 ? news.dataset.one : news.dataset.many.replace("{n}", fresh.size);
  document.title = fresh.size ? `(${fresh.size}) ${title}` : title;
}

function hear(event) {
  const said = JSON.parse(event.data);
  const card = cards.find((each) => each.dataset.event === said.event_id);
  if (card) {
    const isChanged = Number(card.dataset.revision) !== said.revision || event.type === "withdrawn";
    card.classList.toggle("changed", isChanged);
    card.dataset.changed = news.dataset.else;
    return;
  }
  const before = fresh.size;
  if (event.type !== "withdrawn" && isWanted(said)) fresh.add(said.event_id);
  else fresh.delete(said.event_id);
  if (fresh.size > before && sound.checked) ring();
  tell();
}

const feed = new EventSource(
  `/api/v1/events/stream?after=${queue.dataset.latest}&${queue.dataset.query}`,
);
for (const kind of ["new", "changed", "withdrawn"]) feed.addEventListener(kind, hear);
feed.addEventListener("reset", () => {
  news.hidden = false;
  link.textContent = news.dataset.else;
});
feed.addEventListener("ended", () => {
  feed.close();
  news.hidden = false;
  link.textContent = news.dataset.ended;
});
addEventListener("pagehide", () => feed.close());
addEventListener("pageshow", (event) => event.persisted && location.reload());
