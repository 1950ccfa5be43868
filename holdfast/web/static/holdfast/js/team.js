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
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
