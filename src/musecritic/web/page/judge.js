// The tab that judges: a file is dropped, both systems say what they think, and it can be heard.

import { Lost, ask, cancel, product } from "./api.js";
import { Brain } from "./brain.js";
import { suspicion } from "./colours.js";
import { Player } from "./player.js";
import { Repair } from "./repair.js";
import { Timeline, attentionPainter, curvePainter, rollPainter } from "./timeline.js";
import { clock, make, note, percent, say, sayCaveat } from "./words.js";

const RECORDING = /\.(wav|flac|ogg|mp3)$/i;
const EXAMPLES = { "prelude.mid": "exampleClean", "prelude-off-key.mid": "exampleOffKey", "prelude-shuffle.mid": "exampleShuffled" };
const SUSPECT = 0.5;
const MOST_SUSPECTS = 12;

const part = (id) => document.getElementById(id);
const nothing = () => {};

export class Judge {
  constructor(trouble) {
    this.trouble = trouble;
    this.running = new Set(); // ids of jobs
    this.works = new Map(); // what goes on, by word
    const tools = { run: (word, work) => this.run(word, work), jump: (seconds) => this.player.go(seconds) };
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
      if (!this.isSound) return;
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
      button.addEventListener("click", () => this.run("scoring", async () => {
        const answer = await fetch(`examples/${name}`).catch(() => { throw new Lost(); });
        const content = await answer.blob();
        this.take(new File([content], name));
      }));
      return [button, " "];
    }));
    if (this.scored) this.drawCritic();
    this.brain.draw();
    this.repair.draw();
    this.player.said();
    this.timeline.draw();
  }

  async take(file) {
    this.stop();
    const own = (this.turn = new AbortController()); // what comes later than the next file is let go
    this.file = file;
    this.isSound = RECORDING.test(file.name);
    this.scored = null;
    this.trouble("");
    part("result").hidden = false;
    part("name").textContent = file.name;
    part("name").focus({ preventScroll: true });
    for (const id of ["stage", "critic"]) part(id).hidden = true;
    this.brain.hide();
    this.player.clear();
    this.painters.fill(nothing);
    part("attention").hidden = true;
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
    works.push(this.run("identifying", async (watch) => {
      const job = await ask("v1/identify", { file, ...watch });
      now(() => this.brain.show(file, job.record))();
    }));
    if (!this.isSound) works.push(scored({ model: "crnn" }, (_, view) => this.attended(view.attention)));
    await Promise.all(works);
  }

  // A recording: there are no notes to draw.
  heard(file) {
    part("stage").hidden = false;
    this.pictured({ onset_s: [], offset_s: [], pitch: [] }, false);
    this.player.load(file);
  }

  judged(record, view) {
    this.scored = record;
    const p = new Map((record.notes ?? []).map((one) => [`${one.onset_s} ${one.pitch}`, one.p_wrong]));
    this.wrong = view.notes.onset_s.map((onset, i) => p.get(`${onset} ${view.notes.pitch[i]}`) ?? 0);
    this.notes = view.notes;
    part("stage").hidden = false;
    part("critic").hidden = false;
    this.pictured(view.notes, true);
    this.painters[1] = curvePainter(record.clips.map(({ start_s: from, end_s: to, p_real }) => ({ from, to, p: p_real })), record.threshold);
    this.player.lasts(record.duration_s);
    this.timeline.show(record.duration_s);
    this.drawCritic();
    this.repair.show(this.file);
  }

  pictured(notes, isJudged) {
    this.painters[0] = rollPainter(notes, (i) => suspicion(this.wrong[i]));
    this.painters[1] = nothing;
    for (const id of ["roll", "curve"]) part(id).hidden = !isJudged;
    part("rollLegend").dataset.text = isJudged ? "rollLegend" : "soundOnly";
    part("rollLegend").textContent = say(part("rollLegend").dataset.text);
    for (const id of ["zoomIn", "zoomOut"]) part(id).hidden = !isJudged;
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
    part("severity").textContent = say("severity", { share: percent(record.severity) });
    part("faults").textContent = record.faults.length && !isReal
      ? say("faults", { kinds: record.faults.map(({ kind, p }) => `${say(kind)} ${percent(p)}`).join(", ") })
      : say("noFault");
    const passages = record.worst.map(({ start_s: from, end_s: to, p_real }) => [from, say("passage", { from: clock(from), to: clock(to), p: p_real.toFixed(2) })]);
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
    }) : [say(none)]));
  }

  // Do some work with the service, showing that it goes on; what goes wrong is said.
  async run(word, work) {
    const key = Symbol(word);
    const own = this.turn;
    let id = null;
    this.works.set(key, word);
    this.busy();
    try {
      await work({ begun: (job) => { id = job; this.running.add(job); }, signal: own?.signal });
    } catch (error) {
      if (error.name !== "AbortError" && this.turn === own) this.trouble(error instanceof Lost ? say("lost") : error.message);
    } finally {
      this.running.delete(id);
      this.works.delete(key);
      this.busy();
    }
  }

  busy() {
    part("work").hidden = !this.works.size;
    part("workingOn").textContent = [...new Set(this.works.values())].map((word) => say(word)).join(" ");
    part("done").textContent = this.works.size || !this.scored ? "" : say("done");
  }

  // Let go of all that goes on, here and in the service.
  stop() {
    this.turn?.abort();
    this.turn = new AbortController();
    for (const id of this.running) cancel(id).catch(nothing);
  }
}
