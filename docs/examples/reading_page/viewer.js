// The image: zoom, position, window and level. Every image starts from the same view.
"use strict";

const Viewer = (() => {
  const stage = document.getElementById("stage");
  const image = document.getElementById("image");
  const readout = document.getElementById("view");
  const channels = document.querySelectorAll("#window feComponentTransfer > *");
  const LARGEST_ZOOM = 8;
  // Black around the image, pixels.
  const MARGIN = 8;
  const view = {};
  let smooth = window.STUDY?.smooth ?? true;

  const between = (low, value, high) => Math.min(Math.max(value, low), high);

  // Not in the style sheet, where a fragment would belong to that file in some browsers.
  image.style.filter = "url(#window)";

  function reset() {
    Object.assign(view, { zoom: 1, x: 0, y: 0, width: 255, level: 127.5, inverted: false });
    draw();
  }

  function draw() {
    const fit = Math.max(Math.min(stage.clientWidth, stage.clientHeight) - 2 * MARGIN, 1);
    const size = Math.round(fit * view.zoom);
    const reach = Math.max(size - fit / 2, 0) / 2 + fit / 4;
    view.x = between(-reach, view.x, reach);
    view.y = between(-reach, view.y, reach);
    image.style.width = image.style.height = `${size}px`;
    image.style.transform = `translate(${Math.round(view.x - size / 2)}px, ${Math.round(view.y - size / 2)}px)`;
    image.classList.toggle("squares", !smooth);
    // DICOM PS3.3 C.11.2.1.2 without its half-step offsets: grey from level - width/2 to level + width/2.
    const slope = (view.inverted ? -1 : 1) * 255 / view.width;
    const intercept = 0.5 - slope * view.level / 255;
    for (const channel of channels) {
      channel.setAttribute("slope", slope);
      channel.setAttribute("intercept", intercept);
    }
    readout.textContent = [
      `zoom ${Math.round(view.zoom * 100)} %`, `W ${Math.round(view.width)}`, `L ${Math.round(view.level)}`,
      ...(view.inverted ? ["inverted"] : []), ...(smooth ? [] : ["pixels"]),
    ].join(" · ");
  }

  /** Zooms by a factor, keeping the point at (x, y) from the middle of the stage where it is. */
  function zoom(factor, x = 0, y = 0) {
    const before = view.zoom;
    view.zoom = between(0.25, view.zoom * factor, LARGEST_ZOOM);
    const change = view.zoom / before;
    view.x = x - (x - view.x) * change;
    view.y = y - (y - view.y) * change;
    draw();
  }

  function move(x, y) {
    view.x += x;
    view.y += y;
    draw();
  }

  /** Changes width (a factor) and level (grey values). */
  function setWindow(widthFactor, levelStep) {
    view.width = between(8, view.width * widthFactor, 1020);
    view.level = between(0, view.level + levelStep, 255);
    draw();
  }

  function invert() {
    view.inverted = !view.inverted;
    draw();
  }

  function switchSmoothing() {
    smooth = !smooth;
    draw();
  }

  /** Shows a file; resolves once it is decoded and on the screen. */
  async function show(file, text) {
    image.classList.remove("shown");
    reset();
    image.alt = text;
    image.src = file;
    await image.decode();
    image.classList.add("shown");
  }

  function cover(hidden) {
    image.classList.toggle("shown", !hidden);
  }

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2);
  }, { passive: false });

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("moving");
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!stage.hasPointerCapture(event.pointerId)) return;
    const windowing = (event.buttons & 2) || event.ctrlKey;
    if (windowing) setWindow(Math.exp(event.movementX / 200), event.movementY * 0.5);
    else move(event.movementX, event.movementY);
  });
  const release = () => stage.classList.remove("moving");
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  reset();
  new ResizeObserver(draw).observe(stage);

  const PAN = 40;
  const keys = {
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    "0": reset,
    ArrowUp: (shift) => (shift ? move(0, PAN) : setWindow(1, -6)),
    ArrowDown: (shift) => (shift ? move(0, -PAN) : setWindow(1, 6)),
    ArrowRight: (shift) => (shift ? move(-PAN, 0) : setWindow(0.9, 0)),
    ArrowLeft: (shift) => (shift ? move(PAN, 0) : setWindow(1 / 0.9, 0)),
    x: invert,
    i: switchSmoothing,
  };

  /** Carries out a key; whether it was one of the viewer's. */
  function key(event) {
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action) action(event.shiftKey);
    return Boolean(action);
  }

  return { show, cover, reset, key };
})();
