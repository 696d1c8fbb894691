// A form that submits itself, once. Without this script the form has a button.
"use strict";

(() => {
  const form = document.querySelector("form[data-submits-itself]");
  if (!form) return;
  form.addEventListener("submit", () => {
    // A second press would send a nonce that has been used.
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
  const [visit] = performance.getEntriesByType("navigation");
  // Who comes back by the browser's button wants to be here, not to be sent on again.
  if (visit && visit.type === "back_forward") return;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  HTMLFormElement.prototype.submit.call(form);
})();
