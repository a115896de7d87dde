"use strict";
// The rules of the puzzles, as puzzlereel's own modules have them; the tests hold the two together, move by move.
//   level(text) → the level        start(level) → a state       board(level, state) → its rows of glyphs
//   moves(level, state) → the lawful moves, in a fixed order     step(level, state, move) → the state after it, or null
//   solved(level, state)           separator: what stands between the moves of a text
//   how: what a person is told     draws: true where moves are drawn with a pen, and are no directions
var Rules = (function () {
  var STEPS = { U: [-1, 0], D: [1, 0], L: [0, -1], R: [0, 1] };

  function at(rows, cell) { return rows[cell[0]] !== undefined ? rows[cell[0]][cell[1]] : undefined; }
  function towards(cell, way) { return [cell[0] + STEPS[way][0], cell[1] + STEPS[way][1]]; }
  function same(one, other) { return one[0] === other[0] && one[1] === other[1]; }
  function find(rows, glyphs) {
    var cells = [];
    rows.forEach(function (row, r) {
      Array.from(row).forEach(function (glyph, c) { if (glyphs.indexOf(glyph) >= 0) cells.push([r, c]); });
    });
    return cells;
  }
  function put(rows, glyphs) {
    var made = rows.map(function (row) { return Array.from(row); });
    glyphs.forEach(function (one) { made[one[0][0]][one[0][1]] = one[1]; });
    return made.map(function (row) { return row.join(""); });
  }
  function lawful(puzzle, level, state, among) {
    return among.filter(function (move) { return puzzle.step(level, state, move) !== null; });
  }

  // A state is the cell of the agent.
  var maze = {
    how: "Walk to the square, never through a wall: arrow keys, the buttons, or a swipe.",
    separator: "",
    level: function (text) {
      var rows = text.split("\n");
      return { ground: rows.map(function (row) { return row.replace("@", " "); }), entrance: find(rows, "@")[0], goal: find(rows, "G")[0] };
    },
    start: function (level) { return level.entrance; },
    moves: function (level, state) { return lawful(maze, level, state, Object.keys(STEPS)); },
    step: function (level, state, move) {
      if (!Object.prototype.hasOwnProperty.call(STEPS, move)) return null;
      var ahead = towards(state, move), ground = at(level.ground, ahead);
      return ground === undefined || ground === "#" ? null : ahead;
    },
    solved: function (level, state) { return same(state, level.goal); },
    board: function (level, state) { return put(level.ground, [[state, same(state, level.goal) ? "+" : "@"]]); },
  };

  // A state is the cell of the player and those of the boxes; a capital is a push.
  var sokoban = {
    how: "Push every box onto a ring: arrow keys, the buttons, or a swipe.",
    separator: "",
    level: function (text) {
      var rows = text.split("\n");
      var ground = rows.map(function (row) { return row.replace(/[$@]/g, " ").replace(/[*+]/g, "."); });
      return { ground: ground, player: find(rows, "@+")[0], boxes: find(rows, "$*") };
    },
    start: function (level) { return { player: level.player, boxes: level.boxes }; },
    moves: function (level, state) { return lawful(sokoban, level, state, ["u", "U", "d", "D", "l", "L", "r", "R"]); },
    step: function (level, state, move) {
      var way = move.toUpperCase(), pushes = move === way;
      if (!Object.prototype.hasOwnProperty.call(STEPS, way)) return null;
      var free = function (cell) {
        var ground = at(level.ground, cell);
        return ground !== undefined && ground !== "#" && !state.boxes.some(function (box) { return same(box, cell); });
      };
      var ahead = towards(state.player, way), beyond = towards(ahead, way);
      var box = state.boxes.findIndex(function (one) { return same(one, ahead); });
      if (pushes !== box >= 0 || !free(pushes ? beyond : ahead)) return null;
      return { player: ahead, boxes: pushes ? state.boxes.map(function (one, n) { return n === box ? beyond : one; }) : state.boxes };
    },
    solved: function (level, state) {
      return state.boxes.every(function (box) { return at(level.ground, box) === "."; });
    },
    board: function (level, state) {
      var on = function (cell) { return at(level.ground, cell) === "."; };
      var boxes = state.boxes.map(function (box) { return [box, on(box) ? "*" : "$"]; });
      return put(level.ground, boxes.concat([[state.player, on(state.player) ? "+" : "@"]]));
    },
  };

  // A state is the board; a move such as "b0,1" lets the flow of B grow into a cell.
  function near(rows, cell) {
    return Object.keys(STEPS).map(function (way) { return towards(cell, way); }).filter(function (one) { return at(rows, one) !== undefined; });
  }
  function flowBeside(rows, cell, colour) {
    return near(rows, cell).filter(function (one) { return at(rows, one).toUpperCase() === colour; });
  }
  function crowded(rows, cell, colour) {
    return flowBeside(rows, cell, colour).length > (at(rows, cell) === colour ? 1 : 2);
  }
  function joined(rows, ends) {
    var colour = at(rows, ends[0]), seen = [ends[0]];
    for (var n = 0; n < seen.length; n++) {
      flowBeside(rows, seen[n], colour).forEach(function (one) {
        if (!seen.some(function (other) { return same(one, other); })) seen.push(one);
      });
    }
    return seen.some(function (one) { return same(one, ends[1]); });
  }
  var flowfree = {
    how: "Join the ends of every colour and fill every cell; a flow may not touch itself. Draw with a finger or the mouse. Or by keys: arrows move, space puts the pen down and lifts it.",
    draws: true,
    separator: " ",
    level: function (text) {
      var rows = text.split("\n"), ends = {};
      find(rows, "ABCDEFGHIJKLMNOPQRSTUVWXYZ").forEach(function (cell) { (ends[at(rows, cell)] = ends[at(rows, cell)] || []).push(cell); });
      return { rows: rows, ends: ends };
    },
    start: function (level) { return level.rows; },
    moves: function (level, state) {
      var found = [];
      find(state, ".").forEach(function (cell) {
        var colours = near(state, cell).map(function (one) { return at(state, one).toUpperCase(); }).filter(function (one) { return one !== "."; });
        Array.from(new Set(colours)).sort().forEach(function (colour) { found.push(colour.toLowerCase() + cell[0] + "," + cell[1]); });
      });
      return lawful(flowfree, level, state, found);
    },
    step: function (level, state, move) {
      var told = /^([a-z])(0|[1-9]\d{0,3}),(0|[1-9]\d{0,3})$/.exec(move);
      var colour = told && told[1].toUpperCase(), cell = told && [Number(told[2]), Number(told[3])];
      if (!told || !level.ends[colour] || at(state, cell) !== ".") return null;
      var after = put(state, [[cell, told[1]]]), beside = flowBeside(after, cell, colour);
      var wrong = !beside.length || [cell].concat(beside).some(function (one) { return crowded(after, one, colour); });
      return wrong ? null : after;
    },
    solved: function (level, state) {
      return !find(state, ".").length && Object.keys(level.ends).every(function (colour) { return joined(state, level.ends[colour]); });
    },
    board: function (level, state) { return state; },
  };

  // A state is the board; the stone beside the hole goes into it.
  var STONES = "123456789ABCDEF", BACK = { U: "D", D: "U", L: "R", R: "L" };
  var fifteen = {
    how: "Slide the stones into their order, row by row, the gap last. A key, a button or a swipe says which way the stone beside the gap goes.",
    separator: "",
    level: function (text) {
      var rows = text.split("\n"), open = find(rows, "." + STONES);
      return { rows: rows, goal: put(rows, open.map(function (cell, n) { return [cell, n < open.length - 1 ? STONES[n] : "."]; })) };
    },
    start: function (level) { return level.rows; },
    moves: function (level, state) { return lawful(fifteen, level, state, Object.keys(STEPS)); },
    step: function (level, state, move) {
      if (!Object.prototype.hasOwnProperty.call(STEPS, move)) return null;
      var hole = find(state, ".")[0], from = towards(hole, BACK[move]), stone = at(state, from);
      return stone === undefined || stone === "%" ? null : put(state, [[hole, stone], [from, "."]]);
    },
    solved: function (level, state) { return state.join("\n") === level.goal.join("\n"); },
    board: function (level, state) { return state; },
  };

  return { maze: maze, sokoban: sokoban, flowfree: flowfree, fifteen: fifteen };
})();
