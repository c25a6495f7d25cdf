"use strict";
// The list of pairs: a page at a time, or those on which a method does best and worst.
hifbench.browser = (function () {
  const { element, load, number, options, ARROWS } = hifbench;
  const by = (id) => document.getElementById(id);
  const watchers = [];
  const state = { pictures: null, set: null, table: 0, pair: 0, page: 0 };

  /** A page of a set's pairs, from its file. */
  const pageOf = (page) => load(`${state.set.name}-${page}`);

  function watch(callback) {
    watchers.push(callback);
  }

  function remember() {
    const { set, table, pair } = state;
    history.replaceState(null, "", `#${set.name},${table},${pair}`);
  }

  function select(pair) {
    state.pair = Math.min(Math.max(pair, 0), state.set.pairs - 1);
    remember();
    for (const callback of watchers) callback(state);
    document.querySelectorAll("#thumbnails button").forEach((button) => {
      button.setAttribute("aria-current", String(Number(button.dataset.pair) === state.pair));
    });
  }

  function thumbnail(pair, id, hash, text) {
    const button = element("button", { type: "button", "data-pair": pair, "aria-current": String(pair === state.pair) });
    if (hash) button.append(element("img", { src: `site/thumbnails/${hash}.webp`, alt: "", loading: "lazy" }));
    button.append(element("span", {}, id));
    if (text) button.append(element("span", { class: "value" }, text));
    button.addEventListener("click", () => select(pair));
    return button;
  }

  async function listAll() {
    const { set, page } = state;
    const size = state.pictures.page;
    const pages = Math.ceil(set.pairs / size);
    const content = await pageOf(page);
    if (state.set !== set || state.page !== page || by("list").value !== "all") return; // asked for another meanwhile
    const of = by("of").value;
    const hashes = of in content ? content[of] : content.fused[set.methods.indexOf(of.slice(1))];
    const made = content.ids.map((id, index) => thumbnail(page * size + index, id, hashes[index]));
    by("thumbnails").replaceChildren(element("div", { class: "thumbnails" }, ...made));
    by("page").textContent = `${page + 1} of ${pages}`;
    by("back").disabled = page === 0;
    by("forth").disabled = page === pages - 1;
  }

  async function scored(pair, table, column, row) {
    const page = await pageOf(Math.floor(pair / state.pictures.page));
    const place = pair % state.pictures.page;
    return thumbnail(pair, page.ids[place], page.fused[row][place], number(page.scores[table][column][row][place]));
  }

  async function listEnds() {
    const { set, table, pictures } = state;
    const ends = await load(`${set.name}-ends-${table}`);
    const metrics = set.tables[table].metrics;
    const column = Math.max(metrics.indexOf(by("by").value), 0);
    const row = Math.max(set.methods.indexOf(by("of").value.slice(1)), 0);
    const lists = await Promise.all(
      ends[column][row].map(async (end, index) => {
        const made = await Promise.all(end.map((pair) => scored(pair, table, column, row)));
        return element("section", {}, element("h3", {}, index ? "Worst" : "Best"), element("div", { class: "thumbnails" }, ...made));
      })
    );
    if (state.set !== set || state.table !== table || by("list").value !== "ends") return;
    const label = `${pictures.metrics[metrics[column]].label} of ${set.methods[row]}`;
    by("thumbnails").replaceChildren(element("p", { class: "note" }, `${label}; infinite values count, missing ones do not.`), ...lists);
  }

  function list() {
    const ends = by("list").value === "ends";
    by("by-label").hidden = !ends;
    by("back").parentElement.hidden = ends;
    const methods = state.set.methods.map((method) => `+${method}`);
    const before = by("of").value;
    options(by("of"), ends ? methods : ["visible", "infrared", ...methods], (value) => name(value));
    if (ends && !before.startsWith("+")) by("of").value = defaultMethod();
    by("of-label").firstChild.textContent = ends ? "Method " : "Thumbnails of ";
    return ends ? listEnds() : listAll();
  }

  /** What a value of a list of pictures is called: a row may be called visible as well. */
  function name(value) {
    return value.startsWith("+") ? value.slice(1) : `${value} image`;
  }

  function defaultMethod() {
    const last = state.set.methods.filter((method) => !["visible", "infrared"].includes(method)).at(-1);
    return `+${last || state.set.methods[0]}`;
  }

  function chooseSet() {
    const mine = state.pictures.sets.filter((set) => set.data === by("data").value);
    options(by("condition"), mine.map((set) => set.condition));
    state.set = mine.find((set) => set.condition === by("condition").value);
    const tables = state.set.tables;
    const label = ({ task, convention }) => `${hifbench.TASKS[task]}, ${convention}`;
    options(by("scores"), tables.map((_, index) => index), (index) => `against ${label(tables[index])}`);
    state.page = Math.floor(Math.min(state.pair, state.set.pairs - 1) / state.pictures.page);
    chooseScores();
  }

  function chooseScores() {
    state.table = Number(by("scores").value);
    const metrics = state.set.tables[state.table].metrics;
    options(by("by"), metrics, (metric) => {
      const { label, direction } = state.pictures.metrics[metric];
      return `${label} ${ARROWS[direction]}`;
    });
    list();
    select(state.pair);
  }

  function turn(step) {
    state.page += step;
    list();
  }

  async function goTo() {
    const ids = await load(`${state.set.name}-ids`);
    const pair = ids.indexOf(by("goto").value);
    if (pair < 0) return;
    state.page = Math.floor(pair / state.pictures.page);
    list();
    select(pair);
  }

  async function offerIds() {
    const ids = await load(`${state.set.name}-ids`);
    const part = by("goto").value;
    const fitting = ids.filter((id) => id.includes(part)).slice(0, 50);
    by("ids").replaceChildren(...fitting.map((value) => element("option", { value })));
  }

  function start(pictures) {
    state.pictures = pictures;
    options(by("data"), [...new Set(pictures.sets.map((set) => set.data))]);
    const [set, table, pair] = location.hash.slice(1).split(",");
    const asked = pictures.sets.find((each) => each.name === set);
    if (asked) {
      by("data").value = asked.data;
      options(by("condition"), [asked.condition]);
      options(by("scores"), [table]);
      state.pair = Math.max(Number(pair) || 0, 0);
    }
    by("data").addEventListener("change", chooseSet);
    by("condition").addEventListener("change", chooseSet);
    by("scores").addEventListener("change", chooseScores);
    for (const id of ["list", "of", "by"]) by(id).addEventListener("change", list);
    by("back").addEventListener("click", () => turn(-1));
    by("forth").addEventListener("click", () => turn(1));
    by("goto").addEventListener("focus", offerIds);
    by("goto").addEventListener("input", () => offerIds().then(goTo));
    if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".pairs").open = false;
    document.querySelectorAll("form").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));
    chooseSet();
  }

  return { start, watch, select, pageOf, name };
})();
