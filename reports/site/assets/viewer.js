"use strict";
// One pair under every method. Wipe, zoom and place are custom properties of the grid, so that all pictures follow.
(function () {
  const { browser, element, load, number, weight, options, ARROWS } = hifbench;
  const by = (id) => document.getElementById(id);
  const grid = by("grid");
  const view = { wipe: 100, zoom: 1, x: 50, y: 50 };
  let shown = null;

  function apply() {
    grid.style.setProperty("--wipe", `${view.wipe}%`);
    grid.style.setProperty("--zoom", view.zoom);
    grid.style.setProperty("--x", `${view.x}%`);
    grid.style.setProperty("--y", `${view.y}%`);
    grid.classList.toggle("zoomed", view.zoom > 1);
    grid.classList.toggle("pixels", view.zoom >= 4);
    by("wipe").value = view.wipe;
    by("zoom").value = view.zoom;
  }

  function clamp(value, low, high) {
    return Math.min(Math.max(value, low), high);
  }

  function wipeTo(percent) {
    view.wipe = clamp(percent, 0, 100);
    apply();
  }

  function zoomTo(factor) {
    view.zoom = clamp(factor, 1, 16);
    apply();
  }

  function move(x, y) {
    view.x = clamp(view.x + x, 0, 100);
    view.y = clamp(view.y + y, 0, 100);
    apply();
  }

  function layer(hash, kind, alt) {
    return element("div", { class: `layer ${kind}` }, element("img", { src: `site/pictures/${hash}.png`, alt, loading: "lazy", draggable: "false" }));
  }

  function frame(page, index, hash, title, pair) {
    const against = by("against").value;
    const other = against in page ? page[against][index] : page.fused[shown.set.methods.indexOf(against.slice(1))][index];
    const made = element("div", { class: `frame ${by("mode").value}` });
    const [width, height] = page.sizes[index];
    made.style.aspectRatio = `${width} / ${height}`;
    made.append(layer(hash, "under", `${title}, pair ${pair}`));
    if (other) made.append(layer(other, "over", ""));
    return made;
  }

  /** Scores of one method on the pair, the best of all methods in bold. */
  function scores(page, index, row) {
    const table = shown.set.tables[shown.table];
    const list = element("dl", { class: "scores" });
    table.metrics.forEach((metric, column) => {
      const { label, direction } = shown.pictures.metrics[metric];
      const values = page.scores[shown.table][column].map((of) => of[index]);
      const finite = values.map(weight).filter(Number.isFinite);
      const best = direction === "higher" ? Math.max(...finite) : Math.min(...finite);
      const value = number(values[row]);
      const text = values[row] === best && finite.length > 1 ? element("b", {}, value) : value;
      list.append(element("div", {}, element("dt", {}, `${label} ${ARROWS[direction]}`), element("dd", {}, text)));
    });
    return list;
  }

  function card(title, ...content) {
    return element("figure", { class: "card" }, element("figcaption", {}, title), ...content);
  }

  async function show(state) {
    const size = state.pictures.page;
    const { set, pair } = state;
    const index = pair % size;
    const page = await browser.pageOf(Math.floor(pair / size));
    if (state.set !== set || state.pair !== pair) return; // another pair was asked for meanwhile
    shown = state;
    const { methods } = state.set;
    const id = page.ids[index];
    by("pair").textContent = `${id} (${state.pair + 1} of ${state.set.pairs})`;
    by("before").disabled = state.pair === 0;
    by("after").disabled = state.pair === state.set.pairs - 1;
    options(by("against"), ["visible", "infrared", ...methods.map((method) => `+${method}`)], browser.name);
    const errors = new Map(page.errors.filter(([, place]) => place === index).map(([row, , error]) => [row, error]));
    const sources = ["visible", "infrared"]
      .filter((side) => page[side][index])
      .map((side) => card(browser.name(side), frame(page, index, page[side][index], browser.name(side), id)));
    const fused = methods.map((method, row) => {
      const hash = page.fused[row][index];
      const content = hash ? [frame(page, index, hash, method, id)] : [];
      if (errors.has(row)) content.push(element("p", { class: "error" }, errors.get(row)));
      return card(method, ...content, scores(page, index, row));
    });
    grid.replaceChildren(...sources, ...fused);
    by("awaited")?.remove();
    apply();
  }

  function again() {
    const difference = by("mode").value === "difference";
    by("wipe-label").hidden = difference;
    by("gain-label").hidden = !difference;
    if (shown) show(shown);
  }

  function drag(event) {
    const frame = event.target.closest(".frame");
    if (!frame || event.button !== 0) return;
    const { left, width, height } = frame.getBoundingClientRect();
    let last = event;
    const follow = (now) => {
      if (view.zoom === 1) {
        wipeTo(((now.clientX - left) / width) * 100);
      } else {
        const share = 100 / (view.zoom - 1);
        move((-(now.clientX - last.clientX) / width) * share, (-(now.clientY - last.clientY) / height) * share);
      }
      last = now;
    };
    const stop = () => {
      removeEventListener("pointermove", follow);
      removeEventListener("pointerup", stop);
      removeEventListener("pointercancel", stop);
    };
    addEventListener("pointermove", follow);
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
  }

  const STEP = 5;
  const KEYS = {
    "+": () => zoomTo(view.zoom * 1.5),
    "=": () => zoomTo(view.zoom * 1.5),
    "-": () => zoomTo(view.zoom / 1.5),
    "0": () => zoomTo(1),
    ArrowLeft: () => move(-STEP, 0),
    ArrowRight: () => move(STEP, 0),
    ArrowUp: () => move(0, -STEP),
    ArrowDown: () => move(0, STEP),
  };

  grid.addEventListener("keydown", (event) => {
    const arrow = event.key.startsWith("Arrow");
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey || (arrow && view.zoom === 1)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  grid.addEventListener("pointerdown", drag);
  grid.addEventListener("dblclick", (event) => {
    const frame = event.target.closest(".frame");
    if (!frame) return;
    const { left, top, width, height } = frame.getBoundingClientRect();
    view.x = ((event.clientX - left) / width) * 100;
    view.y = ((event.clientY - top) / height) * 100;
    zoomTo(view.zoom === 1 ? 4 : 1);
  });
  grid.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey || !event.target.closest(".frame")) return; // a wheel alone scrolls the page
      event.preventDefault();
      zoomTo(view.zoom * Math.exp(-event.deltaY / 200));
    },
    { passive: false }
  );
  by("wipe").addEventListener("input", () => wipeTo(Number(by("wipe").value)));
  by("zoom").addEventListener("input", () => zoomTo(Number(by("zoom").value)));
  by("reset").addEventListener("click", () => {
    Object.assign(view, { wipe: 100, zoom: 1, x: 50, y: 50 });
    apply();
  });
  by("gain").addEventListener("change", () => grid.style.setProperty("--gain", by("gain").value));
  for (const id of ["against", "mode"]) by(id).addEventListener("change", again);
  by("before").addEventListener("click", () => browser.select(shown.pair - 1));
  by("after").addEventListener("click", () => browser.select(shown.pair + 1));
  grid.style.setProperty("--gain", by("gain").value);
  browser.watch(show);
  load("pictures").then(browser.start);
})();
