// The tab that judges: a file is dropped, both systems say what they think, and it can be heard.

import { Lost, ask, cancel, product } from "./api.js";
import { Brain } from "./brain.js";
import { suspicion } from "./colours.js";
import { kindOf } from "./content.js";
import { Player } from "./player.js";
import { Repair } from "./repair.js";
import { Timeline, attentionPainter, curvePainter, imagePainter, rollPainter } from "./timeline.js";
import { clock, make, note, percent, say, sayCaveat, sayError } from "./words.js";

const EXAMPLES = { "prelude.mid": "exampleClean", "prelude-off-key.mid": "exampleOffKey", "prelude-shuffle.mid": "exampleShuffled" };
const SUSPECT = 0.5;
const MOST_SUSPECTS = 12;

const part = (id) => document.getElementById(id);
const nothing = () => {};

export class Judge {
  constructor(trouble) {
    this.trouble = trouble;
    this.running = new Set(); // ids of jobs
    this.works = new Set(); // what goes on: {word, progress}
    const tools = {
      run: (word, work) => this.run(word, work), jump: (seconds) => this.player.go(seconds),
      place: () => this.player.place, duration: () => this.player.duration,
    };
    this.brain = new Brain(part("brain"), tools);
    this.repair = new Repair(part("repair"), tools);
    this.painters = [nothing, nothing, nothing];
    this.timeline = new Timeline([part("roll"), part("curve"), part("attention")], this.painters, {
      seek: (seconds) => this.player.go(seconds), toggle: () => this.player.toggle(),
    });
    this.player = new Player({ audio: part("sound"), play: part("play"), seek: part("seek"), output: part("clock") }, (now) => {
      this.timeline.at(now);
      this.brain.at(now);
    });
    part("zoomIn").addEventListener("click", () => this.timeline.zoom(0.7));
    part("zoomOut").addEventListener("click", () => this.timeline.zoom(1.4));
    part("cancel").addEventListener("click", () => this.stop());
    part("file").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      target.value = ""; // so that the same file can be chosen again
      if (file) this.take(file);
    });
    part("sound").addEventListener("error", () => part("sound").src && this.trouble(say("unheard")));
    part("sound").addEventListener("loadedmetadata", () => {
      if (!this.isSound || this.player.duration) return; // MusicBrain may have told it sooner, and knows better
      this.player.lasts(part("sound").duration);
      this.timeline.show(this.player.duration);
    });
    addEventListener("pagehide", () => this.stop()); // nobody waits for it any more
    this.droppable();
  }

  droppable() {
    const drop = part("drop");
    addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
    addEventListener("dragleave", () => drop.classList.remove("over"));
    addEventListener("drop", (event) => {
      drop.classList.remove("over");
      if (event.target.closest?.("input")) return; // it has a use for it
      event.preventDefault();
      if (!part("judge").hidden && event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
    });
  }

  // The words anew, in another language.
  draw() {
    part("examples").replaceChildren(...Object.entries(EXAMPLES).flatMap(([name, key]) => {
      const button = make("button", { textContent: say(key), id: name });
      button.addEventListener("click", () => {
        this.stop(); // a turn of its own, which the next file ends
        this.run("scoring", async ({ signal }) => {
          const content = await fetch(`examples/${name}`, { signal }).then((answer) => answer.blob())
            .catch((error) => { throw error.name === "AbortError" ? error : new Lost(); });
          this.take(new File([content], name));
        });
      });
      return [button, " "];
    }));
    if (this.scored) this.drawCritic();
    this.brain.draw();
    this.repair.draw();
    this.player.said();
    this.timeline.draw();
    this.busy();
  }

  async take(file) {
    this.scored = null;
    this.brain.hide();
    this.stop();
    const own = this.turn; // what comes later than the next file is let go
    this.file = file;
    this.trouble("");
    part("result").hidden = false;
    part("name").textContent = file.name;
    part("name").focus({ preventScroll: true });
    for (const id of ["stage", "critic"]) part(id).hidden = true;
    this.player.clear();
    this.painters.fill(nothing);
    part("attention").hidden = true;
    let kind = null;
    await this.run("scoring", async () => { kind = await kindOf(file); });
    if (!kind || this.turn !== own) return;
    this.isMidi = kind === "midi";
    this.isSound = kind === "sound";
    const now = (work) => (value) => { if (this.turn === own) work(value); };
    const scored = (query, then) => this.run("scoring", async (watch) => {
      const job = await ask("v1/score", { file, query, ...watch });
      const view = JSON.parse(await (await product(job, "view.json")).text());
      now(() => then(job.record, view))();
    });
    if (this.isSound) this.heard(file);
    const works = []; // in the order in which they are wanted
    if (!this.isSound) {
      works.push(scored({}, (record, view) => this.judged(record, view)));
      works.push(this.run("rendering", async (watch) => {
        const sound = await product(await ask("v1/render", { file, ...watch }), "sound.mp3");
        now(() => this.player.load(sound))();
      }));
    }
    works.push(this.run("identifying", async (watch, went) => {
      const job = await ask("v1/identify", { file, went: this.isSound ? went : undefined, ...watch });
      now(() => this.brain.show(file, job.record))();
      if (kind === "sound") {
        const picture = await createImageBitmap(await product(job, "spectrogram.png"));
        now(() => this.seen(picture, job.record.duration_s))();
      }
    }));
    if (!this.isSound) works.push(scored({ model: "crnn" }, (_, view) => this.attended(view.attention)));
    await Promise.all(works);
  }

  // A recording: there are no notes to draw, and its spectrogram comes later.
  heard(file) {
    part("stage").hidden = false;
    this.pictured([]);
    this.player.load(file);
  }

  seen(picture, duration) {
    this.painters[0] = imagePainter(picture, duration);
    this.pictured(["roll"], "spectrogramTold", "soundOnly");
    this.timeline.show(duration);
    this.player.lasts(duration); // later, as it tells the playhead
  }

  judged(record, view) {
    this.scored = record;
    const p = new Map((record.notes ?? []).map((one) => [`${one.onset_s} ${one.pitch}`, one.p_wrong]));
    this.wrong = view.notes.onset_s.map((onset, i) => p.get(`${onset} ${view.notes.pitch[i]}`));
    part("stage").hidden = false;
    part("critic").hidden = false;
    this.painters[0] = rollPainter(view.notes, (i) => suspicion(this.wrong[i]));
    this.painters[1] = curvePainter(record.clips.map(({ start_s: from, end_s: to, p_real }) => ({ from, to, p: p_real })), record.threshold);
    this.pictured(["roll", "curve"], "rollTold", "rollLegend");
    this.player.lasts(record.duration_s);
    this.timeline.show(record.duration_s);
    this.drawCritic();
    this.repair.show(this.file, this.isMidi);
  }

  // Which canvases there are, and what is said of them.
  pictured(shown, label = "", legend = "") {
    for (const id of ["roll", "curve"]) part(id).hidden = !shown.includes(id);
    for (const id of ["zoomIn", "zoomOut", "rollLegend"]) part(id).hidden = !shown.length;
    part("roll").dataset.label = label;
    part("roll").ariaLabel = say(label);
    part("rollLegend").dataset.text = legend;
    part("rollLegend").textContent = say(legend);
  }

  attended(attention) {
    this.painters[2] = attentionPainter(attention);
    part("attention").hidden = false;
    this.timeline.draw();
  }

  drawCritic() {
    const record = this.scored;
    const isReal = record.p_real >= record.threshold;
    part("pReal").textContent = say("pReal", { p: record.p_real.toFixed(2) });
    part("pReal").className = isReal ? "good" : "bad";
    part("isReal").textContent = say(isReal ? "isReal" : "isDamaged");
    part("caveat").hidden = !record.caveat;
    part("caveat").textContent = sayCaveat(record.caveat);
    part("severity").hidden = isReal; // of clean music it says more than there is
    part("severity").textContent = say("severity", { share: percent(record.severity) });
    part("faults").textContent = record.faults.length && !isReal
      ? say("faults", { kinds: record.faults.map(({ kind, p }) => `${say(kind)} ${percent(p)}`).join(", ") })
      : say("noFault");
    const passages = record.worst.map(({ start_s: from, end_s: to, p_real }) => [from, say("passage", { from: clock(from), to: clock(Math.ceil(to)), p: p_real.toFixed(2) })]);
    this.jumps("passages", passages, "noWorst");
    const suspects = record.notes.filter(({ p_wrong }) => p_wrong >= SUSPECT).sort((a, b) => b.p_wrong - a.p_wrong).slice(0, MOST_SUSPECTS)
      .map(({ onset_s, pitch, p_wrong }) => [onset_s, say("suspect", { note: note(pitch), at: clock(onset_s), p: percent(p_wrong) })]);
    this.jumps("suspects", suspects, "noSuspect");
  }

  jumps(id, places, none) {
    part(id).replaceChildren(...(places.length ? places.map(([at, text]) => {
      const button = make("button", { className: "link", textContent: text });
      button.addEventListener("click", () => this.player.go(at));
      return make("li", {}, button);
    }) : [make("li", { className: "none", textContent: say(none) })]));
  }

  // Do some work with the service, showing that it goes on; what goes wrong is said. `work` takes what
  // to hand to `ask`, and apart from it who is told of progress: that holds a connection.
  async run(word, work) {
    const one = { word };
    const own = this.turn;
    let id = null;
    this.works.add(one);
    this.busy();
    try {
      const went = (progress) => {
        one.progress = progress;
        this.progressed();
      };
      await work({ begun: (job) => { id = job; this.running.add(job); }, signal: own?.signal }, went);
    } catch (error) {
      if (error.name !== "AbortError" && this.turn === own) this.failed(error);
    } finally {
      this.running.delete(id);
      this.works.delete(one);
      this.busy();
    }
  }

  failed(error) {
    const isNoMusic = error.status === 415; // to each of the works, so that one need say it
    if (isNoMusic) {
      this.stop();
      part("result").hidden = true;
    }
    this.trouble(isNoMusic ? say("notTaken", { name: this.file.name }) : error instanceof Lost ? say("lost") : sayError(error));
  }

  busy() {
    part("work").hidden = !this.works.size;
    part("workingOn").textContent = [...new Set([...this.works].map(({ word }) => say(word)))].join(" ");
    part("done").textContent = this.works.size || !(this.scored || this.brain.record) ? "" : say("done");
    this.progressed();
  }

  // How far the first is that tells.
  progressed() {
    const { progress } = [...this.works].find((one) => one.progress) ?? {};
    part("working").max = progress?.of ?? 1;
    if (progress) part("working").value = progress.done;
    else part("working").removeAttribute("value");
  }

  // Let go of all that goes on, here and in the service.
  stop() {
    this.turn?.abort();
    this.turn = new AbortController();
    for (const id of this.running) cancel(id).catch(nothing);
    this.works.clear(); // what was just sent ends by itself
    this.busy();
  }
}
