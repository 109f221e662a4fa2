// Conveniences only: without script the page shows everything.
(() => {
  const outlines = document.getElementById("outlines");
  const show = () => document.body.classList.toggle("no-outlines", !outlines.checked);
  if (outlines) outlines.addEventListener("change", show);

  document.addEventListener("click", (click) => {
    const button = click.target.closest("button[data-seek]");
    if (!button) return;
    const video = button.closest(".card").querySelector("video");
    const go = () => {
      video.currentTime = Math.max(0, Number(button.dataset.seek) - 1);
      video.play();
    };
    if (video.readyState > 0) go();
    else {
      video.addEventListener("loadedmetadata", go, { once: true });
      video.load();
    }
  });

  const cards = [...document.querySelectorAll(".card")];
  document.addEventListener("keydown", (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey || key.target.closest("input:not([type=checkbox]), video")) return;
    const name = key.key.toLowerCase();
    if (name === "o" && outlines) {
      outlines.checked = !outlines.checked;
      show();
    }
    if (name !== "j" && name !== "k") return;
    const here = cards.indexOf(document.activeElement.closest(".card"));
    const next = cards[Math.min(Math.max(here + (name === "j" ? 1 : -1), 0), cards.length - 1)];
    if (next) {
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "start" });
    }
  });
})();
