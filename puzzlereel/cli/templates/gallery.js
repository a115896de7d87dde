"use strict";
// Shows the cards of the tier and style that are chosen, and plays what is on the screen.
(function () {
  var choices = document.querySelector(".choices"), videos = Array.from(document.querySelectorAll("video"));
  var moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  function play(video) { video.play().catch(function () { video.controls = true; }); } // a browser may forbid it

  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting && moves) play(entry.target); else entry.target.pause();
    });
  }, { threshold: 0.3 });

  function show() {
    var tier = choices.elements.tier.value, style = choices.elements.style.value;
    document.querySelectorAll(".card").forEach(function (card) { card.hidden = card.dataset.tier !== tier; });
    videos.forEach(function (video) {
      video.hidden = video.dataset.style !== style;
      if (video.hidden) video.pause();
    });
  }

  videos.forEach(function (video) {
    video.controls = false;
    video.tabIndex = 0;
    video.addEventListener("click", function () { if (video.paused) play(video); else video.pause(); });
    video.addEventListener("keydown", function (event) {
      if (event.key === " " || event.key === "Enter") { event.preventDefault(); video.click(); }
    });
    seen.observe(video);
  });
  choices.hidden = false;
  choices.addEventListener("change", show);
  show();
})();
