"use strict";
// Plays the films of the first page, and stops them where they were caught.
(function () {
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
      track.querySelector(".caught").style.left = 100 * Math.min(1, second / video.duration) + "%";
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
