// What MusicBrain says: who composed it, the labels, and where they come from.

import { ask, product, save } from "./api.js";
import { LABELS } from "./colours.js";
import { clock, make, percent, say, sayCaveat } from "./words.js";

const HEADS = ["composer", "period", "genre", "instruments", "generator"];
const SHOWN = 3;
const COLOURS = { human: "good", ai: "bad", uncertain: "doubt" };
const EXPLAINED_S = 60;

export class Brain {
  // `tools` are {run, jump, place, duration}: the last two say where the playhead is, and of how much.
  constructor(card, tools) {
    this.card = card;
    this.tools = tools;
    this.part = (id) => card.querySelector(`#${id}`);
  }

  show(file, record) {
    Object.assign(this, { file, record, job: null });
    this.card.hidden = false;
    this.draw();
  }

  hide() {
    this.card.hidden = true;
    this.file = null;
    this.record = null;
    this.forget();
  }

  draw() {
    const { record } = this;
    if (!record) return;
    this.part("decision").textContent = say(record.decision);
    this.part("decision").className = COLOURS[record.decision];
    this.part("pAi").textContent = say(record.decision === "uncertain" ? "pAiUncertain" : "pAi", { p: record.p_ai.toFixed(2) });
    this.part("brainCaveat").hidden = !record.caveat;
    this.part("brainCaveat").textContent = record.caveat ? `${sayCaveat(record.caveat)}. ${say("undecided")}` : "";
    const rows = HEADS.filter((head) => record.labels[head]?.length).map((head) => make("tr", {},
      make("th", { scope: "row", textContent: say(head) }),
      make("td", {}, ...record.labels[head].slice(0, SHOWN).map(({ name, p }) => make("div", {}, bar(p, say(name)), `${say(name)} ${percent(p)}`)))));
    this.part("labels").replaceChildren(make("table", {}, make("tbody", {}, ...rows)));
    const stages = Object.entries(record.stages ?? {}).filter(([, p]) => p !== null);
    this.part("stages").replaceChildren(...stages.map(([stage, p]) => make("div", {}, bar(p, say(stage)), `${say(stage)} ${percent(p)}`)));
    this.drawEvidence();
  }

  drawEvidence() {
    const place = this.part("evidence");
    const explain = make("button", { textContent: say(this.job ? "explainAgain" : "explain"), id: "explain" });
    explain.addEventListener("click", () => this.explain());
    const offer = make("p", {}, explain, " ", make("span", { className: "legend", textContent: say("explainedStretch") }));
    if (!this.job) {
      place.replaceChildren(offer);
      return;
    }
    const { shown, passages } = this.job.record;
    const layers = make("div", { className: "layers" }, ...this.pictures);
    this.mark = make("div", { className: "now", hidden: true });
    layers.append(this.mark);
    layers.addEventListener("click", (event) => {
      const box = layers.getBoundingClientRect();
      this.tools.jump(shown.start_s + ((event.clientX - box.left) / box.width) * (shown.end_s - shown.start_s));
    });
    const [, ...heat] = this.pictures;
    const switches = Object.keys(passages).map((label, i) => {
      const box = make("input", { type: "checkbox", checked: !heat[i].hidden });
      box.addEventListener("change", () => { heat[i].hidden = !box.checked; });
      const swatch = make("span", { className: "swatch" });
      swatch.style.background = LABELS[i];
      return make("label", {}, box, swatch, say(label));
    });
    const slider = make("input", { type: "range", min: 0, max: 1, step: 0.05, value: this.opacity ?? 0.8 });
    const fade = () => {
      this.opacity = slider.value;
      for (const layer of heat) layer.style.opacity = slider.value;
    };
    slider.addEventListener("input", fade);
    fade();
    const jumps = Object.entries(passages).map(([label, places]) => make("p", {}, `${say(label)}: `, ...places.map(({ start_s: from, end_s: to }) => {
      const button = make("button", { className: "link", textContent: `${clock(from)}–${clock(to)}` });
      button.addEventListener("click", () => this.tools.jump(from));
      return button;
    })));
    const report = make("button", { textContent: say("report"), id: "report" });
    report.addEventListener("click", () => {
      const { job, file } = this;
      this.tools.run("explaining", () => save(job, "report.html", `${file.name}.html`));
    });
    place.replaceChildren(
      layers,
      make("p", { className: "legend", textContent: say("shown", { from: clock(shown.start_s), to: clock(shown.end_s) }) }),
      make("div", { className: "switches" }, ...switches, make("label", {}, say("opacity"), slider)),
      ...jumps, offer, report,
    );
  }

  explain() {
    const { file } = this;
    const start = Math.max(Math.min(Math.floor(this.tools.place()), this.tools.duration() - EXPLAINED_S), 0);
    return this.tools.run("explaining", async (watch, went) => {
      const job = await ask("v1/explain", { file, query: { start, seconds: EXPLAINED_S }, went, ...watch });
      const labels = Object.keys(job.record.passages);
      const names = ["spectrogram.png", ...labels.map((_, i) => `heat-${i}.png`)];
      const blobs = await Promise.all(names.map((name) => product(job, name)));
      if (this.file !== file) return;
      this.forget();
      this.pictures = blobs.map((blob, i) => make("img", { src: URL.createObjectURL(blob), alt: i ? say(labels[i - 1]) : "" }));
      this.job = job;
      this.drawEvidence();
      (this.part("evidence").querySelector("input") ?? this.part("evidence")).focus();
    });
  }

  // The playhead.
  at(now) {
    if (!this.job || !this.mark) return;
    const { start_s: from, end_s: to } = this.job.record.shown;
    this.mark.hidden = now < from || now > to;
    this.mark.style.left = `${(100 * (now - from)) / (to - from)}%`;
  }

  forget() {
    for (const picture of this.pictures ?? []) URL.revokeObjectURL(picture.src);
    this.pictures = null;
    this.job = null;
  }
}

const bar = (p, name) => make("meter", { min: 0, max: 1, value: p, ariaLabel: name });
