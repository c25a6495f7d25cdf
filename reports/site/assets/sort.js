"use strict";
// Sorts any table of class "sortable" by the column whose heading is pressed.
(function () {
  const PREFIXES = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

  function value(cell) {
    if ("value" in cell.dataset) return cell.dataset.value === "" ? NaN : Number(cell.dataset.value);
    const text = cell.textContent.trim().replace(/,/g, "").replace("−", "-");
    if (/^[+-]?∞/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    const [, prefix] = / ([kMGT])$/.exec(text) || []; // as in 12.58 M
    return parseFloat(text) * (PREFIXES[prefix] || 1);
  }

  function compare(one, other, sign) {
    if (Number.isNaN(one)) return Number.isNaN(other) ? 0 : 1;
    if (Number.isNaN(other)) return -1;
    return one === other ? 0 : one < other ? -sign : sign;
  }

  function sort(table, column, ascending) {
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.classList.contains("below"));
    const below = new Map(rows.map((row) => [row, followers(row)]));
    const cells = rows.map((row) => row.cells[column]);
    const numeric = table.tHead.rows[0].cells[column].classList.contains("number");
    const keys = new Map(rows.map((row, index) => [row, numeric ? value(cells[index]) : cells[index].textContent]));
    const sign = ascending ? 1 : -1;
    rows.sort((one, other) =>
      numeric
        ? compare(keys.get(one), keys.get(other), sign)
        : sign * keys.get(one).localeCompare(keys.get(other), "en", { numeric: true })
    );
    body.append(...rows.flatMap((row) => [row, ...below.get(row)]));
  }

  /** The lines that belong to a row, which go where it goes. */
  function followers(row) {
    const next = row.nextElementSibling;
    return next && next.classList.contains("below") ? [next, ...followers(next)] : [];
  }

  /** Make the headings of a table buttons. */
  function prepare(table) {
    if (!table.tHead) return;
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const before = heading.getAttribute("aria-sort");
        // The best comes first: the highest, unless the heading says that lower is better, or the page that less is.
        const least = heading.textContent.includes("↓") || heading.dataset.best === "least";
        const first = !heading.classList.contains("number") || least;
        const ascending = before ? before !== "ascending" : first;
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        sort(table, column, ascending);
      });
    });
  }

  window.sortable = prepare;
  document.querySelectorAll("table.sortable").forEach(prepare);
})();
