// Says aloud, once, when something new stands under "Nobody has this yet".

const announce = document.getElementById("announce");
const waiting = () => document.querySelector("[data-nobody]")?.dataset.nobody || "";

if (announce) {
  let known = waiting();
  document.addEventListener("htmx:afterSettle", () => {
    const now = waiting();
    if (now && now !== known) announce.textContent = `${document.getElementById("g-nobody")?.firstElementChild?.textContent || ""}: ${now}`;
    if (!now) announce.textContent = "";
    known = now;
  });
}

// On a phone the rail is a strip: begin with the place where one is.
// By hand: scrollIntoView would also move the place where Tab begins, past "Skip to the page".
const rail = document.querySelector(".rail");
const here = rail?.querySelector("[aria-current]")?.getBoundingClientRect();
if (here) rail.scrollLeft += here.left + here.width / 2 - rail.getBoundingClientRect().left - rail.clientWidth / 2;

// A fold that somebody opened stays open when its part of the page is asked for again.
const unfolded = new Set();
document.addEventListener("toggle", ({ target }) => {
  if (target.id && target.matches("details")) unfolded[target.open ? "add" : "delete"](target.id);
}, true);
document.addEventListener("htmx:afterSettle", () => unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", "")));

// A link to something folded unfolds it.
const unfold = () => {
  for (let at = document.getElementById(location.hash.slice(1)); at; at = at.parentElement) if (at.matches("details")) at.open = true;
};
addEventListener("hashchange", unfold);
document.addEventListener("click", ({ target }) => { if (target.closest?.("a[href^='#']")) setTimeout(unfold); });
unfold();
