"use strict";
// Draws flows: a pen that is put down on a flow, or an end of one, and led from cell to cell.
//   game.rows() → the board   game.lawful(move)   game.last() → the last move made, or ""   game.make(move)   game.undo()
function Pen(game) {
  this.game = game;
  this.cell = [0, 0];
  this.colour = null; // of the flow that is drawn, while the pen is down
  this.stroke = []; // the cells since it was put down
}

Pen.prototype.glyph = function (cell) {
  var row = this.game.rows()[cell[0]];
  return row === undefined ? undefined : row[cell[1]];
};

Pen.prototype.down = function (cell) {
  var glyph = this.glyph(cell);
  if (glyph === undefined) return;
  this.cell = cell;
  this.colour = glyph === "." ? null : glyph.toUpperCase();
  this.stroke = [cell];
};

Pen.prototype.up = function () { this.colour = null; };

Pen.prototype.moveFor = function (cell) { return this.colour.toLowerCase() + cell[0] + "," + cell[1]; };

// One step: drawing where the rules allow it, taking back what this stroke has drawn last, or going along the flow.
Pen.prototype.step = function (down, right) {
  var next = [this.cell[0] + down, this.cell[1] + right], glyph = this.glyph(next);
  if (glyph === undefined) return false;
  if (this.colour === null) { this.cell = next; return true; }
  var before = this.stroke[this.stroke.length - 2];
  if (before && before[0] === next[0] && before[1] === next[1]) {
    if (this.game.last() === this.moveFor(this.cell)) this.game.undo();
    this.stroke.pop();
  } else if (glyph === "." && this.game.lawful(this.moveFor(next))) {
    this.game.make(this.moveFor(next));
    this.stroke.push(next);
  } else if (glyph.toUpperCase() === this.colour) {
    this.stroke.push(next);
  } else {
    return false;
  }
  this.cell = next;
  return true;
};

// As far towards a cell as steps lead, the longer side first: a finger may skip cells.
Pen.prototype.to = function (cell) {
  for (;;) {
    var down = cell[0] - this.cell[0], right = cell[1] - this.cell[1];
    if (!down && !right) return;
    var steps = Math.abs(down) > Math.abs(right) ? [[Math.sign(down), 0], [0, Math.sign(right)]] : [[0, Math.sign(right)], [Math.sign(down), 0]];
    var pen = this;
    if (!steps.some(function (one) { return (one[0] || one[1]) && pen.step(one[0], one[1]); })) return;
  }
};
