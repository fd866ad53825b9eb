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
  const rows = document.querySelectorAll("[data-suggestions]");
  const row = rows[rows.length - 1] ?? document.createElement("div");
  rows.forEach((other) => { if (other !== row) other.remove(); });
  row.className = "suggestions";
  row.dataset.suggestions = "";
  row.hidden = !questions.length;
  const label = document.createElement("span");
  label.textContent = "The sources can answer:";
  row.replaceChildren(label, ...questions.map((question) => {
    const button = document.createElement("button");
    Object.assign(button, { name: "suggestion", value: question, textContent: question, formNoValidate: true });
    button.setAttribute("form", "ask");
    return button;
  }));
  conversation().after(row);
}

// After an answer the address leads back to it, below the text that it was asked on; Back leads to that text alone.
function address(event) {
  const text = document.querySelector(".document[data-document]");
  const turn = encodeURIComponent(event.answer);
  if (!text || text.closest(".panel")) return `/conversations/${encodeURIComponent(event.conversation_id)}#${event.turn}`;
  return `${location.pathname}?asked=${turn}#${event.turn}`;
}

async function ask(form, submitter) {
  const data = new URLSearchParams(new FormData(form, submitter));
  const field = box.elements.question;
  const draft = field.value;
  const buttons = [...form.elements].filter((element) => element.matches("button"));
  buttons.forEach((button) => { button.disabled = true; });
  box.querySelector(".failure:not([data-working])")?.remove();
  say("Working on it …");
  let turn = null;
  let finished = false;
  try {
    const response = await fetch("/ask/stream", { method: "POST", body: data, headers: { accept: "text/event-stream" } });
    if (!response.ok) throw new Error((await response.json()).detail);
    for await (const [name, event] of events(response)) {
      if (name === "error") throw Object.assign(new Error(event.detail), { status: event.status });
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
        suggest(event.suggestions);
        if (event.stored) {
          const first = !box.elements.conversation_id.value;
          goOn({ conversation: event.conversation_id, parent: event.answer, question: turn.querySelector(".asked").lastChild.textContent.trim() });
          if (first) history.pushState(null, "", address(event));
          else history.replaceState(null, "", address(event));
        }
        finished = true;
      }
    }
    if (!finished) throw new Error("the connection ended before the answer was complete");
    say("The answer is there.", "working done");
    // Whoever types the next question while the answer comes keeps the words and the place.
    if (field.value !== draft) return;
    if (form === box && !submitter?.value) {
      field.value = "";
      sessionStorage.removeItem(DRAFT);
    }
    turn.querySelector(".asked").focus({ preventScroll: true });
    turn.scrollIntoView({ block: "start" });
  } catch (error) {
    turn?.remove();
    if (error.status === 404) goOn(null); // the conversation has expired or was deleted: the next try starts a new one
    const why = error instanceof TypeError ? "the service cannot be reached" : error.message;
    say(`That did not work: ${why}. What you typed is still here; try again.`, "failure");
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

// Back from an answer shows the text as it was before, forward the answer again.
addEventListener("popstate", () => {
  const isAsked = location.search.includes("asked=") || location.pathname.startsWith("/conversations/");
  const turn = location.hash.startsWith("#turn-") && document.getElementById(location.hash.slice(1));
  if (isAsked && turn) turn.scrollIntoView();
  else if (isAsked ? location.hash.startsWith("#turn-") : document.querySelector(".turn")) location.reload();
});

// --- where the reader is --------------------------------------------------------------------------------------------

// Each tab has its own conversation, and goes on from the last turn that it shows.
const PLACE = "fmqa-place";

function goOn(place) {
  if (place) sessionStorage.setItem(PLACE, JSON.stringify(place));
  else sessionStorage.removeItem(PLACE);
  document.querySelectorAll("input[name=conversation_id]").forEach((field) => { field.value = place?.conversation ?? ""; });
  document.querySelectorAll("input[name=parent]").forEach((field) => { field.value = place?.parent ?? ""; });
}

function arrive() {
  const { conversation_id: id, parent } = box.elements;
  const line = document.querySelector("[data-place]");
  if (id.value && parent.value) {
    const asked = [...document.querySelectorAll(".turn .asked")].at(-1);
    const words = asked?.lastChild.textContent.trim() ?? line.querySelector("[data-asked]").textContent;
    sessionStorage.setItem(PLACE, JSON.stringify({ conversation: id.value, parent: parent.value, question: words }));
  } else if (!id.value && sessionStorage.getItem(PLACE)) {
    const place = JSON.parse(sessionStorage.getItem(PLACE));
    id.value = place.conversation;
    parent.value = place.parent;
    line.querySelector("[data-back]").href = `/conversations/${encodeURIComponent(place.conversation)}#turn-${place.parent}`;
    line.querySelector("[data-asked]").textContent = place.question;
    line.hidden = Boolean(document.querySelector(".turn"));
  }
  // An address that is passed on must not let others into the conversation.
  const here = new URL(location.href);
  if (here.searchParams.has("from")) {
    here.searchParams.delete("from");
    history.replaceState(null, "", here);
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-new]")) sessionStorage.removeItem(PLACE);
});

// Sources that were chosen stay chosen in this tab.
const SHELF = "fmqa-sources";

function choose(documents) {
  box.querySelectorAll("input[name=documents]").forEach((field) => field.remove());
  for (const id of documents) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "documents", value: id });
    box.append(field);
  }
  box.querySelector("[data-chosen]").textContent = documents.length ? `${documents.length} chosen ` : "";
  if (documents.length) box.querySelector("[name=about][value=sources]").checked = true;
  else if (box.elements.about.value === "sources") box.querySelector("[name=about][value=all]").checked = true;
  sessionStorage.setItem(SHELF, JSON.stringify(documents));
}

const shelf = document.querySelector("[data-shelf]");
const chosen = () => [...shelf.querySelectorAll("[name=documents]:checked")].map((field) => field.value);
if (shelf && chosen().length) choose(chosen());
else {
  const kept = JSON.parse(sessionStorage.getItem(SHELF) ?? "[]");
  if (kept.length) choose(kept);
  shelf?.querySelectorAll("[name=documents]").forEach((field) => { field.checked = kept.includes(field.value); });
}
shelf?.addEventListener("change", () => choose(chosen()));
shelf?.addEventListener("submit", (event) => {
  event.preventDefault();
  choose(chosen());
  question.focus();
});
shelf?.querySelector("[data-all]").addEventListener("click", () => choose([]));

// --- the source beside the conversation -----------------------------------------------------------------------------

let panel = null;
let opener = null;

function shut() {
  panel?.remove();
  panel = null;
  document.body.classList.remove("beside");
  opener?.focus();
}

function button(words, label, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: words, onclick: act });
  if (label) made.setAttribute("aria-label", label);
  return made;
}

// Ids of the source must not meet those of the page that it lies beside.
function renamed(part) {
  for (const element of part.querySelectorAll("[id]")) element.id = `beside-${element.id}`;
  for (const name of ["aria-describedby", "aria-labelledby"]) {
    for (const element of part.querySelectorAll(`[${name}]`)) element.setAttribute(name, `beside-${element.getAttribute(name)}`);
  }
  for (const link of part.querySelectorAll("a[href^='#']")) link.setAttribute("href", `#beside-${link.getAttribute("href").slice(1)}`);
  return part;
}

const fetched = async (href) => {
  const response = await fetch(href, { headers: { accept: "text/html" } });
  if (!response.ok) throw new Error();
  return new DOMParser().parseFromString(await response.text(), "text/html");
};

async function beside(link) {
  let part;
  try {
    part = (await fetched(link.href)).querySelector(".document");
    if (!part) throw new Error();
  } catch {
    location.assign(link.href);
    return;
  }
  link.closest(".tipped")?.classList.add("closed");
  const cited = [...link.closest(".turn").querySelectorAll("a.cite")].filter((each, n, all) => all.findIndex((other) => other.href === each.href) === n);
  const at = cited.findIndex((each) => each.href === link.href);
  if (!panel) {
    panel = document.createElement("aside");
    panel.className = "panel";
    panel.setAttribute("aria-label", "Source");
    document.body.append(panel);
    document.body.classList.add("beside");
    opener = link;
  }
  const head = document.createElement("header");
  const title = document.createElement("strong");
  title.textContent = cited[at]?.getAttribute("aria-label") ?? part.querySelector("h1").textContent;
  const whole = document.createElement("a");
  Object.assign(whole, { href: link.href, textContent: "Open as a page" });
  const turned = (step) => beside(cited[(at + step + cited.length) % cited.length]);
  head.append(title);
  if (cited.length > 1) head.append(button("‹", "Previous citation", () => turned(-1)), `${at + 1} of ${cited.length}`, button("›", "Next citation", () => turned(1)));
  head.append(whole, button("Close", "Close the source", shut));
  const place = document.createElement("div");
  place.tabIndex = 0;
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", "Text of the source");
  place.append(renamed(document.importNode(part, true)));
  const words = place.querySelector("mark.cited")?.closest("li, p, h2, h3, h4");
  const printed = words && place.querySelector(".original"); // the page that holds them, where the document has pages
  if (printed) words[words.tagName === "LI" ? "append" : "after"](printed);
  panel.replaceChildren(head, place);
  link.scrollIntoView({ block: "nearest" }); // what is beside the panel became narrower
  panel.querySelector("mark.cited")?.scrollIntoView({ block: "center" });
  place.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".turn a.cite, .turn a[data-cited]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  beside(link);
});

// --- cells of the evidence map --------------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-cell]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.closest("tr");
  const wasOpen = link.getAttribute("aria-expanded") === "true";
  row.querySelectorAll("[aria-expanded]").forEach((other) => other.setAttribute("aria-expanded", "false"));
  if (row.nextElementSibling?.matches(".opened")) row.nextElementSibling.remove();
  if (wasOpen) return;
  try {
    const part = (await fetched(link.href)).getElementById(link.dataset.cell);
    const opened = document.createElement("tr");
    opened.className = "opened";
    const cell = opened.insertCell();
    cell.colSpan = row.cells.length;
    cell.append(renamed(document.importNode(part, true)));
    row.after(opened);
    link.setAttribute("aria-expanded", "true");
  } catch {
    location.assign(link.href);
  }
});

// --- past conversations ---------------------------------------------------------------------------------------------

async function drawer(page) {
  let aside = document.querySelector("dialog.drawer");
  if (!aside) {
    aside = document.createElement("dialog");
    aside.className = "drawer";
    aside.setAttribute("aria-label", "Your questions");
    document.body.append(aside);
  }
  const part = (page ?? await fetched("/conversations")).querySelector("#history");
  aside.replaceChildren(button("Close", "Close the list of your questions", () => aside.close()), renamed(document.importNode(part, true)));
  if (!aside.open) aside.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-history]");
  if (!link || location.pathname === "/conversations" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  drawer().catch(() => location.assign(link.href));
});

const sent = async (form) => {
  const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "text/html" } });
  if (!response.ok) throw new Error();
  return new DOMParser().parseFromString(await response.text(), "text/html");
};

// The page that the service answers with holds the new state of the button, and when the answer expires.
async function pin(form) {
  const turn = form.closest(".turn").id;
  const page = await sent(form);
  form.replaceWith(document.importNode(page.getElementById(turn).querySelector("form[data-pin]"), true));
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-ask]")) {
    event.preventDefault();
    ask(event.target, event.submitter);
  } else if (event.target.matches("form[data-feedback]")) {
    event.preventDefault();
    give(event.target);
  } else if (event.target.matches("form[data-pin]")) {
    event.preventDefault();
    pin(event.target).catch(() => event.target.submit());
  } else if (event.target.matches(".drawer form[data-keeping]")) {
    event.preventDefault();
    sent(event.target).then(drawer).catch(() => event.target.submit());
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("form[data-ask] textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("button.go") ?? undefined);
  } else if (event.key === "Escape") {
    const tips = [...document.querySelectorAll(".tipped:hover, .tipped:focus-within")].filter((tipped) => !tipped.classList.contains("closed"));
    tips.forEach((tipped) => tipped.classList.add("closed"));
    shut();
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

document.querySelectorAll("[data-print]").forEach((made) => {
  made.hidden = false;
  made.addEventListener("click", () => print());
});

arrive();

// Where a citation led: the browser scrolls, and a screen reader starts there.
if (location.hash === "#cite") document.querySelector("#cite")?.focus({ preventScroll: true });
