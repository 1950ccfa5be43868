// The form on the layer of a locked page: who it is shows it with a code, a password or a passkey (lock.js).

import { ask, known, options } from "./passkey.js";

const { unlockAt, passkeyAt, whose, lost } = document.getElementById("lock-layer").dataset;

export const refuse = (layer, words) => {
  const said = layer.querySelector("[role=alert]");
  said.textContent = words;
  said.hidden = false;
};

export const wire = (layer, { send, unlocked, empty }) => {
  const [form, said, passkey] = [layer.querySelector("form"), layer.querySelector("[role=alert]"), layer.querySelector("[data-use-passkey]")];
  const prove = async (fields) => {
    said.hidden = true;
    try {
      const answer = await send(unlockAt, { ...fields, whose });
      if (answer.status === 409) return empty();
      const told = await answer.json();
      if (answer.ok) unlocked(told.token);
      else refuse(layer, told.refused);
    } catch {
      refuse(layer, lost);
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
      refuse(layer, passkey.dataset.no);
    }
  });
};
