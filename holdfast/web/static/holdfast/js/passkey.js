// Passkeys. A form marked data-passkey asks the browser for one and is sent with it; data-passkey-new makes one.
// What needs a passkey stays hidden where the browser knows none.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const sent = (credential) => {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment || undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])])),
  };
};

export const known = "credentials" in navigator && "PublicKeyCredential" in window;

export const ask = async ({ request_options: { publicKey } }) => sent(await navigator.credentials.get({
  publicKey: { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: named(publicKey.allowCredentials) },
}));

const make = async ({ creation_options: { publicKey } }) => sent(await navigator.credentials.create({
  publicKey: {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: named(publicKey.excludeCredentials),
  },
}));

export const options = async (from) => (await fetch(from, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } })).json();

const press = async (form, how) => {
  const said = form.querySelector("[role=alert]:last-of-type, .error[role=alert]");
  said.hidden = true;
  try {
    const given = form.dataset.options ? JSON.parse(form.dataset.options) : await options(form.dataset.from);
    form.querySelector("[data-credential]").value = JSON.stringify(await how(given));
  } catch {
    said.textContent = form.dataset.no;
    said.hidden = false;
    return;
  }
  form.requestSubmit();
};

if (known) {
  document.querySelectorAll("[data-needs-passkey]").forEach((part) => { part.hidden = false; });
  document.querySelectorAll("form[data-passkey], form[data-passkey-new]").forEach((form) => {
    const button = form.querySelector("button[type=button]");
    form.hidden = button.hidden = false;
    button.addEventListener("click", () => press(form, "passkeyNew" in form.dataset ? make : ask));
    form.addEventListener("submit", (event) => {
      if (form.querySelector("[data-credential]").value) return;
      event.preventDefault(); // Enter in the field of its name
      event.stopImmediatePropagation();
      button.click();
    }, true);
  });
}
