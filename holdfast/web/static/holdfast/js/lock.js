// The lock of an open page. When nobody has done anything for a while, all of the page is taken out of the document and
// a layer stands in its place, until the person has shown who they are; then the page comes back as it was, with what
// was typed. The server holds the lock too. What asks for itself goes on: who needs somebody is heard, and nothing shown.
// A minute before, a quiet bar says so: somebody may be on the telephone and read from this page, touching nothing.

import { refuse, wire } from "./unlock.js";

const template = document.getElementById("lock-layer");
const { idle, lockAt, awakeAt, whose, unheard } = template.dataset;
const IDLE = Number(idle) * 1000;
const SOON = IDLE - 60_000;
const TOLD = 70_000; // the server hears so often that somebody is there; it writes it down every ten seconds at most
const [SEEN, STATE] = ["holdfast-seen", "holdfast-lock"];
const title = document.title;
const soon = document.querySelector("[data-lock-soon]");

let away = null; // what was taken out, with where it was

const token = () => (document.querySelector("[name=csrfmiddlewaretoken]") || template.content.querySelector("[name=csrfmiddlewaretoken]")).value;
const send = (at, fields = {}) => fetch(at, {
  method: "POST",
  headers: { "X-CSRFToken": token(), "X-Requested-With": "XMLHttpRequest" },
  body: new URLSearchParams(fields),
  keepalive: true,
});

const lastSeen = () => Number(localStorage.getItem(SEEN) || 0);
// The server counts from what it heard, so this page does too: what the bar says is true of both.
const seen = () => {
  if (away) return;
  soon.hidden = true;
  const now = Date.now();
  if (now - lastSeen() < TOLD) return;
  localStorage.setItem(SEEN, String(now));
  send(awakeAt).then(({ status }) => { if (status === 423) hold(false); }).catch(() => {});
};

// Take the page away. `tell`: the server does not know yet. `asked`: somebody pressed to lock, and goes away now.
const hold = (tell, asked = false) => {
  if (away) return;
  soon.hidden = true;
  const [focus, scroll, modals] = [document.activeElement, scrollY, [...document.querySelectorAll("dialog:modal")]];
  modals.forEach((dialog) => dialog.close());
  const kept = document.createDocumentFragment();
  kept.addEventListener("htmx:beforeSwap", (event) => { // what was asked for before comes too late
    event.detail.shouldSwap = false;
    event.detail.isError = false;
  });
  const layer = template.content.firstElementChild.cloneNode(true);
  layer.querySelector(`[data-because=${asked ? "idle" : "asked"}]`).remove();
  const needs = document.getElementById("needs");
  const place = document.createComment("needs");
  if (needs) needs.replaceWith(place);
  kept.append(...[...document.body.childNodes].filter((node) => !node.matches?.("svg.symbols"))); // icons say nothing
  document.body.append(layer);
  if (needs) layer.append(needs);
  away = { kept, layer, place, focus, scroll, modals };
  document.documentElement.dataset.locked = "";
  document.title = layer.dataset.title;
  wire(layer, { send, unlocked, empty });
  layer.querySelector("h1").focus();
  if (tell) {
    localStorage.setItem(STATE, `locked ${Date.now()}`);
    const heard = send(lockAt, asked ? {} : { idle: "1" }).then(({ status }) => [204, 401].includes(status)).catch(() => false);
    if (asked) heard.then((yes) => { if (!yes) refuse(layer, unheard); });
  }
};

// Somebody else has signed in meanwhile: nothing of this page is theirs.
const empty = () => {
  away.kept.replaceChildren();
  location.replace("/team/");
};

// Bring the page back as it was.
const release = () => {
  if (!away) return;
  const { kept, layer, place, focus, scroll, modals } = away;
  away = null;
  const needs = document.getElementById("needs");
  layer.remove();
  document.body.append(kept);
  if (needs) place.replaceWith(needs);
  delete document.documentElement.dataset.locked;
  document.title = title;
  modals.forEach((dialog) => dialog.showModal());
  scrollTo(0, scroll);
  focus?.focus?.({ preventScroll: true });
  localStorage.setItem(SEEN, String(Date.now()));
  document.dispatchEvent(new Event("visibilitychange")); // parts that are live look again
};

const unlocked = (fresh) => {
  away.kept.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh; });
  template.content.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh; });
  localStorage.setItem(STATE, `open ${Date.now()}`);
  release();
};

// Another page of this session was locked or unlocked. Whether it is unlocked is the server's to say.
addEventListener("storage", ({ key, newValue }) => {
  if (key !== STATE || !newValue) return;
  if (newValue.startsWith("locked")) hold(false);
  else if (away) send(awakeAt, { still: "1", whose }).then(({ status }) => { if (status === 204) release(); else if (status === 409) empty(); }).catch(() => {});
});

// A part that was asked for was refused because the session is locked.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 423) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  hold(false);
});

["pointerdown", "keydown", "input", "wheel", "touchstart"].forEach((name) => addEventListener(name, seen, { capture: true, passive: true }));
document.addEventListener("click", (event) => { if (event.target.closest?.("[data-lock-now]")) { event.preventDefault(); hold(true, true); } });
const look = () => {
  if (away) return;
  const still = Date.now() - lastSeen();
  soon.hidden = still < SOON;
  if (still >= IDLE) hold(true);
};
document.addEventListener("visibilitychange", look);
localStorage.setItem(SEEN, String(Date.now()));
setInterval(look, 5_000);
