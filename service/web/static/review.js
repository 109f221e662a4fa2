// The page of an event: the recording begins just before the act, keys, outlines, reports of misses.
import { onKey } from "./desk.js";

const LEAD_S = 4; // shown before the act
const ACTOR_S = 1.2; // the actor's outline stands at the moment of the act and goes after this
const POLL_MS = 2000;
const page = document.querySelector(".review");
const video = page.querySelector("video");
const release = Number(page.dataset.release);
const start = Number(page.dataset.start);
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

const clock = (seconds) => {
  const tenths = Math.max(0, Math.round(seconds * 10));
  const part = (value) => String(value).padStart(2, "0");
  const whole = Math.floor(tenths / 10);
  const hours = Math.floor(whole / 3600);
  const rest = `${part(Math.floor(whole / 60) % 60)}:${part(whole % 60)}.${tenths % 10}`;
  return hours ? `${hours}:${rest}` : rest;
};

function seek(seconds, play) {
  if (!video) return;
  video.currentTime = Math.max(0, Math.min(seconds, video.duration || seconds));
  if (play === true) video.play().catch(() => {});
  if (play === false) video.pause();
}

async function notePlayed() {
  if (page.dataset.played === "true") return;
  page.dataset.played = "true";
  const answer = await fetch(`/events/${page.dataset.event}/played`, {
    method: "POST",
    headers: { "X-CSRF-Token": page.dataset.csrf },
  }).catch(() => null);
  if (!answer?.ok) {
    page.dataset.played = "false";
    return;
  }
  const confirm = page.querySelector('[value="confirm"]');
  if (confirm) confirm.disabled = false;
  page.querySelector("#play-first")?.remove();
}

function follow() {
  const at = video.currentTime;
  const now = page.querySelector("#now");
  if (now && video.duration) now.setAttribute("x", (at / video.duration) * 1000 - 1);
  page.querySelector("#over-item")?.classList.toggle("absent", at < release - 0.2);
  page.querySelector("#over-actor")?.classList.toggle("gone", Math.abs(at - release) > ACTOR_S);
  if (!video.paused && at >= release) notePlayed();
}

if (video) {
  const begin = () => seek(release - LEAD_S, calm ? undefined : true);
  if (video.readyState >= 1) begin();
  else video.addEventListener("loadedmetadata", begin, { once: true });
  video.addEventListener("timeupdate", follow);
  video.addEventListener("seeked", follow);
  const tick = () => {
    if (!video.paused) follow();
    requestAnimationFrame(tick);
  };
  tick();
  page.querySelector(".rail").addEventListener("pointerdown", (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * video.duration);
  });
}

for (const target of page.querySelectorAll("[data-seek]")) {
  target.addEventListener("click", (event) => {
    if (!video || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    seek(Number(target.dataset.seek), false);
  });
}

if (page.dataset.copy === "making") {
  const poll = setInterval(async () => {
    const answer = await fetch(`/events/${page.dataset.event}/clip-state`).catch(() => null);
    const state = answer?.ok ? (await answer.json()).state : "making";
    if (state === "making") return;
    clearInterval(poll);
    location.reload();
  }, POLL_MS);
}

const toggle = page.querySelector("#over-button");
const OUTLINE = "litterwatch-outline";
function showOutlines(on) {
  document.body.classList.toggle("no-outlines", !on);
  toggle?.setAttribute("aria-pressed", String(on));
  localStorage.setItem(OUTLINE, on ? "on" : "off");
}
showOutlines(localStorage.getItem(OUTLINE) !== "off");
toggle?.addEventListener("click", () => showOutlines(toggle.getAttribute("aria-pressed") !== "true"));

const open = (id) => document.getElementById(id)?.showModal();
page.querySelector("#help-button").addEventListener("click", () => open("help"));
page.querySelector("#duplicate-button")?.addEventListener("click", () => open("duplicate"));
page.querySelector("#missed-button")?.addEventListener("click", () => {
  video?.pause();
  const at = start + (video?.currentTime ?? 0);
  document.getElementById("missed-time").value = clock(at);
  document.getElementById("missed-media-time").value = at.toFixed(3);
  open("missed-dialog");
});

onKey(" ", () => video && (video.paused ? video.play().catch(() => {}) : video.pause()));
onKey("arrowleft", () => seek(video?.currentTime - 1));
onKey("arrowright", () => seek(video?.currentTime + 1));
onKey(",", () => seek(video?.currentTime - 0.04, false));
onKey(".", () => seek(video?.currentTime + 0.04, false));
onKey("a", () => seek(release - LEAD_S, true));
