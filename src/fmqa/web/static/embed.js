// <script src="https://SERVICE/embed.js" defer></script> <fmqa-ask document="ID"></fmqa-ask>
// A box for follow-up questions on the page of another site. It writes text, never markup, and needs nothing else.
"use strict";

(() => {
  const home = new URL(document.currentScript.src).origin;
  const css = `
:host { display: block; font: var(--fmqa-font, 1rem/1.5 system-ui, sans-serif); color: var(--fmqa-ink, #1a2328); background: var(--fmqa-paper, #fff); border: 1px solid var(--fmqa-line, #c9d2d6); border-radius: var(--fmqa-radius, .6rem); padding: 1rem; }
* { box-sizing: border-box; } [hidden] { display: none !important; }
h2, h3 { font-size: 1.1em; line-height: 1.3; margin: 0 0 .5em; } h3 { margin-top: 1.2em; padding-top: .8em; border-top: 2px solid var(--fmqa-accent, #0b5c6b); }
p, ul, ol { margin: 0 0 .6em; } ul, ol { padding-left: 1.3em; } li { margin-bottom: .3em; }
a { color: var(--fmqa-accent, #0b5c6b); } .first { font-size: 1.1em; font-weight: 500; } .small { font-size: .88em; color: var(--fmqa-soft, #4d5b62); }
form { display: flex; gap: .5rem; align-items: end; flex-wrap: wrap; } label { width: 100%; font-weight: 600; } textarea { flex: 1 1 12rem; min-width: 0; font: inherit; color: inherit; background: inherit; border: 1px solid var(--fmqa-soft, #4d5b62); border-radius: .4rem; padding: .5em; resize: vertical; }
button { font: inherit; min-height: 2.5rem; padding: .4em 1em; border: 1px solid var(--fmqa-accent, #0b5c6b); border-radius: .4rem; background: var(--fmqa-paper, #fff); color: var(--fmqa-accent, #0b5c6b); cursor: pointer; } .go { background: var(--fmqa-accent, #0b5c6b); color: var(--fmqa-accent-ink, #fff); font-weight: 600; } button[disabled] { opacity: .6; }
h3:focus { outline: none; } :is(a, button, textarea):focus-visible { outline: 3px solid var(--fmqa-accent, #0b5c6b); outline-offset: 2px; } .chips { display: flex; flex-wrap: wrap; gap: .4rem; }
.danger { border: 2px solid var(--fmqa-danger, #8f1313); border-left-width: 8px; padding: .6em .9em; margin-bottom: .6em; } .calls a { display: inline-block; background: var(--fmqa-danger, #8f1313); color: #fff; padding: .5em 1em; border-radius: .4rem; margin: 0 .5em .5em 0; font-weight: 700; text-decoration: none; }
table { border-collapse: collapse; font-size: .92em; } th, td { text-align: left; vertical-align: top; padding: .3em .5em; border-bottom: 1px solid var(--fmqa-line, #c9d2d6); } .wide { overflow-x: auto; }`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  function made(name, props = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(props)) {
      if (key in element) element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }

  const link = (href, words, label) => made("a", { href, target: "_blank", rel: "noopener", ...(label && { "aria-label": label }) }, words);

  // A citation opens exactly its characters in the source.
  function cited(source, words) {
    const { start, end } = source.anchor.position;
    const hash = source.anchor.document_sha256.slice(0, 12);
    const href = `${home}/documents/${encodeURIComponent(source.document_id)}?start=${start}&end=${end}&text=${hash}#cite`;
    return link(href, words, `Source ${source.n}: ${source.short_title}`);
  }

  // The Markdown of an answer has bold words, items and citations, and backslashes before what would be more.
  function* runs(line, sources) {
    for (const part of line.split(/(\*\*.+?\*\*|\[\d+\])/)) {
      const number = /^\[(\d+)\]$/.exec(part)?.[1];
      const source = number && sources.find((each) => each.n === Number(number));
      if (source) yield cited(source, part);
      else if (part.startsWith("**") && part.endsWith("**") && part.length > 4) yield made("strong", {}, ...runs(part.slice(2, -2), sources));
      else if (part) yield part.replace(/\\([\\`*_{}[\]<>()#+.!|~-])/g, "$1");
    }
  }

  function* blocks(answer) {
    let first = true;
    for (const paragraph of answer.text.split("\n\n")) {
      const lines = paragraph.split("\n");
      if (lines.every((line) => line.startsWith("- "))) {
        if (!answer.choices.length) yield made("ul", {}, ...lines.map((line) => made("li", {}, ...runs(line.slice(2), answer.sources))));
        continue;
      }
      for (const line of lines) {
        yield made("p", { className: first ? "first" : "" }, ...runs(line, answer.sources));
        if (first && answer.status === "urgent") yield calls(answer);
        first = false;
      }
    }
  }

  function calls(answer) {
    const own = answer.text.split("\n\n").filter((paragraph) => !/\[\d+\]/.test(paragraph)).join("\n");
    const numbers = [...new Set(own.match(/(?<![\w.-])\d{3}(?![\w-]|\.\d)/g) ?? [])];
    return made("p", { className: "calls" }, ...numbers.map((number) => made("a", { href: `tel:${number}` }, `Call ${number}`)));
  }

  function table(answer) {
    const cell = (said) => made("td", {}, ...(said ? [`${said.text} `, ...said.citations.map((n) => cited(answer.sources[n - 1], `[${n}]`))] : ["not in these sources"]));
    const head = made("tr", {}, made("td"), ...answer.table.columns.map((name) => made("th", { scope: "col" }, name)));
    const rows = answer.table.rows.map((row) => made("tr", {}, made("th", { scope: "row" }, row.name), ...row.cells.map(cell)));
    return made("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": "Side by side" }, made("table", {}, made("thead", {}, head), made("tbody", {}, ...rows)));
  }

  const heavy = new Set(["emergency", "interaction", "caution"]);
  const leading = new Set(["emergency", "interaction", "caution", "personal_advice", "missing_source", "retracted", "contradicted"]);

  function shown(answer, question, again) {
    const notices = answer.notices.filter((notice) => !answer.text.includes(notice.text));
    const box = (notice) => made("p", { className: heavy.has(notice.kind) ? "danger" : "small" }, notice.text);
    const dangerous = answer.notices.some((notice) => heavy.has(notice.kind));
    const body = made("div", dangerous ? { className: "danger", role: "alert" } : {}, ...blocks(answer));
    const parts = [made("h3", { tabIndex: -1 }, question)];
    parts.push(...notices.filter((notice) => leading.has(notice.kind)).map(box), body);
    if (answer.table) parts.push(table(answer));
    if (answer.choices.length) parts.push(chips(answer.choices, again));
    parts.push(...notices.filter((notice) => !leading.has(notice.kind)).map(box));
    const names = [...new Set(answer.sources.map((source) => source.short_title))];
    const line = made("p", { className: "small" });
    if (names.length) line.append(`Sources: ${names.join(", ")}. `);
    if (!answer.notices.some((notice) => notice.kind === "not_stored")) line.append(link(`${home}/answers/${encodeURIComponent(answer.question_id)}`, "The whole answer with its sources"));
    parts.push(line, made("p", { className: "small" }, answer.disclaimer));
    return made("article", { part: "answer" }, ...parts);
  }

  function chips(questions, again) {
    return made("p", { className: "chips" }, ...questions.map((question) => made("button", { type: "button", onclick: () => again(question) }, question)));
  }

  class Ask extends HTMLElement {
    #conversation = null;

    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open", delegatesFocus: true });
      root.adoptedStyleSheets = [sheet];
      this.field = made("textarea", { id: "question", rows: 1, maxLength: 2000, required: true, part: "question" });
      this.go = made("button", { className: "go", part: "button" }, "Ask");
      this.state = made("p", { className: "small", role: "status" });
      this.log = made("div", { role: "log", "aria-label": "Questions and answers" });
      this.next = made("div");
      const title = this.getAttribute("heading") ?? "Have a follow-up question?";
      const form = made("form", { part: "form" }, made("label", { htmlFor: "question" }, title), this.field, this.go);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.ask(this.field.value);
      });
      this.field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        form.requestSubmit();
      });
      const from = made("p", { className: "small" }, "Answers come from cited summaries and are no medical advice. ", link(`${home}/limits`, "Use and limits"));
      root.append(this.log, this.next, form, this.state, from);
      const offered = this.getAttribute("suggestions")?.split("|").map((each) => each.trim()).filter(Boolean) ?? [];
      if (offered.length) this.next.append(chips(offered, (question) => this.ask(question)));
    }

    async ask(question) {
      if (this.go.disabled || !question.trim()) return;
      this.go.disabled = true;
      const draft = this.field.value;
      this.state.textContent = "Looking for statements that answer this …";
      this.state.setAttribute("role", "status");
      const body = { question, audience: this.getAttribute("audience") ?? "clinician" };
      if (this.#conversation) body.conversation_id = this.#conversation;
      else if (this.getAttribute("document")) body.document = this.getAttribute("document");
      try {
        const response = await fetch(`${home}/v1/ask`, { method: "POST", headers: { "content-type": "application/json", accept: "application/json" }, body: JSON.stringify(body) });
        const answer = await response.json();
        if (!response.ok) {
          if (response.status === 404) this.#conversation = null;
          throw new Error(answer.detail);
        }
        if (!answer.notices.some((notice) => notice.kind === "not_stored")) this.#conversation = answer.conversation_id;
        const given = shown(answer, question, (other) => this.ask(other));
        this.log.append(given);
        this.next.replaceChildren(...(answer.suggestions.length ? [chips(answer.suggestions, (other) => this.ask(other))] : []));
        this.state.textContent = "";
        if (this.field.value === draft) { // else the next question is being typed
          if (draft === question) this.field.value = "";
          given.querySelector("h3").focus({ preventScroll: true });
          given.scrollIntoView({ block: "nearest" });
        }
        this.dispatchEvent(new CustomEvent("fmqa-answer", { bubbles: true, composed: true, detail: { status: answer.status, answer: answer.question_id } }));
      } catch (error) {
        const why = error instanceof TypeError ? "the service cannot be reached, or does not let this site ask (FMQA_ORIGINS)" : error.message;
        this.state.setAttribute("role", "alert");
        this.state.textContent = `That did not work: ${why}. What you typed is still here; try again.`;
      } finally {
        this.go.disabled = false;
      }
    }
  }

  if (!customElements.get("fmqa-ask")) customElements.define("fmqa-ask", Ask);
})();
