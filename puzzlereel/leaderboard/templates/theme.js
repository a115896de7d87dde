"use strict";
// Light, dark, or as the system has it: the choice is kept where the browser lets a page keep anything.
(function () {
  var CHOICES = ["auto", "light", "dark"];
  var root = document.documentElement;
  function kept() {
    try { return CHOICES.indexOf(localStorage.getItem("theme")) > 0 ? localStorage.getItem("theme") : "auto"; } catch (e) { return "auto"; }
  }
  function show(choice) {
    if (choice === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", choice);
  }
  var now = kept();
  show(now);
  document.addEventListener("DOMContentLoaded", function () {
    var button = document.getElementById("theme");
    function tell() { button.textContent = "Theme: " + now; }
    button.hidden = false;
    tell();
    button.addEventListener("click", function () {
      now = CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length];
      try { localStorage.setItem("theme", now); } catch (e) { /* then it holds for this page */ }
      show(now);
      tell();
    });
  });
})();
