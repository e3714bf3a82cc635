// Proposals of edits: listed, taken or left one by one, and downloaded as a file.

import { ask, save } from "./api.js";
import { clock, make, note, say } from "./words.js";

const MIDI = "mended.mid"; // of any file; others are of the source's own form

export class Repair {
  // `tools` are {run, jump}: run(word, work) shows that something goes on.
  constructor(place, tools) {
    Object.assign(this, { place, tools, status: make("p", { role: "status" }) });
  }

  show(file, isMidi) {
    Object.assign(this, { file, isMidi, job: null });
    this.draw();
  }

  draw() {
    if (!this.file) return;
    if (!this.job) {
      const button = make("button", { textContent: say("propose"), id: "propose" });
      button.addEventListener("click", () => this.propose());
      this.place.replaceChildren(button);
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
      box.addEventListener("change", () => {
        this.taken[i] = box.checked;
        this.mended = null;
        this.sayMended();
      });
      const at = make("button", { className: "link", textContent: clock(edit.before[0].onset_s) });
      at.addEventListener("click", () => this.tools.jump(edit.before[0].onset_s));
      const cells = [box, at, told(edit), edit.p_real_before.toFixed(2), edit.p_real_after.toFixed(2)];
      return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
    });
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
    const buttons = this.job.files.flatMap(({ name }, i) => {
      const isOwn = this.isMidi || name !== MIDI;
      const button = make("button", { textContent: say(isOwn ? "downloadMended" : "mendedMidi"), className: i ? "" : "main", id: isOwn ? "mend" : "mendMidi" });
      button.addEventListener("click", () => this.download(name));
      return [button, " "];
    });
    this.place.replaceChildren(make("div", { className: "scroll" }, table), make("p", { className: "legend", textContent: say("rests") }), make("p", {}, ...buttons), this.status);
    this.sayMended();
  }

  // What came of the edits taken last.
  sayMended() {
    const { p, added } = this.mended ?? {};
    this.status.textContent = this.mended ? `${say("mended", { p })} ${added ? say("added", { n: added }) : ""}` : "";
  }

  propose() {
    const { file } = this;
    return this.tools.run("repairing", async (watch, went) => {
      const job = await ask("v1/repair", { file, went, ...watch });
      if (this.file !== file) return;
      this.job = job;
      this.taken = null;
      this.mended = null;
      this.draw();
      (this.place.querySelector("input") ?? this.place).focus();
    });
  }

  download(name) {
    const { file, job: repair } = this;
    const take = this.taken.flatMap((taken, i) => (taken ? [i] : []));
    return this.tools.run("repairing", async (watch) => {
      const job = await ask(`v1/jobs/${repair.id}/mend`, { json: { take }, ...watch });
      if (this.job === repair) this.made(job.record, take);
      await save(job, name, file.name.replace(/(\.\w+)?$/, `-mended${name.slice(name.lastIndexOf("."))}`));
    });
  }

  // Show what was made; the boxes are ticked in place, so that the focus stays where it is.
  made({ taken, p_real_after }, asked) {
    this.taken = this.taken.map((_, i) => taken.includes(i));
    this.place.querySelectorAll("tbody input").forEach((box, i) => { box.checked = this.taken[i]; });
    this.mended = { p: p_real_after.toFixed(2), added: taken.filter((i) => !asked.includes(i)).length };
    this.sayMended();
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
