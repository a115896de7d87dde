"use strict";
// A film beside the reference film, frame by frame, with what the verifier read and where the fault is.
(function () {
  var told = JSON.parse(document.getElementById("told").textContent);
  function $(id) { return document.getElementById(id); }
  var film = $("film"), reference = $("reference"), slider = $("frame"), picker = $("take");
  var take = null, frame = 0, playing = 0;

  function frames() { return Math.max(1, (take && take.reading && take.reading.frames) || told.frames || 81); }

  // The middle of a frame, as a time of a film that has so many at an even pace.
  function seek(video, share) {
    if (video && !video.hidden && video.duration > 0) video.currentTime = Math.min(video.duration - 0.001, share * video.duration);
  }

  function boardAt(at) {
    var found = null;
    take.reading.boards.forEach(function (one) { if (one.frame <= at) found = one; });
    return found;
  }

  function drawReading() {
    var has = take && take.reading && take.reading.boards;
    $("board").toggleAttribute("hidden", !has);
    $("unread").hidden = !!has;
    if (!has) {
      $("unread").textContent = take && take.reading ? take.reading.why_not : "Nothing to show: " + (take ? take.why_not : "there is no submission") + ".";
      return;
    }
    var fault = take.fault, marks = fault && fault.cell && frame >= fault.frame ? [{ cell: fault.cell, name: "here" }] : [];
    Boards.draw($("board"), told.puzzle, boardAt(frame).rows, marks);
  }

  function drawBox() {
    var box = take && take.reading && take.reading.box, svg = $("box");
    var on = !!box && !film.hidden && frame === take.fault.frame;
    svg.toggleAttribute("hidden", !on);
    if (!on) return;
    var sides = { y: box[0], x: box[1], height: box[2] - box[0], width: box[3] - box[1] };
    svg.replaceChildren.apply(svg, [0, 1].map(function () {
      var rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      Object.keys(sides).forEach(function (key) { rect.setAttribute(key, sides[key]); });
      return rect;
    }));
  }

  function show(at, sought) {
    frame = Math.max(0, Math.min(frames() - 1, at));
    slider.value = frame;
    $("at").textContent = "frame " + frame + " of " + (frames() - 1);
    if (sought) [film, reference].forEach(function (video) { seek(video, (frame + 0.5) / frames()); });
    if (take) {
      var address = "#" + take.anchor + "@" + frame;
      $("share").setAttribute("href", address);
      try { history.replaceState(null, "", address); } catch (e) { /* then the address stays */ }
      $("fault").classList.toggle("now", !!take.fault && frame >= take.fault.frame);
    }
    drawReading();
    drawBox();
  }

  function pause() {
    cancelAnimationFrame(playing);
    playing = 0;
    [film, reference].forEach(function (video) { if (video) video.pause(); });
    $("play").textContent = "Play";
  }

  function play() {
    if (playing) { pause(); show(frame, true); return; }
    var lead = film.hidden ? reference : film;
    if (!lead || !(lead.duration > 0)) return;
    if (frame >= frames() - 1) show(0, true);
    if (reference && lead !== reference && reference.duration > 0) reference.playbackRate = Math.max(0.1, Math.min(10, reference.duration / lead.duration));
    [film, reference].forEach(function (video) { if (video && !video.hidden) video.play().catch(function () {}); });
    $("play").textContent = "Pause";
    (function step() {
      playing = requestAnimationFrame(step);
      show(Math.floor(lead.currentTime / lead.duration * frames()), false);
      if (lead.ended) { pause(); show(frames() - 1, true); }
    })();
  }

  function toFault() { if (take && take.fault) { pause(); show(take.fault.frame, true); } }

  function drawFacts() {
    var pieces = [];
    take.figures.forEach(function (one) {
      var pair = document.createElement("div"), term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = one[0];
      value.textContent = one[1].toFixed(2);
      pair.append(term, value);
      pieces.push(pair);
    });
    $("facts").replaceChildren.apply($("facts"), pieces);
  }

  function choose(chosen, at) {
    pause();
    take = chosen;
    picker.value = take.anchor;
    $("verdict").textContent = take.said;
    $("film-name").textContent = take.name;
    film.hidden = !take.film;
    $("none").hidden = !!take.film;
    $("none").textContent = take.why_not || "";
    if (take.film) film.src = "../" + take.film; else film.removeAttribute("src");
    slider.max = frames() - 1;
    drawFacts();
    var fault = take.fault;
    $("fault").hidden = $("to-fault").hidden = $("flag").hidden = !fault;
    if (fault) {
      $("sentence").textContent = fault.sentence;
      $("flag").style.left = "calc(8px + " + Math.min(1, fault.frame / Math.max(1, frames() - 1)) + " * (100% - 16px))";
    }
    show(at === null ? (fault ? fault.frame : frames() - 1) : at, true);
  }

  // "#slug", or "#slug@40" for a frame of it
  function address() {
    var parts = decodeURIComponent(location.hash.slice(1)).split("@");
    var found = told.takes.find(function (one) { return one.anchor === parts[0]; });
    return [found || told.takes.find(function (one) { return one.film; }) || told.takes[0], found && /^\d{1,6}$/.test(parts[1]) ? Number(parts[1]) : null];
  }

  told.takes.forEach(function (one) {
    var option = document.createElement("option");
    option.value = one.anchor;
    option.textContent = one.name + " – " + one.said;
    picker.append(option);
  });
  picker.addEventListener("change", function () {
    choose(told.takes.find(function (one) { return one.anchor === picker.value; }), null);
  });
  slider.addEventListener("input", function () { pause(); show(Number(slider.value), true); });
  $("play").addEventListener("click", play);
  $("back").addEventListener("click", function () { pause(); show(frame - 1, true); });
  $("on").addEventListener("click", function () { pause(); show(frame + 1, true); });
  $("to-fault").addEventListener("click", toFault);
  [film, reference].forEach(function (video) {
    if (!video) return;
    video.addEventListener("loadedmetadata", function () { seek(video, (frame + 0.5) / frames()); });
    video.addEventListener("click", play);
  });
  film.addEventListener("error", function () {
    if (!take || !take.film) return;
    film.hidden = true;
    $("none").hidden = false;
    $("none").textContent = "This browser does not play the film.";
    drawBox();
  });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || /^(SELECT|INPUT|BUTTON|A|SUMMARY)$/.test(event.target.tagName) && event.target !== slider) return;
    if (event.key === " ") play();
    else if (event.key === "f" || event.key === "F") toFault();
    else if (event.key === "ArrowLeft") { pause(); show(frame - 1, true); }
    else if (event.key === "ArrowRight") { pause(); show(frame + 1, true); }
    else return;
    event.preventDefault();
  });
  window.addEventListener("hashchange", function () { var found = address(); if (found[0]) choose(found[0], found[1]); });
  $("viewer").hidden = false;
  var found = address();
  if (found[0]) choose(found[0], found[1]);
  else {
    picker.disabled = true;
    $("none").hidden = false;
    $("none").textContent = "No submission's verdicts are in this folder.";
    show(0, true);
  }
})();
