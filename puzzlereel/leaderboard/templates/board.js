"use strict";
// Sorts the tables by the numbers in #data, and shows the frames of faults.
(function () {
  var places = JSON.parse(document.getElementById("data").textContent).places;
  var spoken = document.getElementById("spoken");

  // "totals.maze.f1" → the value of that estimate; null where a submission has none
  function valueAt(place, key) {
    var found = key.split(".").reduce(function (inner, name) {
      return inner !== null && typeof inner === "object" && name in inner ? inner[name] : null;
    }, place);
    return found !== null && typeof found === "object" ? found.value : found;
  }

  function compare(one, other) {
    if (one === null || other === null) return (one === null) - (other === null);
    return typeof one === "string" ? one.localeCompare(other) : one - other;
  }

  function sort(header) {
    var key = header.dataset.key, now = header.getAttribute("aria-sort");
    var order = now === "ascending" ? "descending" : now === "descending" ? "ascending" : header.dataset.first || "descending";
    var table = header.closest("table"), body = table.tBodies[0];
    table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", order);
    Array.from(body.rows)
      .sort(function (one, other) {
        var a = valueAt(places[one.dataset.at], key), b = valueAt(places[other.dataset.at], key);
        var sign = a === null || b === null || order === "ascending" ? 1 : -1; // what has no value stays last
        return sign * compare(a, b) || one.dataset.at - other.dataset.at;
      })
      .forEach(function (row) { body.append(row); });
    spoken.textContent = "sorted by " + header.textContent + ", " + order;
  }

  document.querySelectorAll("th[data-key]").forEach(function (header) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener("click", function () { sort(header); });
  });

  document.querySelectorAll(".film").forEach(function (film) {
    var video = film.querySelector("video"), jump = film.querySelector(".jump"), track = film.querySelector(".track");
    var moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    function play() { video.play().catch(function () {}); } // a browser may forbid it: then the controls are there
    if (moves) play();
    if (!jump) { video.loop = true; return; }
    var caught = !moves; // the first time round, the film stops where it was caught
    var second = Number(jump.dataset.second);
    function show() { caught = true; video.pause(); video.controls = false; video.currentTime = second; } // controls would lie over the board
    function controls() { video.controls = true; }
    function draw() {
      if (!(video.duration > 0)) return;
      track.hidden = false;
      track.querySelector(".mark").style.left = 100 * Math.min(1, second / video.duration) + "%";
      track.querySelector(".played").style.width = 100 * Math.min(1, video.currentTime / video.duration) + "%";
    }
    jump.hidden = false;
    jump.addEventListener("click", show);
    track.addEventListener("click", show);
    jump.addEventListener("blur", controls);
    video.addEventListener("pointerenter", controls);
    video.addEventListener("timeupdate", function () {
      if (!caught && video.currentTime >= second) { caught = true; show(); }
    });
    ["loadedmetadata", "timeupdate", "seeked"].forEach(function (name) { video.addEventListener(name, draw); });
    draw();
  });
})();
