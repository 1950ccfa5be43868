// Sound and title when somebody is needed. The part #needs says what is so and refreshes itself (js/live.js).
//
// A browser lets a page sound only after a press on it, so until then the page says "Turn sound on".
// Mute is kept in this browser and quiets what is not an emergency; an emergency that nobody has always sounds.

const KEY = "holdfast-muted-until"; // a time in ms; 0 means until unmuted
const WANTED = "holdfast-sound"; // "on" once it was turned on in this browser: then any press on a page brings it back
const AGAIN = 20_000; // while it stands, it is heard again
const opened = document.title;
// A locked page (js/lock.js) has a title that names nobody.
const plain = () => ("locked" in document.documentElement.dataset ? document.querySelector(".locked")?.dataset.title || "" : opened);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const box = document.getElementById("sound");
let audio = null, known = null, last = 0, shown = false;

const mutedUntil = () => {
  const kept = localStorage.getItem(KEY);
  if (kept === null) return null;
  if (kept !== "0" && Number(kept) < Date.now()) { localStorage.removeItem(KEY); return null; }
  return Number(kept);
};
const running = () => audio?.state === "running";
const wanted = () => localStorage.getItem(WANTED) === "on";

const beep = (grave) => {
  if (!running()) return;
  const notes = grave ? [880, 660, 880, 660, 880] : [660, 880];
  notes.forEach((pitch, i) => {
    const [tone, loud] = [audio.createOscillator(), audio.createGain()];
    const at = audio.currentTime + i * 0.28;
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.4, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.27);
  });
  box.dataset.rang = String(Number(box.dataset.rang || 0) + 1);
};

const draw = () => {
  if (!box) return;
  const until = mutedUntil();
  const state = !running() ? (wanted() ? "waits" : "off") : until === null ? "on" : "muted";
  box.hidden = false;
  box.querySelectorAll("[data-sound]").forEach((part) => { part.hidden = part.dataset.sound !== state; });
  const words = box.querySelector("[data-words]");
  words.textContent = until ? `${words.dataset.untilWords} ${new Date(until).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" })}.` : words.dataset.words;
};

const look = () => {
  const needs = document.querySelector("#needs > span");
  if (!needs) return;
  const { marks, emergencies, asked } = needs.dataset;
  const grave = Number(emergencies) > 0;
  const loud = grave || (mutedUntil() === null && Number(asked) > 0);
  const fresh = known !== null && marks !== known && marks !== "";
  const due = loud && (known === null || fresh || Date.now() - last > AGAIN);
  if (due || (fresh && mutedUntil() === null)) { beep(grave); last = Date.now(); }
  known = marks;
  draw();
};

// The title says it by turns; for whoever wants no motion it changes once and stays.
const title = () => {
  const words = document.querySelector("#needs > span")?.dataset.title;
  shown = words ? still.matches || !shown : false;
  const wanted = shown ? `● ${words}` : plain();
  if (document.title !== wanted) document.title = wanted;
};

box?.addEventListener("click", async (event) => {
  const pressed = event.target.closest("[data-do]")?.dataset.do;
  if (!pressed) return;
  if (pressed === "on") { localStorage.setItem(WANTED, "on"); audio ||= new AudioContext(); await audio.resume(); beep(false); last = Date.now(); }
  if (pressed === "off") { localStorage.removeItem(WANTED); await audio?.suspend(); }
  if (pressed === "test") beep(false);
  if (pressed === "hour") localStorage.setItem(KEY, String(Date.now() + 3_600_000));
  if (pressed === "mute") localStorage.setItem(KEY, "0");
  if (pressed === "unmute") localStorage.removeItem(KEY);
  draw();
  box.querySelector("[data-sound]:not([hidden]) button")?.focus();
});
// Where the browser allows it already, sound is on as it was left.
try { audio = new AudioContext(); audio.addEventListener("statechange", draw); } catch { /* no sound here: the title still says it */ }

// A browser lets a page sound after any press on it, so whoever wanted sound once need not ask on every page.
const resume = () => { if (wanted() && audio && !running()) audio.resume().then(draw); };
for (const press of ["pointerdown", "keydown"]) document.addEventListener(press, (event) => {
  if (!event.target.closest?.('[data-do="off"]')) resume();
});

look();
title();
setInterval(look, 2_000);
setInterval(title, 1_000);
document.addEventListener("htmx:afterSettle", look);
