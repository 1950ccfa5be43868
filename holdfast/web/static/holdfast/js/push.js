// Turn on notifications: the browser gives an address, an ordinary form brings it to us.

const form = document.getElementById("push-form");
const button = form?.querySelector("button");

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "=")), (c) => c.charCodeAt(0));

if (button && "serviceWorker" in navigator && "PushManager" in window) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    try {
      if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
      await navigator.serviceWorker.register(form.dataset.worker);
      const ready = await navigator.serviceWorker.ready;
      const found = (await ready.pushManager.getSubscription())
        || (await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) }));
      form.elements.subscription.value = JSON.stringify(found);
      form.elements.label.value = navigator.userAgentData?.platform || navigator.platform || "";
      form.requestSubmit();
    } catch {
      button.removeAttribute("aria-busy");
      form.querySelector("[role=status]").textContent = form.dataset.no;
    }
  });
}
