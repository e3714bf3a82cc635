// The tab that composes.

import { Lost, ask, cancel, product } from "./api.js";
import { GREY, LABELS } from "./colours.js";
import { Player } from "./player.js";
import { Timeline, curvePainter, rollPainter } from "./timeline.js";
import { say, sayError } from "./words.js";

const part = (id) => document.getElementById(id);
const nothing = () => {};
const told = (error) => (error.name === "AbortError" ? say("cancelled") : error instanceof Lost ? say("lost") : sayError(error));

export class Compose {
  constructor(trouble) {
    this.trouble = trouble;
    this.painters = [nothing, nothing];
    this.timeline = new Timeline([part("composeRoll"), part("composeCurve")], this.painters, {
      seek: (seconds) => this.player.go(seconds), toggle: () => this.player.toggle(),
    });
    this.player = new Player({
      audio: part("composeSound"), play: part("composePlay"), seek: part("composeSeek"), output: part("composeClock"),
    }, (now) => this.timeline.at(now));
    part("wish").addEventListener("submit", (event) => {
      event.preventDefault();
      this.compose(new FormData(event.target));
    });
    part("composeCancel").addEventListener("click", () => this.stop());
    addEventListener("pagehide", () => this.stop()); // nobody waits for it any more
  }

  draw() {
    this.player.said();
    this.timeline.draw();
  }

  stop() {
    this.turn?.abort();
    if (this.job) cancel(this.job).catch(nothing);
  }

  async compose(wish) {
    const { file, ...query } = Object.fromEntries(wish);
    const button = part("wish").querySelector("button");
    this.trouble("");
    this.turn = new AbortController();
    const watch = { signal: this.turn.signal, begun: (id) => { this.job = id; } };
    button.disabled = true;
    part("composing").hidden = false;
    part("composed").value = 0;
    part("composedOf").textContent = say("waiting");
    try {
      const job = await ask("v1/compose", {
        query, file: file?.size ? file : undefined, went: (progress) => this.went(progress), ...watch,
      });
      await this.show(job, watch);
    } catch (error) {
      this.trouble(told(error));
    } finally {
      this.job = null;
      button.disabled = false;
      part("composing").hidden = true;
    }
  }

  went(progress) {
    if (!progress) return;
    part("composed").max = progress.of;
    part("composed").value = progress.done;
    part("composedOf").textContent = say("composing", { done: progress.done, of: progress.of, p: progress.p_real.toFixed(2) });
  }

  async show(job, watch) {
    this.job = null; // it has ended: to cancel it now would remove it
    const { record } = job;
    const midi = await product(job, "composed.mid");
    const file = new File([midi], "composed.mid");
    if (this.download) URL.revokeObjectURL(this.download);
    this.download = URL.createObjectURL(midi);
    part("composeDownload").href = this.download;
    part("composition").hidden = false;
    const last = record.voices.at(-1).p_real;
    const step = record.onsets_s.length > 1 ? record.onsets_s[1] - record.onsets_s[0] : record.duration_s;
    this.painters[0] = nothing;
    this.painters[1] = curvePainter(last.map((p, i) => ({ from: record.onsets_s[i], to: record.onsets_s[i] + step, p })), null);
    this.player.clear();
    this.player.lasts(record.duration_s);
    this.timeline.show(record.duration_s);
    const troubles = new Set();
    for (const work of [() => this.picture(file, record.voices.length, watch), () => this.sound(file, watch)]) {
      await work().catch((error) => troubles.add(told(error)));
    }
    if (troubles.size) this.trouble([...troubles].join(" "));
  }

  async picture(file, nVoices, watch) {
    const { notes } = JSON.parse(await (await product(await ask("v1/score", { file, ...watch }), "view.json")).text());
    const first = Math.max(...notes.part) - nVoices + 1; // parts before are the primer's
    this.painters[0] = rollPainter(notes, (i) => LABELS[Math.max(notes.part[i] - first, -1)] ?? GREY);
    this.timeline.draw();
  }

  async sound(file, watch) {
    this.player.load(await product(await ask("v1/render", { file, ...watch }), "sound.mp3"));
  }
}
