// Everything works without this file. With it answers appear as they come, tips open on tap, and text can be copied.
"use strict";

const box = document.querySelector("#ask");
const DRAFT = "fmqa-draft";

// --- asking ---------------------------------------------------------------------------------------------------------

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const lines = part.split("\n");
      const name = lines.find((line) => line.startsWith("event: "));
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (name && data) yield [name.slice(7), JSON.parse(data)];
    }
  }
}

// What the server rendered, and escaped, for this page.
const put = (turn, slot, html) => { turn.querySelector(`[data-slot=${slot}]`).innerHTML = html; };

function conversation() {
  let place = document.querySelector("#conversation");
  if (!place) {
    place = document.createElement("section");
    place.id = "conversation";
    place.className = "conversation";
    place.setAttribute("aria-label", "Questions and answers");
    document.querySelector("main").append(place);
  }
  return place;
}

function say(words, state = "working") {
  const line = box.querySelector("[data-working]");
  line.textContent = words;
  line.className = state;
  line.setAttribute("role", state === "failure" ? "alert" : "status");
}

function suggest(questions) {
  box.querySelector(".suggestions")?.remove();
  if (!questions.length) return;
  const row = document.createElement("div");
  row.className = "suggestions";
  const label = document.createElement("span");
  label.textContent = "The sources can answer:";
  row.append(label, ...questions.map((question) => {
    const button = document.createElement("button");
    Object.assign(button, { name: "suggestion", value: question, textContent: question, formNoValidate: true });
    return button;
  }));
  box.prepend(row);
}

async function ask(form, submitter) {
  const data = new URLSearchParams(new FormData(form, submitter));
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  box.querySelector(".failure:not([data-working])")?.remove();
  say("Working on it …");
  let turn = null;
  let finished = false;
  try {
    const response = await fetch("/ask/stream", { method: "POST", body: data, headers: { accept: "text/event-stream" } });
    if (!response.ok) throw new Error((await response.json()).detail);
    for await (const [name, event] of events(response)) {
      if (name === "error") throw new Error(event.detail);
      if (name === "interpretation") {
        const holder = document.createElement("template");
        holder.innerHTML = event.html;
        turn = holder.content.firstElementChild;
        conversation().append(turn);
        turn.scrollIntoView({ block: "start" });
      } else if (name === "passages") {
        if (event.text) turn.querySelector(".working").textContent = event.text;
      } else if (name === "answer") {
        put(turn, "head", event.head);
        put(turn, "answer", event.html);
      } else if (name === "sources") {
        put(turn, "sources", event.html);
      } else if (name === "done") {
        put(turn, "actions", event.html);
        turn.id = event.turn;
        turn.removeAttribute("aria-busy");
        document.querySelectorAll("input[name=conversation_id]").forEach((field) => { field.value = event.conversation_id; });
        suggest(event.suggestions);
        if (event.stored) history.replaceState(null, "", `/conversations/${encodeURIComponent(event.conversation_id)}#${event.turn}`);
        finished = true;
      }
    }
    if (!finished) throw new Error("the connection ended before the answer was complete");
    say("The answer is there.", "working done");
    if (form === box && !submitter?.value) {
      form.querySelector("textarea").value = "";
      sessionStorage.removeItem(DRAFT);
    }
    turn.querySelector(".asked").focus({ preventScroll: true });
    turn.scrollIntoView({ block: "start" });
  } catch (error) {
    turn?.remove();
    const why = error instanceof TypeError ? "the service cannot be reached" : error.message;
    say(`That did not work: ${why}. What you typed is still here; try again.`, "failure");
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-ask]")) {
    event.preventDefault();
    ask(event.target, event.submitter);
  } else if (event.target.matches("form[data-feedback]")) {
    event.preventDefault();
    give(event.target);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("form[data-ask] textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("button.go") ?? undefined);
  } else if (event.key === "Escape") {
    document.querySelectorAll(".tipped:hover, .tipped:focus-within").forEach((tipped) => tipped.classList.add("closed"));
  }
});

// A reload or a failure loses nothing that was typed; the draft stays in this tab.
const question = document.querySelector("#question");
if (!question.value) question.value = sessionStorage.getItem(DRAFT) ?? "";
question.addEventListener("input", () => sessionStorage.setItem(DRAFT, question.value));

box.addEventListener("change", (event) => {
  if (event.target.name === "audience") {
    document.cookie = `audience=${event.target.value}; path=/; max-age=31536000; samesite=strict`;
  }
});

// --- feedback -------------------------------------------------------------------------------------------------------

async function give(form) {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  try {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!response.ok) throw new Error();
    line.textContent = "Thank you. Your feedback is stored on the machine that runs fmqa.";
    form.replaceChildren(line);
  } catch {
    line.textContent = "That could not be stored. What you typed is still here; try again.";
    line.className = "failure";
    form.append(line);
  }
}

// --- tips -----------------------------------------------------------------------------------------------------------

function open(tipped) {
  const tip = tipped.querySelector(".tip");
  tipped.classList.remove("closed");
  tip.classList.remove("right");
  if (tip.getBoundingClientRect().right > document.documentElement.clientWidth) tip.classList.add("right");
}

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    const tipped = event.target.closest?.(".tipped");
    if (tipped && !tipped.contains(event.relatedTarget)) open(tipped);
  });
}

// The first tap on a citation shows its quote, the second opens the source.
let tapped = null;
document.addEventListener("pointerdown", (event) => {
  const link = event.pointerType === "touch" ? event.target.closest(".tipped > a.cite") : null;
  if (link && link !== tapped) {
    tapped = link;
    link.addEventListener("click", (click) => click.preventDefault(), { once: true });
  } else if (!link) {
    tapped = null;
  }
});

// --- copying --------------------------------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-copy]");
  if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const words = link.textContent;
  try {
    const response = await fetch(link.href);
    if (!response.ok) throw new Error();
    await navigator.clipboard.writeText(await response.text());
    link.textContent = "Copied";
  } catch {
    link.textContent = "Could not be copied";
  }
  setTimeout(() => { link.textContent = words; }, 2000);
});

// A link into the evidence map opens what it leads to.
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches("details")) target.open = true;
}
addEventListener("hashchange", unfold);
unfold();

// Where a citation led: the browser scrolls, and a screen reader starts there.
if (location.hash === "#cite") document.querySelector("#cite")?.focus({ preventScroll: true });
