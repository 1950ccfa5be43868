// Keeps the help page and the numbers on this phone, and nothing else: no chart, no name, no answer.
importScripts("/static/holdfast/js/push-sw.js"); // shows pages that are pushed to staff
const KEPT = "holdfast-help-1";
const PAGES = {{ pages|safe }};
const OTHERS = /^\/(team|demo|hooks)\b/;
const FILES = {{ files|safe }};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([...PAGES, ...FILES])).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

const instead = (page) => caches.match(page).then((kept) => kept || Response.error());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || OTHERS.test(pathname)) return;
  if (FILES.includes(pathname)) {
    event.respondWith(fetch(request).catch(() => instead(pathname)));
  } else if (request.mode === "navigate") {
    // A press that never left this phone must not look like one that did.
    const page = request.method !== "GET" && pathname.startsWith("/help") ? "/help/unsent" : pathname === "/numbers" ? "/numbers" : "/help/saved";
    const mine = request.method === "GET" || pathname.startsWith("/help");
    event.respondWith(mine ? fetch(request).catch(() => instead(page)) : fetch(request));
  }
});
