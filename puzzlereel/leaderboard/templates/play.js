"use strict";
// A person plays the levels of the benchmark; the moves are kept in the browser, and saved as a file.
(function () {
  var told = JSON.parse(document.getElementById("told").textContent);
  function $(id) { return document.getElementById(id); }
  var KEYS = { ArrowUp: "U", ArrowDown: "D", ArrowLeft: "L", ArrowRight: "R" };
  var WAYS = { U: [-1, 0], D: [1, 0], L: [0, -1], R: [0, 1] };
  var LONGEST_PAUSE = 60; // seconds after which a person is taken to have left
  var STORE = "puzzlereel-play-" + told.levels_sha256;
  var levels = told.levels.filter(function (one) { return Object.prototype.hasOwnProperty.call(Rules, one.puzzle); });
  var byId = new Map(levels.map(function (one) { return [one.id, one]; }));
  var answers = new Map(), game = null, pen = null, touched = 0, start = null;

  function now() { return Date.now() / 1000; }

  // The states that moves lead to, as far as the rules allow them.
  function replay(one, moves) {
    var rules = Rules[one.puzzle], level = rules.level(one.level), states = [rules.start(level)], made = [];
    moves.every(function (move) {
      var after = rules.step(level, states[states.length - 1], move);
      if (after !== null) { states.push(after); made.push(move); }
      return after !== null;
    });
    return { one: one, rules: rules, level: level, states: states, moves: made };
  }

  function split(one, text) { return text.split(Rules[one.puzzle].separator).filter(Boolean); }
  function state() { return game.states[game.states.length - 1]; }
  function rows() { return game.rules.board(game.level, state()); }
  function isSolved() { return game.rules.solved(game.level, state()); }
  function answer() {
    if (!answers.has(game.one.id)) answers.set(game.one.id, { id: game.one.id, moves: "", seconds: 0, undone: 0, solved: false });
    return answers.get(game.one.id);
  }

  function keep(undone) {
    var told = answer(), time = now();
    told.seconds = Math.round(10 * (told.seconds + Math.min(LONGEST_PAUSE, time - touched))) / 10;
    touched = time;
    told.undone += undone;
    told.moves = game.moves.join(game.rules.separator);
    told.solved = isSolved();
    store();
    show();
  }

  function store() {
    try { localStorage.setItem(STORE, JSON.stringify(Array.from(answers.values()))); } catch (e) { /* then only the file keeps them */ }
  }

  function make(move) {
    var after = game.rules.step(game.level, state(), move);
    if (after === null) return false;
    game.states.push(after);
    game.moves.push(move);
    keep(0);
    return true;
  }

  function undo() {
    if (!game.moves.length) return;
    game.states.pop();
    game.moves.pop();
    keep(1);
  }

  function restart() {
    var count = game.moves.length;
    game.states.length = 1;
    game.moves.length = 0;
    newPen();
    if (count) keep(count); else show();
  }

  function newPen() {
    pen = new Pen({
      rows: rows,
      lawful: function (move) { return game.rules.step(game.level, state(), move) !== null; },
      last: function () { return game.moves[game.moves.length - 1] || ""; },
      make: make,
      undo: undo,
    });
  }

  function go(way) {
    if (game.rules.draws) { pen.step(WAYS[way][0], WAYS[way][1]); show(); }
    else if (!make(way)) make(way.toLowerCase()); // in Sokoban a capital is a push
  }

  function togglePen() {
    if (pen.colour === null) pen.down(pen.cell); else pen.up();
    show();
  }

  function show() {
    var marks = game.rules.draws ? [{ cell: pen.cell, name: "cursor" + (pen.colour ? " down" : "") }] : [];
    Boards.draw($("board"), game.one.puzzle, rows(), marks);
    var solved = isSolved(), count = game.moves.length;
    $("state").textContent = solved ? "Solved in " + count + " moves." : count + (count === 1 ? " move" : " moves");
    $("state").classList.toggle("done", solved);
    $("pen").hidden = !game.rules.draws;
    $("pen").setAttribute("aria-pressed", String(pen.colour !== null));
    $("undo").disabled = $("restart").disabled = !count;
    var all = Array.from(answers.values()), done = all.filter(function (one) { return one.solved; }).length;
    $("tally").textContent = done + " of " + levels.length + " levels solved.";
  }

  function options(select, values, texts) {
    select.replaceChildren.apply(select, values.map(function (value, n) {
      var option = document.createElement("option");
      option.value = value;
      option.textContent = (texts || values)[n];
      return option;
    }));
  }

  function distinct(key, among) { return Array.from(new Set(among.map(function (one) { return one[key]; }))); }

  // Offers what there is beside a level, and opens it.
  function open(one) {
    var same = levels.filter(function (other) { return other.puzzle === one.puzzle; });
    var tier = same.filter(function (other) { return other.tier === one.tier; });
    var puzzles = distinct("puzzle", levels);
    options($("puzzle"), puzzles, puzzles.map(function (name) { return told.titles[name]; }));
    options($("tier"), distinct("tier", same));
    options($("level"), distinct("id", tier), tier.map(function (other) {
      var known = answers.get(other.id);
      return other.id.split("/").slice(2).join(" ") + (known && known.solved ? " ✓" : "");
    }));
    $("puzzle").value = one.puzzle;
    $("tier").value = one.tier;
    $("level").value = one.id;
    game = replay(one, answers.has(one.id) ? split(one, answers.get(one.id).moves) : []);
    $("how").textContent = game.rules.how + " U undoes, N is the next level.";
    newPen();
    touched = now();
    try { history.replaceState(null, "", "#" + one.id); } catch (e) { /* then the address stays */ }
    show();
  }

  function next() { open(levels[(levels.indexOf(game.one) + 1) % levels.length]); }

  // Takes in what a file or the browser's store holds: only known levels, and only moves that the rules allow.
  function take(list) {
    list.forEach(function (one) {
      var level = one && byId.get(one.id);
      if (!level || typeof one.moves !== "string" || one.moves.length > 100000) return;
      var played = replay(level, split(level, one.moves));
      if (!played.moves.length) return;
      answers.set(level.id, {
        id: level.id,
        moves: played.moves.join(played.rules.separator),
        seconds: Number(one.seconds) >= 0 ? Number(one.seconds) : 0,
        undone: Number.isInteger(one.undone) && one.undone >= 0 ? one.undone : 0,
        solved: played.rules.solved(played.level, played.states[played.states.length - 1]),
      });
    });
  }

  function saved() {
    var played = Array.from(answers.values()).filter(function (one) { return one.moves; });
    return {
      schema_version: 1,
      player: $("player").value.trim() || "a person",
      levels_sha256: told.levels_sha256,
      answers: played.map(function (one) { return { id: one.id, moves: one.moves, seconds: one.seconds, undone: one.undone }; }),
    };
  }

  function save() {
    var file = saved(), link = document.createElement("a");
    if (!file.answers.length) { $("saved").textContent = "There is no move to save yet."; return; }
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1) + "\n"], { type: "application/json" }));
    link.download = "moves.json";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
    $("saved").textContent = "Saved the moves of " + file.answers.length + " levels as moves.json.";
  }

  function load(file) {
    if (!file) return;
    file.text().then(JSON.parse).then(function (found) {
      if (!found || found.levels_sha256 !== told.levels_sha256 || !Array.isArray(found.answers)) throw new Error("no moves of these levels");
      take(found.answers);
      if (typeof found.player === "string") $("player").value = found.player.slice(0, 80);
      store();
      open(game.one);
      $("saved").textContent = "Went on from " + answers.size + " levels.";
    }).catch(function (error) { $("saved").textContent = "That file cannot be used: " + error.message + "."; });
  }

  function cellAt(event) {
    var point = new DOMPoint(event.clientX, event.clientY).matrixTransform($("board").getScreenCTM().inverse());
    return [Math.floor(point.y), Math.floor(point.x)];
  }

  var board = $("board");
  board.addEventListener("pointerdown", function (event) {
    event.preventDefault();
    board.focus({ preventScroll: true });
    try { board.setPointerCapture(event.pointerId); } catch (e) { /* then a stroke ends where the pointer leaves the board */ }
    start = [event.clientX, event.clientY];
    if (game.rules.draws) { pen.down(cellAt(event)); show(); }
  });
  board.addEventListener("pointermove", function (event) {
    if (start && game.rules.draws && pen.colour !== null) { pen.to(cellAt(event)); show(); }
  });
  board.addEventListener("pointerup", function (event) {
    if (!start) return;
    var right = event.clientX - start[0], down = event.clientY - start[1];
    start = null;
    if (game.rules.draws) { pen.up(); show(); }
    else if (Math.max(Math.abs(right), Math.abs(down)) > 20) go(Math.abs(right) > Math.abs(down) ? (right > 0 ? "R" : "L") : down > 0 ? "D" : "U");
  });
  board.addEventListener("pointercancel", function () { start = null; pen.up(); show(); });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || /^(SELECT|INPUT)$/.test(event.target.tagName)) return;
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key, onButton = /^(BUTTON|A)$/.test(event.target.tagName);
    if (KEYS[key]) go(KEYS[key]);
    else if (key === "u") undo();
    else if (key === "n") next();
    else if (game.rules.draws && (key === " " || key === "Enter") && !onButton) togglePen();
    else return;
    event.preventDefault();
  });
  document.querySelectorAll(".pad [data-way]").forEach(function (button) {
    button.addEventListener("click", function () { go(button.dataset.way); });
  });
  $("pen").addEventListener("click", togglePen);
  $("undo").addEventListener("click", undo);
  $("restart").addEventListener("click", restart);
  $("next").addEventListener("click", next);
  $("save").addEventListener("click", save);
  $("open").addEventListener("change", function () { load($("open").files[0]); });
  $("choose").addEventListener("submit", function (event) { event.preventDefault(); });
  $("choose").addEventListener("change", function (event) {
    var puzzle = $("puzzle").value, tier = $("tier").value;
    var fit = levels.filter(function (one) { return one.puzzle === puzzle; });
    var finer = event.target.id === "puzzle" ? fit : fit.filter(function (one) { return one.tier === tier; });
    open(event.target.id === "level" ? byId.get($("level").value) : finer[0]);
  });
  window.addEventListener("hashchange", function () { if (byId.has(location.hash.slice(1))) open(byId.get(location.hash.slice(1))); });

  try { take(JSON.parse(localStorage.getItem(STORE)) || []); } catch (e) { /* nothing is kept here */ }
  if (!levels.length) return;
  $("game").hidden = false;
  open(byId.get(location.hash.slice(1)) || levels[0]);
})();
