// LTI platform storage: the LMS's window keeps a text for us where the browser keeps no cookie for a frame.
// At the login the text is put there, and the browser goes on. At the launch it is fetched, and goes to the server, which
// alone knows whether it is the right one. Without a script, or without an answer, there is a link or a button.
"use strict";

(() => {
  const PATIENCE = 1000;
  const place = document.querySelector("[data-storage]");
  const link = document.querySelector("a[data-goes-on]");
  const home = window.parent !== window ? window.parent : window.opener;

  function keeper() {
    if (!home || place.dataset.storage === "_parent") return home;
    try {
      return home.frames[place.dataset.storage] || home;
    } catch {
      return home;
    }
  }

  function newId() {
    return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
  }

  // Resolves with what is kept; with undefined when nobody answers in time, or answers with an error.
  function ask(subject, value) {
    const { key, origin } = place.dataset;
    const asked = keeper();
    if (!asked || !origin) return Promise.resolve(undefined);
    const message = { subject, message_id: newId(), key };
    if (value !== undefined) message.value = value;
    return new Promise((resolve) => {
      const end = (answer) => {
        clearTimeout(timer);
        window.removeEventListener("message", hear);
        resolve(answer);
      };
      const hear = ({ data, origin: from, source }) => {
        if (from !== origin || source !== asked || !data || typeof data !== "object") return;
        if (data.subject !== `${subject}.response` || data.message_id !== message.message_id) return;
        end(data.error ? undefined : data.value);
      };
      const timer = setTimeout(end, PATIENCE, undefined);
      window.addEventListener("message", hear);
      asked.postMessage(message, origin);
    });
  }

  async function login() {
    if (place) await ask("lti.put_data", place.dataset.value);
    window.location.replace(link.href);
  }

  async function launch() {
    const blocked = document.querySelector("[data-blocked]");
    const form = place.querySelector("form[data-brings]");
    place.hidden = false;
    blocked.hidden = true;
    const kept = await ask("lti.get_data");
    if (typeof kept === "string" && kept) {
      form.elements[form.dataset.brings].value = kept;
      HTMLFormElement.prototype.submit.call(form);
    } else {
      place.hidden = true;
      blocked.hidden = false;
    }
  }

  const [visit] = performance.getEntriesByType("navigation");
  // Who comes back by the browser's button wants to be here, not to be sent on again.
  if (visit && visit.type === "back_forward") return;
  if (link) login();
  else if (place) launch();
})();
