// Proposals of edits: listed, taken or left one by one, and downloaded as a file.

import { ask, save } from "./api.js";
import { clock, make, note, say } from "./words.js";

const EDITED = /\.(mid|midi|xml|musicxml|mxl)$/i;

export class Repair {
  // `tools` are {run, jump}: run(word, work) shows that something goes on.
  constructor(place, tools) {
    Object.assign(this, { place, tools });
  }

  show(file) {
    this.file = file;
    this.job = null;
    this.draw();
  }

  draw() {
    if (!this.file) return;
    if (!this.job) {
      const button = make("button", { textContent: say("propose"), id: "propose" });
      button.addEventListener("click", () => this.propose());
      this.place.replaceChildren(EDITED.test(this.file.name) ? button : say("notEdited"));
      return;
    }
    const { edits } = this.job.record;
    if (!edits.length) {
      this.place.replaceChildren(say("noEdits"));
      return;
    }
    this.taken ??= edits.map(() => true);
    const head = make("tr", {}, ...["take", "at", "edit", "before", "after"].map((key) => make("th", { textContent: say(key), scope: "col" })));
    const rows = edits.map((edit, i) => {
      const box = make("input", { type: "checkbox", checked: this.taken[i], ariaLabel: `${say("take")}: ${told(edit)}` });
      box.addEventListener("change", () => { this.taken[i] = box.checked; });
      const at = make("button", { className: "link", textContent: clock(edit.before[0].onset_s) });
      at.addEventListener("click", () => this.tools.jump(edit.before[0].onset_s));
      const cells = [box, at, told(edit), edit.p_real_before.toFixed(2), edit.p_real_after.toFixed(2)];
      return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
    });
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
    const button = make("button", { textContent: say("downloadMended"), className: "main", id: "mend" });
    button.addEventListener("click", () => this.download());
    this.place.replaceChildren(make("div", { className: "scroll" }, table), make("p", {}, button));
  }

  propose() {
    const { file } = this;
    return this.tools.run("repairing", async (watch) => {
      const job = await ask("v1/repair", { file, ...watch });
      if (this.file !== file) return;
      this.job = job;
      this.taken = null;
      this.draw();
      (this.place.querySelector("input") ?? this.place).focus();
    });
  }

  download() {
    const { file, job: repair } = this;
    const take = this.taken.flatMap((taken, i) => (taken ? [i] : []));
    return this.tools.run("repairing", async (watch) => {
      const job = await ask(`v1/jobs/${repair.id}/mend`, { json: { take }, ...watch });
      const { name } = job.files[0];
      await save(job, name, file.name.replace(/(\.\w+)?$/, `-mended${name.slice(name.lastIndexOf("."))}`));
    });
  }
}

function told({ action, before, after }) {
  const name = note(before[0].pitch);
  const at = (seconds) => `${seconds.toFixed(2)} s`;
  const values = {
    delete: {}, join: {},
    move: () => ({ to: note(after[0].pitch) }),
    shift: () => ({ at: at(after[0].onset_s) }),
    "shift onset": () => ({ at: at(after[0].onset_s) }),
    "shift offset": () => ({ at: at(after[0].offset_s) }),
    split: () => ({ at: at(after[1].onset_s) }),
  }[action];
  return say(`edit ${action}`, { note: name, ...(typeof values === "function" ? values() : values) });
}
