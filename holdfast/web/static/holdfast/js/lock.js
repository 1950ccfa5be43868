// The lock of an open page. When nobody has done anything for a while, all of the page is taken out of the document and
// a layer stands in its place, until the person has shown who they are; then the page comes back as it was, with what
// was typed. The server holds the lock too. What asks for itself goes on: who needs somebody is heard, and nothing shown.

import { ask, known, options } from "./passkey.js";

const template = document.getElementById("lock-layer");
const { idle, lockAt, unlockAt, awakeAt, passkeyAt, lost } = template.dataset;
const IDLE = Number(idle) * 1000;
const TOLD = 4 * 60_000; // the server hears so often that somebody is typing
const [SEEN, STATE] = ["holdfast-seen", "holdfast-lock"];
const title = document.title;

let away = null; // what was taken out, with where it was
let told = Date.now();

const token = () => (document.querySelector("[name=csrfmiddlewaretoken]") || template.content.querySelector("[name=csrfmiddlewaretoken]")).value;
const send = (at, fields = {}) => fetch(at, {
  method: "POST",
  headers: { "X-CSRFToken": token(), "X-Requested-With": "XMLHttpRequest" },
  body: new URLSearchParams(fields),
  keepalive: true,
});

const lastSeen = () => Number(localStorage.getItem(SEEN) || 0);
const seen = () => {
  if (away) return;
  const now = Date.now();
  if (now - lastSeen() > 1000) localStorage.setItem(SEEN, String(now));
  if (now - told < TOLD) return;
  told = now;
  send(awakeAt).then(({ status }) => { if (status === 423) hold(false); }).catch(() => {});
};

// Take the page away. `tell`: the server does not know yet.
const hold = (tell) => {
  if (away) return;
  const [focus, scroll, modals] = [document.activeElement, scrollY, [...document.querySelectorAll("dialog:modal")]];
  modals.forEach((dialog) => dialog.close());
  const kept = document.createDocumentFragment();
  kept.addEventListener("htmx:beforeSwap", (event) => { // what was asked for before comes too late
    event.detail.shouldSwap = false;
    event.detail.isError = false;
  });
  const layer = template.content.firstElementChild.cloneNode(true);
  const needs = document.getElementById("needs");
  const place = document.createComment("needs");
  if (needs) needs.replaceWith(place);
  kept.append(...[...document.body.childNodes].filter((node) => !node.matches?.("svg.symbols"))); // icons say nothing
  document.body.append(layer);
  if (needs) layer.append(needs);
  away = { kept, layer, place, focus, scroll, modals };
  document.documentElement.dataset.locked = "";
  document.title = layer.dataset.title;
  wire(layer);
  layer.querySelector("h1").focus();
  if (tell) {
    localStorage.setItem(STATE, `locked ${Date.now()}`);
    send(lockAt).catch(() => {});
  }
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
  told = Date.now();
  localStorage.setItem(SEEN, String(told));
  document.dispatchEvent(new Event("visibilitychange")); // parts that are live look again
};

const unlocked = (fresh) => {
  away.kept.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh; });
  template.content.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = fresh; });
  localStorage.setItem(STATE, `open ${Date.now()}`);
  release();
};

const wire = (layer) => {
  const [form, said, passkey] = [layer.querySelector("form"), layer.querySelector("[role=alert]"), layer.querySelector("[data-use-passkey]")];
  const refuse = (words) => { said.textContent = words; said.hidden = false; };
  const prove = async (fields) => {
    said.hidden = true;
    try {
      const answer = await send(unlockAt, fields);
      const told = await answer.json();
      if (answer.ok) unlocked(told.token);
      else refuse(told.refused);
    } catch {
      refuse(lost);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    prove(Object.fromEntries(new FormData(form)));
  }, true);
  passkey.hidden = !known;
  passkey.addEventListener("click", async () => {
    try {
      prove({ once_more_credential: JSON.stringify(await ask(await options(passkeyAt))) });
    } catch {
      refuse(passkey.dataset.no);
    }
  });
};

// Another page of this session was locked or unlocked. Whether it is unlocked is the server's to say.
addEventListener("storage", ({ key, newValue }) => {
  if (key !== STATE || !newValue) return;
  if (newValue.startsWith("locked")) hold(false);
  else if (away) send(awakeAt, { still: "1" }).then(({ status }) => { if (status === 204) release(); }).catch(() => {});
});

// A part that was asked for was refused because the session is locked.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 423) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  hold(false);
});

["pointerdown", "keydown", "input", "wheel", "touchstart"].forEach((name) => addEventListener(name, seen, { capture: true, passive: true }));
document.addEventListener("click", (event) => { if (event.target.closest?.("[data-lock-now]")) { event.preventDefault(); hold(true); } });
const look = () => { if (!away && Date.now() - lastSeen() >= IDLE) hold(true); };
document.addEventListener("visibilitychange", look);
localStorage.setItem(SEEN, String(Date.now()));
setInterval(look, 5_000);
