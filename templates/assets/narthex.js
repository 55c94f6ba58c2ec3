// Shortens ways; every page works without it. Loaded with defer under a strict policy:
// no inline handlers, and HTML becomes a document only through the one named policy.
"use strict";
(() => {
  const plain = { createHTML: (text) => text };
  const trusted = window.trustedTypes ? window.trustedTypes.createPolicy("narthex", plain) : plain;
  const parse = (text) => new DOMParser().parseFromString(trusted.createHTML(text), "text/html");
  const every = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

  function prepare(root) {
    every(root, "button[data-reveal]", revealPassword);
    every(root, "[data-strength]", measure);
    every(root, "button[data-copy]", copy);
    every(root, "input[data-all]", selectAll);
    every(root, "select[data-submit]", (select) => {
      select.addEventListener("change", () => select.form.requestSubmit());
    });
    every(root, "input[data-confirm]", typeToConfirm);
  }

  function revealPassword(button) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    const state = document.getElementById(button.dataset.reveal);
    const { show, hide, showLabel, hideLabel, shown, hiddenText } = button.dataset;
    button.hidden = false;
    button.addEventListener("click", () => {
      const reveal = input.type === "password";
      input.type = reveal ? "text" : "password";
      button.textContent = reveal ? hide : show;
      button.setAttribute("aria-label", reveal ? hideLabel : showLabel);
      state.textContent = reveal ? shown : hiddenText;
    });
    // A browser offers to keep a text field's content; a password's only to the password manager.
    input.form.addEventListener("submit", () => { input.type = "password"; });
  }

  // The server is asked, which decides in the end; what it says of an older text is not shown.
  function measure(box) {
    const input = document.getElementById(box.dataset.strength);
    const rules = document.querySelectorAll(`#${box.dataset.rules} > [data-rule]`);
    const bar = box.querySelector("meter");
    const label = box.querySelector("output");
    let timer = 0;
    let newest = 0;

    function show(found) {
      box.hidden = !found;
      for (const rule of rules) rule.toggleAttribute("data-met", Boolean(found) && !found.unmet.includes(rule.dataset.rule));
      label.textContent = found ? found.label : "";
      if (!found) return;
      bar.value = found.score;
      // Where no rule in sight says it, the sentence is shown; it is read out in any case.
      const said = document.createElement("span");
      said.className = found.unmet.length > 0 ? "vh" : "more-said";
      said.textContent = found.problems.map((problem) => ` ${problem}.`).join("");
      label.append(said);
    }

    async function ask(mine) {
      const body = new URLSearchParams({ password: input.value });
      for (const name of ["email", "username", "display_name"]) {
        const field = input.form.elements.namedItem(name);
        if (field) body.set(name, field.value);
      }
      let found = null;
      try {
        const answer = await fetch("/password-strength", { method: "POST", headers: { Accept: "application/json" }, body });
        if (answer.ok) found = await answer.json();
      } catch {
        // Without an answer there is no meter.
      }
      if (mine === newest) show(found);
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      newest += 1;
      const mine = newest;
      if (input.value) timer = setTimeout(() => ask(mine), 250);
      else show(null);
    });
  }

  function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    const state = document.getElementById(`${button.dataset.copy}-state`);
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        button.textContent = button.dataset.copied;
        state.textContent = button.dataset.copied;
      } catch {
        field.select();
      }
    });
  }

  function selectAll(all) {
    const ours = `[form="${all.dataset.all}"]`;
    const boxes = [...document.querySelectorAll(`input[type="checkbox"][name]${ours}`)];
    const buttons = document.querySelectorAll(`[data-needs="${all.dataset.all}"]`);
    const count = document.getElementById(all.dataset.count);
    const tell = () => {
      const n = boxes.filter((box) => box.checked).length;
      all.checked = n > 0 && n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
      for (const button of buttons) button.disabled = n === 0;
      count.textContent = n === 0 ? "" : count.dataset.some.replace("{n}", n);
    };
    all.closest("label").hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
    for (const box of boxes) box.addEventListener("change", tell);
    tell();
  }

  function typeToConfirm(input) {
    const button = input.form.querySelector("[data-confirm-button]");
    const check = () => { button.disabled = input.value.trim() !== input.dataset.confirm; };
    input.addEventListener("input", check);
    check();
  }

  // The dialog: the same addresses and forms as the pages, asked for as fragments.
  const fragmentHeaders = { "X-Fragment": "modal" };
  let opener = null;

  function fill(dialog, fragment) {
    dialog.replaceChildren(document.adoptNode(fragment));
    dialog.setAttribute("aria-labelledby", "sheet-title");
    prepare(dialog);
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector("[autofocus]");
    if (first) first.focus();
  }

  // Takes over a whole page that came as an answer, so that what it says once is not lost.
  function become(page, url) {
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    document.body.replaceWith(document.adoptNode(page.body));
    history.replaceState(null, "", url);
    prepare(document);
    const first = document.querySelector("[data-flash], [autofocus], main");
    if (first) first.focus();
    window.scrollTo(0, 0);
  }

  async function open(link, dialog) {
    try {
      const answer = await fetch(link.href, { headers: fragmentHeaders });
      const fragment = parse(await answer.text()).querySelector("[data-fragment]");
      if (!answer.ok || answer.redirected || !fragment) throw new Error("not a fragment");
      opener = dialog.open ? opener : link;
      fill(dialog, fragment);
    } catch {
      location.assign(link.href);
    }
  }

  async function send(form, button, dialog) {
    const body = new URLSearchParams(new FormData(form, button));
    const address = (button && button.getAttribute("formaction")) || form.getAttribute("action");
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { method: "POST", headers: fragmentHeaders, body });
      const page = parse(await answer.text());
      const fragment = page.querySelector("[data-fragment]");
      if (answer.status === 422 && fragment) fill(dialog, fragment);
      else if (page.querySelector("main")) become(page, answer.redirected ? answer.url : location.href);
      else location.reload();
    } catch {
      form.submit();
    }
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const dialog = document.getElementById("modal");
    const link = event.target.closest("a[data-modal]");
    if (event.target.closest("[data-close]") && dialog) dialog.close();
    if (!link || !dialog || !dialog.showModal) return;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link, dialog);
  });

  document.addEventListener("submit", (event) => {
    const dialog = document.getElementById("modal");
    if (!dialog || !dialog.open || !dialog.contains(event.target)) return;
    event.preventDefault();
    if (event.target.getAttribute("aria-busy") !== "true") send(event.target, event.submitter, dialog);
  });

  // Closing gives the focus back, also after the dialog went on from one form to another.
  document.addEventListener("close", (event) => {
    if (event.target.id !== "modal") return;
    event.target.replaceChildren();
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }, true);

  prepare(document);
})();
