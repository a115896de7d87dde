"use strict";
// Sorts the ranking by any column, and shows it for a choice of puzzle, tier and look; both stand in the address.
(function () {
  var table = document.getElementById("board"), form = document.getElementById("filter");
  var spoken = document.getElementById("spoken"), count = document.getElementById("count");
  var told = JSON.parse(document.getElementById("cuts").textContent);
  var rows = Array.from(table.tBodies[0].rows), headers = Array.from(table.querySelectorAll("th[data-key]"));
  var names = rows.map(function (row) { return row.querySelector("bdi").textContent; });
  var NAMES = ["puzzle", "tier", "skin"];

  function choice() { return NAMES.map(function (name) { return form.elements[name].value; }); }
  function cut(puzzle, tier, skin) { return told.cuts[[puzzle, tier, skin].join("/")] || null; }

  // What stands in a column for a submission: [value, low, high, n], a number, a text, or null where there is nothing.
  function shown(at, key) {
    var chosen = choice(), here = cut.apply(null, chosen);
    if (key.indexOf("puzzle:") === 0) {
      var there = cut(key.slice(7), chosen[1], chosen[2]);
      return there && there.scores[at] ? there.scores[at].success : null;
    }
    if (key === "name") return names[at];
    if (!here || !here.scores[at]) return null;
    if (key === "rank") return here.ranks[at];
    if (key === "lead") return here.leads[here.order.indexOf(at)];
    return here.scores[at][key];
  }

  function plain(found) {
    return found === null ? null : Array.isArray(found) ? found[0] : typeof found === "object" ? found.value : found;
  }

  function percent(share, digits) { return (100 * share).toFixed(digits); }
  function signed(share, digits) { return (share < 0 ? "−" : "+") + (100 * Math.abs(share)).toFixed(digits); }
  function piece(tag, name, text) {
    var made = document.createElement(tag);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  }

  // A bar with its whisker, in the places that the page's own table has them.
  function drawBar(cell, one) {
    if (!cell.pattern) cell.pattern = pattern.cloneNode(true);
    var svg = cell.pattern, low = (2 + 100 * one[1]).toFixed(2), high = (2 + 100 * one[2]).toFixed(2);
    svg.querySelector(".fill").setAttribute("width", (100 * one[0]).toFixed(2));
    svg.querySelector(".whisker").setAttribute("d", "M" + low + " 6H" + high + "M" + low + " 2V10M" + high + " 2V10");
    cell.replaceChildren(piece("span", "value", percent(one[0], 1)), " ", piece("span", "range", percent(one[1], 0) + "–" + percent(one[2], 0)), svg);
  }

  function drawLead(cell, one) {
    var said = (one.p === null ? "" : "p " + one.p + ", ") + (one.clear ? "clear" : one.value === 0 ? "equal" : "may be chance");
    cell.replaceChildren(piece("span", "value", signed(one.value, 1)), " ", piece("span", "range", signed(one.low, 0) + " to " + signed(one.high, 0)), piece("small", "", said));
  }

  var pattern = table.querySelector("td.bar svg");

  function fill(cell, at) {
    var key = cell.dataset.show, found = shown(at, key);
    if (found === null) cell.textContent = "–";
    else if (key === "lead") drawLead(cell, found);
    else if (key === "rank") cell.textContent = found;
    else if (cell.classList.contains("bar")) drawBar(cell, found);
    else cell.textContent = percent(found[0], 1);
  }

  function compare(a, b) { return typeof a === "string" ? a.localeCompare(b) : a - b; }

  function sort(key, order) {
    headers.forEach(function (header) {
      if (header.dataset.key === key) header.setAttribute("aria-sort", order); else header.removeAttribute("aria-sort");
    });
    var here = cut.apply(null, choice());
    rows.slice().sort(function (one, other) {
      var i = Number(one.dataset.at), j = Number(other.dataset.at), a = plain(shown(i, key)), b = plain(shown(j, key));
      if (a === null || b === null) return (a === null) - (b === null) || i - j; // what has no value stays last
      return (order === "ascending" ? 1 : -1) * compare(a, b) || (here ? here.order.indexOf(i) - here.order.indexOf(j) : i - j);
    }).forEach(function (row) { table.tBodies[0].append(row); });
  }

  function sorted() {
    var header = headers.find(function (one) { return one.hasAttribute("aria-sort"); });
    return [header.dataset.key, header.getAttribute("aria-sort")];
  }

  function show() {
    var chosen = choice(), here = cut.apply(null, chosen);
    rows.forEach(function (row) {
      var at = Number(row.dataset.at);
      row.querySelectorAll("[data-show]").forEach(function (cell) { fill(cell, at); });
      row.hidden = !here || !here.scores[at];
    });
    table.querySelectorAll('[data-key^="puzzle:"], [data-show^="puzzle:"]').forEach(function (cell) { cell.hidden = chosen[0] !== "all"; });
    var first = here && here.scores.find(Boolean);
    count.textContent = first ? first.success[3] + (first.success[3] === 1 ? " level" : " levels") : "no level is of that kind";
    sort.apply(null, sorted());
    spoken.textContent = count.textContent;
  }

  function write() {
    var chosen = choice(), now = sorted();
    var parts = NAMES.map(function (name, at) { return chosen[at] === "all" ? "" : name + "=" + encodeURIComponent(chosen[at]); });
    if (now.join() !== "rank,ascending") parts.push("by=" + now[0] + "," + now[1]);
    try { history.replaceState(null, "", "#" + parts.filter(Boolean).join("&")); } catch (e) { /* then the address stays */ }
  }

  function read() {
    new URLSearchParams(location.hash.slice(1)).forEach(function (value, name) {
      if (NAMES.indexOf(name) >= 0 && Array.from(form.elements[name].options).some(function (option) { return option.value === value; })) form.elements[name].value = value;
      var by = name === "by" ? value.split(",") : [];
      if (headers.some(function (header) { return header.dataset.key === by[0]; })) sort(by[0], by[1] === "ascending" ? "ascending" : "descending");
    });
  }

  headers.forEach(function (header) {
    var button = piece("button", "", header.textContent);
    button.type = "button";
    header.replaceChildren(button);
    button.addEventListener("click", function () {
      var now = header.getAttribute("aria-sort");
      var order = now === "ascending" ? "descending" : now === "descending" ? "ascending" : header.dataset.first || "descending";
      sort(header.dataset.key, order);
      write();
      spoken.textContent = "sorted by " + button.textContent + ", " + order;
    });
  });
  form.addEventListener("change", function () { show(); write(); });
  form.addEventListener("reset", function () { setTimeout(function () { show(); write(); }); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.hidden = false;
  read();
  show();
})();
