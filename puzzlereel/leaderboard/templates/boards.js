"use strict";
// Draws a board from its glyphs. LOOKS is all that this file knows of a puzzle; one that is not there is shown in letters.
var Boards = (function () {
  var NS = "http://www.w3.org/2000/svg", COLOURS = 12;
  // What lies in the cell of a glyph: names of FORMS, and after a "=" a text. Or a function that draws it.
  var LOOKS = {
    maze: { "#": ["wall"], " ": [], G: ["goal"], "@": ["agent"], "+": ["goal", "agent"] },
    sokoban: { "#": ["wall"], " ": [], ".": ["target"], $: ["box"], "*": ["stored"], "@": ["agent"], "+": ["target", "agent"] },
    fifteen: { "%": ["wall"], ".": [] },
    flowfree: flow,
  };
  Array.from("123456789ABCDEF").forEach(function (glyph, n) { LOOKS.fifteen[glyph] = ["box", "=" + (n + 1)]; });
  var FORMS = {
    goal: ["rect", { x: 0.14, y: 0.14, width: 0.72, height: 0.72, rx: 0.08 }],
    agent: ["circle", { cx: 0.5, cy: 0.5, r: 0.3 }],
    target: ["circle", { cx: 0.5, cy: 0.5, r: 0.2 }],
    box: ["rect", { x: 0.12, y: 0.12, width: 0.76, height: 0.76, rx: 0.06 }],
    stored: ["rect", { x: 0.12, y: 0.12, width: 0.76, height: 0.76, rx: 0.06 }],
  };

  function make(tag, attributes, name) {
    var made = document.createElementNS(NS, tag);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (name) made.setAttribute("class", name);
    return made;
  }

  function letter(text, name) {
    var made = make("text", { x: 0.5, y: 0.53 }, "glyph" + (name ? " " + name : ""));
    made.textContent = text;
    return made;
  }

  function flow(cell, glyph) {
    if (glyph === ".") return;
    var colour = "c" + ((glyph.toUpperCase().charCodeAt(0) - 65) % COLOURS);
    if (glyph === glyph.toUpperCase()) {
      cell.append(make("circle", { cx: 0.5, cy: 0.5, r: 0.38 }, colour), letter(glyph, "on"));
    } else {
      cell.append(make("rect", { width: 1, height: 1 }, "flow " + colour), letter(glyph));
    }
  }

  function cellOf(puzzle, glyph) {
    var cell = make("g", {}), looks = LOOKS[puzzle];
    var wall = looks && looks[glyph] && looks[glyph][0] === "wall";
    cell.append(make("rect", { width: 1, height: 1 }, "cell" + (wall ? " wall" : "")));
    if (glyph === "?") cell.append(make("rect", { width: 1, height: 1 }, "doubt"), letter("?"));
    else if (typeof looks === "function") looks(cell, glyph);
    else if (!looks || !looks[glyph]) cell.append(letter(glyph));
    else looks[glyph].forEach(function (name) {
      if (name[0] === "=") cell.append(letter(name.slice(1), "stone"));
      else if (FORMS[name]) cell.append(make(FORMS[name][0], FORMS[name][1], "thing " + name));
    });
    return cell;
  }

  // Rows of glyphs as a picture; `marks` are cells to outline, each {cell: [row, column], name: class}.
  function draw(svg, puzzle, rows, marks) {
    svg.setAttribute("viewBox", "-0.1 -0.1 " + (rows[0].length + 0.2) + " " + (rows.length + 0.2));
    var cells = [];
    rows.forEach(function (row, r) {
      Array.from(row).forEach(function (glyph, c) {
        var cell = cellOf(puzzle, glyph);
        cell.setAttribute("transform", "translate(" + c + " " + r + ")");
        cells.push(cell);
      });
    });
    (marks || []).forEach(function (mark) {
      cells.push(make("rect", { x: mark.cell[1] + 0.03, y: mark.cell[0] + 0.03, width: 0.94, height: 0.94 }, mark.name));
    });
    svg.replaceChildren.apply(svg, cells);
  }

  return { draw: draw };
})();
