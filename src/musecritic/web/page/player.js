// Sound with its buttons: play and pause, a place to drag, the time.

import { clock, say } from "./words.js";

export class Player {
  // `moved(seconds)` is told of the playhead.
  constructor({ audio, play, seek, output }, moved) {
    Object.assign(this, { audio, play, seek, output, moved });
    this.duration = 0;
    play.addEventListener("click", () => this.toggle());
    seek.addEventListener("input", () => this.go(Number(seek.value)));
    for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, () => this.said());
    audio.addEventListener("play", () => this.run());
    audio.addEventListener("seeked", () => this.tell());
  }

  // Forget what was there.
  clear() {
    this.silence();
    this.play.disabled = true;
    this.lasts(0);
  }

  // The music is of so many seconds; its sound may come sooner or later.
  lasts(duration) {
    this.duration = duration;
    this.seek.max = duration;
    this.tell();
  }

  load(blob) {
    const place = this.place;
    this.silence();
    this.source = URL.createObjectURL(blob);
    this.audio.src = this.source;
    this.audio.currentTime = place;
    this.play.disabled = false;
  }

  silence() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = null;
    this.wanted = 0;
  }

  get place() {
    return this.source ? this.audio.currentTime : this.wanted ?? 0;
  }

  go(seconds) {
    this.wanted = Math.min(Math.max(seconds, 0), this.duration);
    if (this.source) this.audio.currentTime = this.wanted;
    this.tell();
  }

  toggle() {
    if (!this.source) return;
    if (this.audio.paused) this.audio.play().catch(() => {}); // its error event says why
    else this.audio.pause();
  }

  run() {
    this.tell();
    if (!this.audio.paused) requestAnimationFrame(() => this.run());
  }

  tell() {
    this.seek.value = this.place;
    this.seek.setAttribute("aria-valuetext", clock(this.place));
    this.output.value = `${clock(this.place)} / ${clock(this.duration)}`;
    this.moved(this.place);
  }

  said() {
    this.play.textContent = say(this.audio.paused ? "play" : "pause");
  }
}
