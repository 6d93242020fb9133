"use strict";
// All of this is for comfort: the page says the same without it.

function element(name, attributes, text) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text ?? "";
  return made;
}

// A link into something closed opens it.
function reveal() {
  const target = [...document.querySelectorAll("[id]")].find((one) => location.hash === `#${one.id}` || location.hash === `#${encodeURIComponent(one.id)}`);
  for (let outer = target?.closest("details"); outer; outer = outer.parentElement.closest("details"))
    outer.open = true;
  target?.scrollIntoView();
}
addEventListener("hashchange", reveal);
if (location.hash) reveal();

// One variant stands out in all charts and tables.
const marked = [...document.querySelectorAll("[data-variant]")];
const names = new Map();
for (const row of document.querySelectorAll("tr[data-variant]"))
  names.set(row.dataset.variant, row.cells[0].textContent);
const bar = document.querySelector("nav");
if (names.size && bar) {
  const choice = element("select", { "aria-label": "Highlight an autoencoder" });
  choice.append(element("option", { value: "" }, "Highlight …"));
  for (const [value, text] of names) choice.append(element("option", { value }, text));
  choice.addEventListener("change", () => {
    for (const part of marked)
      part.classList.toggle("faded", choice.value !== "" && part.dataset.variant !== choice.value);
  });
  bar.append(choice);
}

// The verdicts can be filtered and sorted.
for (const frame of document.querySelectorAll(".verdicts")) {
  const body = frame.querySelector("tbody");
  const rows = [...body.rows];
  const verdict = (row) => row.querySelector(".verdict").textContent;
  const kinds = [...new Set(rows.map(verdict))];
  const buttons = element("div", { class: "filter", role: "group", "aria-label": "Verdicts shown" });
  for (const kind of ["all", ...kinds]) {
    const count = kind === "all" ? rows.length : rows.filter((row) => verdict(row) === kind).length;
    const button = element("button", { type: "button", "aria-pressed": kind === "all" }, `${kind} (${count})`);
    button.addEventListener("click", () => {
      for (const other of buttons.children) other.setAttribute("aria-pressed", other === button);
      for (const row of rows) row.hidden = kind !== "all" && verdict(row) !== kind;
    });
    buttons.append(button);
  }
  frame.before(buttons);
  const value = (row, column) => {
    const text = row.cells[column].textContent;
    const number = parseFloat(text.replace(/^[<>]\s*/, ""));
    return Number.isNaN(number) ? text : number;
  };
  [...frame.querySelectorAll("thead th")].forEach((heading, column) => {
    const button = element("button", { type: "button" }, heading.textContent);
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const rising = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const sorted = [...rows].sort((one, other) => {
        const [a, b] = [value(one, column), value(other, column)];
        const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
        return rising ? order : -order;
      });
      body.append(...sorted);
    });
  });
}
