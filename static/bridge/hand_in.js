// Handing in a document: shows how much has been sent, and what is wrong, without leaving the form. Without this script the
// form is posted as forms are.
"use strict";

(() => {
  const form = document.querySelector("form[data-hand-in]");
  if (!form) return;
  const file = form.elements.file;
  const button = form.querySelector("button");
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const told = progress.querySelector("[data-told]");
  const problems = document.querySelector("[data-problems]");

  function show(sentences) {
    const list = problems.querySelector("ul");
    list.replaceChildren(
      ...sentences.map((sentence) => {
        const item = document.createElement("li");
        item.textContent = sentence;
        return item;
      }),
    );
    problems.hidden = false;
    progress.hidden = true;
    button.disabled = false;
    problems.focus();
  }

  function answered(request) {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // An error page, or a proxy's: the form stays as it is.
    }
    if (answer && answer.see) window.location.assign(answer.see);
    else show(answer && answer.problems ? answer.problems : [form.dataset.cut]);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = file.files[0];
    if (chosen && chosen.size > Number(form.dataset.most)) {
      show([form.dataset.tooLarge]);
      return;
    }
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total;
    });
    request.upload.addEventListener("load", () => {
      told.textContent = form.dataset.checking;
    });
    request.addEventListener("load", () => answered(request));
    request.addEventListener("error", () => show([form.dataset.cut]));
    problems.hidden = true;
    progress.hidden = false;
    bar.value = 0;
    told.textContent = form.dataset.sending;
    button.disabled = true;
    request.send(new FormData(form));
  });
})();
