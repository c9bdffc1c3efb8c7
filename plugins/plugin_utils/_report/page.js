"use strict";
// Everything read from AWS is inserted as text, never as HTML.
(() => {
  const SPARE = 10, ID = "\ue000";
  const COLUMNS = [["state", "State"], ["id", "Id"], ["account", "Account"], ["region", "Region"], ["role", "Role"], ["problem", "Problem"]];
  const SEVERITIES = ["broken", "risk", "untidy", "waived", "ok"];
  const SHOWN = [["", "all"], ["open", "with a problem"], ["new", "with a new problem"], ["waived", "with a waived problem"], ["ok", "without a problem"]];
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (selector) => document.querySelector(selector);
  const grid = $("#rows"), head = $(".head"), space = $(".space"), body = $(".body"), detail = $("#detail"), form = $(".filters");
  // On a narrow screen, a row has two lines, so that problems are readable.
  const isNarrow = matchMedia("(max-width: 520px)");
  const rowHeight = () => (isNarrow.matches ? 46 : 28);
  const codes = Object.keys(data.problemKinds);

  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  const rows = data.rows.map((packed, order) => {
    const [kind, account, region, id, name, profile, role, mayDo, by, tags] = packed.slice(0, 10).map((each) => data.texts[each]);
    const problems = packed[10].map((each) => {
      const [code, message, fix, task, waived, isNew, severity, title] = data.problems[each];
      const text = (number) => data.texts[number].replaceAll(ID, () => id);
      return { code, severity, title,
        message: text(message), fix: text(fix), task: text(task), waived: text(waived), isNew: Boolean(isNew) };
    });
    const open = problems.filter((each) => !each.waived);
    const state = open.length ? SEVERITIES.find((severity) => open.some((each) => each.severity === severity)) : problems.length ? "waived" : "ok";
    const isNew = Boolean(data.since) && open.some((each) => each.isNew);
    const text = [kind, account, data.accounts[account] || "", region, id, name, profile, role, by, tags, ...problems.map((each) => each.code)].join("\n").toLowerCase();
    return { order, kind, account, region, id, name, profile, role, mayDo, by, tags, problems, open, state, isNew, text,
      problem: problems.length ? problems[0].title : "", key: [kind, account, region, id].join("/") };
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));

  let shown = rows, picked = null, sort = "", drawn = "";

  // --- Filters, which are kept in the address --------------------------------------------------------------------------------

  const options = (name, values) => {
    const select = form.elements[name];
    select.replaceChildren(...values.map(([value, text]) => make("option", text, { value })));
  };
  const distinct = (member) => [["", "all"], ...[...new Set(rows.map((row) => row[member]).filter(Boolean))].sort().map((each) => [each, each])];
  options("kind", distinct("kind"));
  const named = (account) => (account in data.accounts ? `${account} ${data.accounts[account]}` : account);
  options("account", distinct("account").map(([value, text]) => [value, value ? named(value) : text]));
  options("region", distinct("region"));
  const found = new Set(rows.flatMap((row) => row.problems.map((each) => each.code)));
  options("problem", [["", "all"], ...[...codes.filter((code) => found.has(code))].map((code) => [code, data.problemKinds[code][1]])]);
  options("show", SHOWN.filter(([value]) => value !== "new" || data.since));

  const NAMES = ["q", "kind", "account", "region", "problem", "show"];
  const address = () => {
    const parts = new URLSearchParams();
    for (const name of NAMES) if (form.elements[name].value) parts.set(name, form.elements[name].value);
    if (sort) parts.set("sort", sort);
    if (picked) parts.set("row", picked.key);
    return "#" + parts;
  };
  const remember = () => history.replaceState(null, "", address());
  const recall = () => {
    const parts = new URLSearchParams(location.hash.slice(1));
    for (const name of NAMES) form.elements[name].value = parts.get(name) || "";
    for (const name of NAMES) if (form.elements[name].selectedIndex === -1) form.elements[name].selectedIndex = 0;
    sort = parts.get("sort") || "";
    picked = byKey.get(parts.get("row")) || null;
    choose();
    if (picked) reveal(picked);
  };

  const passes = {
    open: (row) => row.open.length, new: (row) => row.isNew, ok: (row) => !row.problems.length,
    waived: (row) => row.problems.some((each) => each.waived),
  };
  const choose = () => {
    const value = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
    const words = value.q.toLowerCase().split(/\s+/).filter(Boolean);
    shown = rows.filter((row) =>
      (!value.kind || row.kind === value.kind) && (!value.account || row.account === value.account) &&
      (!value.region || row.region === value.region) && (!value.problem || row.open.some((each) => each.code === value.problem) ||
        (value.show === "waived" && row.problems.some((each) => each.code === value.problem))) &&
      (!value.show || passes[value.show](row)) && words.every((word) => row.text.includes(word)));
    order();
    $("output").textContent = `${shown.length} of ${rows.length} rows`;
    drawn = "";
    grid.setAttribute("aria-rowcount", shown.length + 1);
    space.style.height = `${shown.length * rowHeight()}px`;
    draw();
    show();
  };
  const order = () => {
    const member = sort.replace("-", ""), sign = sort.startsWith("-") ? -1 : 1;
    const value = (row) => (member === "state" ? SEVERITIES.indexOf(row.state) : row[member] || "");
    if (member) shown.sort((one, other) => sign * (value(one) > value(other) ? 1 : value(one) < value(other) ? -1 : 0) || one.order - other.order);
    for (const button of head.querySelectorAll("button")) {
      const own = button.dataset.member === member;
      button.parentElement.setAttribute("aria-sort", own ? (sign > 0 ? "ascending" : "descending") : "none");
      button.textContent = button.dataset.title + (own ? (sign > 0 ? " ▲" : " ▼") : "");
    }
  };

  // --- The rows: only the visible ones are elements ------------------------------------------------------------------------

  COLUMNS.forEach(([member, title], index) => {
    const cell = make("div", undefined, { role: "columnheader", "aria-colindex": index + 1 });
    const button = make("button", title, { type: "button", "data-member": member, "data-title": title });
    button.addEventListener("click", () => {
      sort = sort === member ? `-${member}` : sort === `-${member}` ? "" : member;
      choose();
      remember();
    });
    cell.append(button);
    head.append(cell);
  });
  const draw = () => {
    const first = Math.max(0, Math.floor(grid.scrollTop / rowHeight()) - SPARE);
    const last = Math.min(shown.length, Math.ceil((grid.scrollTop + grid.clientHeight) / rowHeight()) + SPARE);
    if (drawn === `${first}-${last}`) return;
    drawn = `${first}-${last}`;
    body.style.top = `${first * rowHeight()}px`;
    body.replaceChildren(...shown.slice(first, last).map((row, index) => element(row, first + index)));
    mark();
  };
  const element = (row, index) => {
    const line = make("div", undefined, { class: "row", role: "row", id: `row-${row.order}`, "aria-rowindex": index + 2 });
    const state = make("div", row.state, { role: "gridcell", class: `severity ${row.state}` });
    if (row.isNew) state.append(make("span", "new", { class: "new" }));
    const more = row.problems.length > 1 ? ` +${row.problems.length - 1}` : "";
    const what = row.name && row.name !== row.id ? `${row.id} ${row.name}` : row.id;
    const cells = [`${what}${row.kind === "instance" ? "" : ` (${row.kind})`}`, named(row.account), row.region, row.role, row.problem + more];
    line.append(state, ...cells.map((text) => make("div", text, { role: "gridcell", title: text })));
    line.addEventListener("click", () => pick(row));
    return line;
  };
  const mark = () => {
    for (const line of body.children) line.setAttribute("aria-selected", String(Boolean(picked) && line.id === `row-${picked.order}`));
    if (picked && document.getElementById(`row-${picked.order}`)) grid.setAttribute("aria-activedescendant", `row-${picked.order}`);
    else grid.removeAttribute("aria-activedescendant");
  };
  const reveal = (row) => {
    const top = shown.indexOf(row) * rowHeight();
    const height = grid.clientHeight - head.offsetHeight;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + rowHeight() > grid.scrollTop + height) grid.scrollTop = top + rowHeight() - height;
    draw();
    mark();
  };
  const pick = (row) => {
    picked = row;
    reveal(row);
    show();
    remember();
  };

  // --- Details of a row: instance → instance profile → role → permissions → problems → tasks --------------------------

  const link = (text, none) => (text ? make("li", text) : make("li", none, { class: "none" }));
  const problem = (each) => {
    const part = document.createDocumentFragment();
    const title = make("h3", each.title, { class: `severity ${each.waived ? "waived" : each.severity}` });
    if (data.since && each.isNew && !each.waived) title.append(make("span", "new", { class: "new" }));
    part.append(title, make("p", each.message));
    if (each.waived) part.append(make("p", `Waived: ${each.waived}`, { class: "soft" }));
    if (each.fix) part.append(make("p", each.fix));
    if (each.task) {
      const button = make("button", "Copy the task", { type: "button" });
      const text = make("pre", each.task, { tabindex: "0" });
      button.addEventListener("click", () => copy(text, button));
      part.append(text, button);
    }
    return part;
  };
  const copy = async (text, button) => {
    const selection = getSelection();
    selection.selectAllChildren(text);
    // A page that was opened from a file may lack access to the clipboard; then the text stays selected.
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected: copy it by hand";
    }
  };
  const show = () => {
    if (!picked) {
      detail.replaceChildren(make("p", "Select a row to see its identity and permissions, its problems, and the task that fixes each.", { class: "soft" }));
      return;
    }
    const row = picked, chain = make("ol", undefined, { class: "chain" });
    const isIdentity = !["account", "region", "role", "instance profile"].includes(row.kind);
    if (isIdentity) chain.append(link(`${row.kind} ${row.name || row.id}`), link(row.profile && `instance profile ${row.profile}`, "no instance profile"), link(row.role && `role ${row.role}`, "no role"));
    else chain.append(link(`${row.kind} ${row.id}`), ...(row.role && row.kind !== "role" ? [link(`role ${row.role}`)] : []));
    const place = [row.id, named(row.account), row.region, row.by && `launched by ${row.by}`, row.tags].filter(Boolean).join(" · ");
    detail.replaceChildren(make("h2", row.name || row.id), make("p", place, { class: "soft" }), chain);
    if (row.mayDo) detail.append(make("p", row.mayDo));
    if (!row.problems.length) detail.append(make("p", "No problems.", { class: "severity ok" }));
    detail.append(...row.problems.map(problem));
    detail.scrollTop = 0;
  };

  // --- Keys and print ---------------------------------------------------------------------------------------------------

  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid) return;
    const now = picked ? shown.indexOf(picked) : -1, page = Math.max(1, Math.floor(grid.clientHeight / rowHeight()) - 2);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined || !shown.length) return;
    event.preventDefault();
    pick(shown[Math.min(shown.length - 1, Math.max(0, to))]);
  });
  grid.addEventListener("scroll", draw, { passive: true });
  addEventListener("resize", draw);
  isNarrow.addEventListener("change", choose);
  addEventListener("hashchange", recall);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { choose(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { sort = ""; picked = null; choose(); remember(); }));
  addEventListener("beforeprint", () => {
    const table = make("table"), titles = make("tr");
    titles.append(...["State", "What", "Where", "Identity", "Problems"].map((text) => make("th", text)));
    table.append(titles, ...shown.map((row) => {
      const line = make("tr");
      const wrong = row.problems.map((each) => `${each.title}: ${each.message}${each.waived ? ` Waived: ${each.waived}` : ""}`).join("\n");
      const texts = [row.state, `${row.kind} ${row.id} ${row.name !== row.id ? row.name : ""}`, `${named(row.account)} ${row.region}`,
        [row.profile, row.role, row.mayDo].filter(Boolean).join(" → "), wrong];
      line.append(...texts.map((text) => make("td", text)));
      return line;
    }));
    $("#print").replaceChildren(table);
  });
  addEventListener("afterprint", () => $("#print").replaceChildren());

  const list = document.getElementById("resolved");
  if (list) list.append(...data.resolved.map(([kind, account, region, id, code, stillExists]) =>
    make("li", `${[kind, account, region, id].map((each) => data.texts[each]).filter(Boolean).join(" ")}: ${(data.problemKinds[code] || [0, code])[1]}${stillExists ? "" : " (no longer exists)"}`)));
  form.hidden = false;
  recall();
  document.documentElement.dataset.ready = "true";
})();
