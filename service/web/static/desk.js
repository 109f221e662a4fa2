// Every page: one letter presses the button or follows the link that shows it.

const typing = (target) =>
  target.closest("input, textarea, select, [contenteditable]") && !target.matches("[type=checkbox], [type=radio]");

export function onKey(key, action) {
  handlers.set(key, action);
}

const handlers = new Map();

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = event.key.toLowerCase();
  const dialog = document.querySelector("dialog[open]");
  if (dialog) return;
  const own = handlers.get(key) ?? handlers.get(event.key);
  if (own) {
    event.preventDefault();
    own(event);
    return;
  }
  if (event.repeat) return;
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
  if (!target) return;
  event.preventDefault();
  const form = target.form;
  if (form && !form.checkValidity()) {
    // A reason in words comes first: the key leads to the field, Ctrl+Enter sends it.
    form.querySelector(":invalid").focus();
    form.dataset.waiting = key;
    return;
  }
  target.click();
});

addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form");
  if (!form || !form.checkValidity()) return;
  const waiting = form.dataset.waiting && form.querySelector(`[data-key="${CSS.escape(form.dataset.waiting)}"]`);
  form.requestSubmit(waiting || undefined);
});

// A form is sent once, however often the key is hit.
addEventListener("submit", (event) => {
  if (event.target.method === "dialog" || event.submitter?.formMethod === "dialog") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
