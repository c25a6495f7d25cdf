"use strict";
// The leaderboard: of all tables the one that the filters name, with the columns and rows that they leave.
hifbench.load("leaderboard").then(({ metrics, files, tables }) => {
  const { element, number, options, weight, TASKS } = hifbench;
  const by = (id) => document.getElementById(id);
  const KEYS = ["data", "degradation", "severity", "task", "convention"];
  const hidden = new Set();

  /** Offer of each key what goes with the keys before it. */
  function offer() {
    let left = tables;
    for (const key of KEYS) {
      const values = [...new Set(left.map((table) => table[key]))];
      options(by(key), values, (value) => (key === "task" ? TASKS[value] : value));
      left = left.filter((table) => table[key] === by(key).value);
    }
    return left[0];
  }

  function choices(table) {
    const boxes = table.metrics.map((name) => {
      const box = element("input", { type: "checkbox", value: name });
      box.checked = !hidden.has(name);
      box.addEventListener("change", () => {
        if (box.checked) hidden.delete(name);
        else hidden.add(name);
        board(table);
      });
      return element("label", {}, box, " ", metrics[name].label);
    });
    by("metrics").replaceChildren(by("metrics").querySelector("legend"), ...boxes);
  }

  /** A line of a paper's numbers, or of what ours differ from them. */
  function published([name, texts], shown, kind) {
    const cells = [...shown.map((column) => texts[column]), texts.at(-1)];
    return element("tr", { class: kind }, element("th", { scope: "row" }, name), ...cells.map((text) => element("td", {}, text)));
  }

  function board(table) {
    const shown = table.metrics.map((_, column) => column).filter((column) => !hidden.has(table.metrics[column]));
    const head = element("tr", {}, element("th", { scope: "col" }, "method"));
    for (const column of shown) {
      const { title } = metrics[table.metrics[column]];
      head.append(element("th", { scope: "col", class: "number", title }, table.heads[column]));
    }
    head.append(element("th", { scope: "col", class: "number" }, "pairs"));
    const part = by("method").value.toLowerCase();
    const body = element("tbody");
    table.methods.forEach((method, row) => {
      if (!method.toLowerCase().includes(part)) return;
      // A source that the run lacks is shown as a row of dashes, and has no page.
      const label = method in files ? element("a", { href: files[method] }, method) : method;
      const name = element("th", { scope: "row" }, label);
      if (table.seen.includes(method)) name.append(" ", element("abbr", { title: "trained on pairs of this table" }, "†"));
      const made = element("tr", {}, name);
      for (const column of shown) {
        const value = table.means[row][column];
        const fewer = table.fewer[row][column];
        const key = weight(value);
        made.append(
          element(
            "td",
            { class: ["", "best", "second"][table.ranks[row][column]], "data-value": Number.isNaN(key) ? "" : key },
            number(value) + (fewer === null ? "" : ` (${fewer})`)
          )
        );
      }
      made.append(element("td", {}, table.pairs[row]));
      body.append(made, ...table.below[row].map((line) => published(line, shown, "below")));
    });
    const others = part ? [] : table.below[table.methods.length] || [];
    body.append(...others.map((line) => published(line, shown, "other")));
    by("board").replaceChildren(element("thead", {}, head), body);
    window.sortable(by("board"));
  }

  function show() {
    const table = offer();
    by("title").textContent = table.title;
    if (table.note.includes("PARTIAL")) by("title").append(" ", element("strong", { class: "tag" }, "partial"));
    by("note").textContent = table.note;
    const file = encodeURIComponent(table.name);
    const kinds = { csv: "CSV", md: "Markdown", tex: "LaTeX" };
    by("files").replaceChildren(
      ...Object.entries(kinds).flatMap(([end, kind]) => [element("a", { href: `tables/${file}.${end}` }, kind), " "])
    );
    history.replaceState(null, "", `#${file}`);
    choices(table);
    board(table);
  }

  const asked = tables.find((table) => `#${encodeURIComponent(table.name)}` === location.hash);
  if (asked) {
    for (const key of KEYS) {
      options(by(key), [asked[key]]);
      by(key).value = asked[key];
    }
  }
  for (const key of KEYS) by(key).addEventListener("change", show);
  by("method").addEventListener("input", () => board(offer()));
  by("filters").addEventListener("submit", (event) => event.preventDefault());
  show();
  by("awaited").remove();
});
