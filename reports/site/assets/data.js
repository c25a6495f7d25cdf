"use strict";
// Data comes as classic scripts: a page that is opened from disk may fetch nothing.
const hifbench = (function () {
  const here = document.currentScript.src.replace(/[^/]*$/, "");
  const there = new Map();
  const waiting = new Map();

  function add(name, content) {
    there.set(name, content);
    for (const resolve of waiting.get(name) || []) resolve(content);
    waiting.delete(name);
  }

  /** Say that a file is missing; when it is next asked for it is tried again. */
  function missing(name) {
    waiting.delete(name);
    const text = `The file site/data/${name}.js could not be loaded. Copy the whole folder of the report, or make it again.`;
    document.querySelector("main").prepend(element("p", { class: "note", role: "alert" }, text));
  }

  /** Data by its name; its file is loaded when it is first asked for. */
  function load(name) {
    if (there.has(name)) return Promise.resolve(there.get(name));
    return new Promise((resolve) => {
      if (waiting.has(name)) {
        waiting.get(name).push(resolve);
        return;
      }
      waiting.set(name, [resolve]);
      const script = document.createElement("script");
      script.src = `${here}data/${name}.js`;
      script.onerror = () => missing(name);
      script.onload = () => waiting.has(name) && missing(name); // it is there, but cut short
      document.head.append(script);
    });
  }

  /** A value in four significant digits, as the tables of the report have it. */
  function number(value) {
    if (value === null) return "–";
    if (typeof value === "string") return value; // infinite
    if (value === 0) return "0";
    const magnitude = Math.floor(Math.log10(Math.abs(value)));
    if (magnitude < -4 || magnitude > 6) return value.toExponential(3);
    return value.toFixed(Math.max(3 - Math.max(magnitude, 0), 0));
  }

  /** For sorting: what is missing last, infinite values at their end. */
  function weight(value) {
    if (typeof value === "number") return value;
    return value === "∞" ? Infinity : value === "−∞" ? -Infinity : NaN;
  }

  /** An element with attributes and children; text stays text, whatever is in it. */
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "class") made.className = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  /** Fill a select with values; keep the one that was chosen where it is still there. */
  function options(select, values, label = (value) => value) {
    const before = select.value;
    select.replaceChildren(...values.map((value) => element("option", { value }, label(value))));
    if (values.map(String).includes(before)) select.value = before;
  }

  const ARROWS = { higher: "↑", lower: "↓" };
  const TASKS = { fusion: "the sources given", "fusion-clean": "the clean sources" };

  return { add, load, number, weight, element, options, ARROWS, TASKS };
})();
