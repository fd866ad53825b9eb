// Everything works without this file. With it files can be dropped, are checked before they are sent, and progress shows.
"use strict";

const SHOWN_EVERY_MS = 400;

function megabytes(bytes) {
  return bytes < 1e5 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// --- the form ---------------------------------------------------------------------------------------------------------

function prepare(form) {
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector("[data-drop]");
  const fold = form.closest("[data-fold]");
  const chosen = form.querySelector("[data-chosen]");
  const state = form.querySelector("[data-state]");
  const bar = form.querySelector("progress");
  const most = { files: Number(form.dataset.mostFiles), bytes: Number(form.dataset.mostBytes) };
  form.querySelector("[data-can-drop]").hidden = false;

  function tell(words, failed = false) {
    state.textContent = words;
    state.className = failed ? "failure" : "";
    state.setAttribute("role", failed ? "alert" : "status");
  }

  function fault() {
    const files = [...input.files];
    if (files.length > most.files) return `These are ${files.length} files; send at most ${most.files} at once.`;
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (bytes > most.bytes) return `These are ${megabytes(bytes)}; send at most ${megabytes(most.bytes)} at once.`;
    const empty = files.find((file) => file.size === 0);
    return empty ? `${empty.name} is empty, or a folder; choose files.` : "";
  }

  function show() {
    chosen.replaceChildren(...[...input.files].map((file) => {
      const line = document.createElement("li");
      line.textContent = `${file.name} (${megabytes(file.size)})`;
      return line;
    }));
    chosen.hidden = !input.files.length;
    const wrong = fault();
    tell(wrong, Boolean(wrong));
  }

  input.addEventListener("change", show);
  fold.addEventListener("dragenter", () => { fold.open = true; });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    show();
    form.querySelector("button.go").focus();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = fault();
    if (wrong) return tell(wrong, true);
    const button = form.querySelector("button.go");
    const request = new XMLHttpRequest(); // fetch tells nothing of what was sent
    const fail = (why) => {
      button.disabled = false;
      bar.hidden = true;
      tell(`That did not work: ${why}. Your choice is still here; try again.`, true);
    };
    request.open("POST", "/v1/documents");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = total ? loaded / total : 0;
      if (loaded === total) tell("Sent. Reading …");
    });
    request.addEventListener("load", () => {
      if (request.status >= 400 || !request.response?.id) return fail(request.response?.detail ?? `status ${request.status}`);
      location.assign(`/changes/${encodeURIComponent(request.response.id)}`);
    });
    request.addEventListener("error", () => fail("the service cannot be reached, or took no more than it allows at once"));
    button.disabled = true;
    bar.hidden = false;
    tell("Sending …");
    request.send(new FormData(form));
  });
}

document.querySelectorAll("form[data-adding]").forEach(prepare);

// --- how far a change has come ----------------------------------------------------------------------------------------

async function follow(line) {
  for (;;) {
    await new Promise((resolve) => { setTimeout(resolve, SHOWN_EVERY_MS); });
    try {
      const response = await fetch(`/v1/changes/${encodeURIComponent(line.dataset.change)}`);
      if (!response.ok) throw new Error((await response.json()).detail);
      const change = await response.json();
      if (change.finished) return location.reload();
      const words = `${change.step}${change.total ? `: ${change.done} of ${change.total}` : ""} …`;
      if (line.textContent !== words) line.textContent = words;
    } catch (error) {
      line.textContent = `How far it is cannot be told now: ${error.message}. It goes on all the same; reload the page.`;
      return;
    }
  }
}

const line = document.querySelector("[data-change]");
if (line) follow(line);
