// Pictures over time that share one view: a stretch of seconds, moved and zoomed together.

import { theme } from "./colours.js";
import { clock } from "./words.js";

const SHORTEST_S = 2;
const KEYS = { ArrowLeft: -0.2, ArrowRight: 0.2, PageUp: -0.9, PageDown: 0.9 };

export class Timeline {
  // `canvases` are drawn by the functions of the same place: (pen, width, height, x, view) with x(seconds).
  constructor(canvases, painters, { seek, toggle }) {
    this.canvases = canvases;
    this.painters = painters;
    this.start = 0;
    this.duration = 1;
    this.span = 1;
    this.now = 0;
    for (const canvas of canvases) {
      canvas.addEventListener("click", (event) => {
        const box = canvas.getBoundingClientRect();
        seek(this.start + ((event.clientX - box.left) / box.width) * this.span);
      });
      canvas.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls
        event.preventDefault();
        if (event.ctrlKey) this.zoom(event.deltaY > 0 ? 1.25 : 0.8);
        else this.move((event.deltaY / 400) * this.span);
      }, { passive: false });
    }
    canvases[0].addEventListener("keydown", (event) => {
      if (event.key in KEYS) this.move(KEYS[event.key] * this.span);
      else if (event.key === "Home") this.move(-this.duration);
      else if (event.key === "End") this.move(this.duration);
      else if (event.key === "+" || event.key === "=") this.zoom(0.7);
      else if (event.key === "-") this.zoom(1.4);
      else if (event.key === " ") toggle();
      else return;
      event.preventDefault();
    });
    new ResizeObserver(() => this.draw()).observe(canvases[0]);
  }

  show(duration) {
    this.duration = Math.max(duration, 0.1);
    this.start = 0;
    this.now = 0;
    this.span = Math.min(this.duration, 60);
    this.draw();
  }

  zoom(factor) {
    const middle = this.now >= this.start && this.now <= this.start + this.span ? this.now : this.start + this.span / 2;
    const span = Math.min(Math.max(this.span * factor, SHORTEST_S), this.duration);
    this.start = middle - ((middle - this.start) / this.span) * span;
    this.span = span;
    this.move(0);
  }

  move(seconds) {
    this.start = Math.min(Math.max(this.start + seconds, 0), this.duration - this.span);
    this.draw();
  }

  // The playhead; the view follows it.
  at(now) {
    this.now = now;
    if (now < this.start || now > this.start + this.span) this.start = Math.min(Math.max(now - this.span / 10, 0), this.duration - this.span);
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.canvases.forEach((canvas, i) => this.paint(canvas, this.painters[i]));
    });
  }

  paint(canvas, painter) {
    if (canvas.hidden || !canvas.clientWidth) return;
    const scale = window.devicePixelRatio || 1;
    const height = Number(canvas.getAttribute("data-height") ?? canvas.height);
    canvas.setAttribute("data-height", height);
    canvas.style.height = `${height}px`;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const width = canvas.clientWidth;
    const x = (seconds) => ((seconds - this.start) / this.span) * width;
    painter(pen, width, height, x, this);
    pen.fillStyle = "#d1242f";
    pen.fillRect(x(this.now) - 1, 0, 2, height);
  }
}

const CLOCK = 16; // the height that it takes
const isSeen = (view, from, to) => to >= view.start && from <= view.start + view.span;

function paintClock(pen, width, height, x, view) {
  pen.fillStyle = theme("quiet");
  pen.font = "11px system-ui, sans-serif";
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((s) => (s / view.span) * width > 60) ?? 600;
  for (let at = Math.ceil(view.start / step) * step; at <= view.start + view.span; at += step) {
    pen.fillRect(x(at), height - CLOCK, 1, 4);
    pen.fillText(clock(at), x(at) + 3, height - 4);
  }
}

// The notes, `colour(i)` of each, with lines at every C.
export function rollPainter(notes, colour) {
  const low = Math.min(...spread(notes.pitch), 55) - 1;
  const high = Math.max(...spread(notes.pitch), 67) + 1;
  return (pen, width, height, x, view) => {
    const row = (height - CLOCK) / (high - low + 1);
    const y = (pitch) => (high - pitch) * row;
    pen.fillStyle = theme("card");
    pen.fillRect(0, 0, width, height);
    pen.strokeStyle = theme("line");
    for (let pitch = Math.ceil(low / 12) * 12; pitch <= high; pitch += 12) {
      pen.beginPath();
      pen.moveTo(0, y(pitch) + row);
      pen.lineTo(width, y(pitch) + row);
      pen.stroke();
    }
    for (let i = 0; i < notes.pitch.length; i++) {
      if (!isSeen(view, notes.onset_s[i], notes.offset_s[i])) continue;
      pen.fillStyle = colour(i);
      const left = x(notes.onset_s[i]);
      pen.fillRect(left, y(notes.pitch[i]), Math.max(x(notes.offset_s[i]) - left - 0.5, 1.5), Math.max(row - 0.5, 1));
    }
    paintClock(pen, width, height, x, view); // its ink serves the names, too
    for (let pitch = Math.ceil(low / 12) * 12; pitch <= high; pitch += 12) pen.fillText(`C${pitch / 12 - 1}`, 2, y(pitch) + row - 2);
  };
}

// A picture of all the music, from its beginning to its end; only what is seen of it is drawn.
export function imagePainter(picture, duration) {
  return (pen, width, height, x, view) => {
    pen.fillStyle = theme("card");
    pen.fillRect(0, 0, width, height);
    const scale = picture.width / duration;
    pen.drawImage(picture, view.start * scale, 0, view.span * scale, picture.height, 0, 0, width, height - CLOCK);
    paintClock(pen, width, height, x, view);
  };
}

// Steps from 0 to 1 and a threshold; `steps` are {from, to, p}.
export function curvePainter(steps, threshold) {
  return (pen, width, height, x, view) => {
    const y = (p) => 2 + (1 - p) * (height - 4);
    const [good, bad] = [theme("good"), theme("bad")];
    pen.fillStyle = theme("card");
    pen.fillRect(0, 0, width, height);
    for (const { from, to, p } of steps) {
      if (!isSeen(view, from, to)) continue;
      pen.fillStyle = threshold !== null && p < threshold ? bad : good;
      pen.globalAlpha = 0.25;
      pen.fillRect(x(from), y(p), x(to) - x(from), y(0) - y(p));
      pen.globalAlpha = 1;
      pen.fillRect(x(from), y(p) - 1.5, x(to) - x(from), 3);
    }
    if (threshold === null) return;
    pen.strokeStyle = theme("quiet");
    pen.setLineDash([5, 4]);
    pen.beginPath();
    pen.moveTo(0, y(threshold));
    pen.lineTo(width, y(threshold));
    pen.stroke();
    pen.setLineDash([]);
  };
}

const FRAME_S = 0.1;

// Weights of the frames of clips, darker where larger.
export function attentionPainter(clips) {
  const most = clips.map(({ weights }) => Math.max(...weights) || 1);
  return (pen, width, height, x, view) => {
    pen.fillStyle = theme("card");
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = theme("accent");
    clips.forEach(({ start_s: start, weights }, clip) => {
      const first = Math.max(Math.floor((view.start - start) / FRAME_S), 0);
      const end = Math.min(Math.ceil((view.start + view.span - start) / FRAME_S), weights.length);
      for (let i = first; i < end; i++) {
        pen.globalAlpha = weights[i] / most[clip];
        const left = x(start + i * FRAME_S);
        pen.fillRect(left, 2, x(start + (i + 1) * FRAME_S) - left + 0.3, height - 4);
      }
    });
    pen.globalAlpha = 1;
  };
}

const spread = (values) => (values.length ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] : []);
