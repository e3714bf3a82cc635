// Calls of the service. A job is asked for, followed until it ends, and can be cancelled.

const TRIES = 10; // at one second each, until a service is given up
const SOON_MS = 150;
const LATER_MS = 1000;

let token = sessionStorage.getItem("token") ?? "";
let asking = null;

export class Refused extends Error {
  constructor({ type, message }, status = null) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export class Lost extends Error {} // the service cannot be reached

async function call(path, options = {}) {
  for (;;) {
    const shown = token;
    const headers = new Headers(options.headers);
    if (shown) headers.set("authorization", `Bearer ${shown}`);
    let answer;
    try {
      answer = await fetch(path, { ...options, headers });
    } catch (error) {
      throw error.name === "AbortError" ? error : new Lost();
    }
    if (answer.status !== 401) return answer;
    if (token === shown && !(await (asking ??= askForToken(shown !== "")))) return answer; // they gave up
  }
}

// What the service says; a proxy before it may say something else.
async function told(answer) {
  let said;
  try {
    said = await answer.json();
  } catch {
    throw new Refused({ message: `${answer.status} ${answer.statusText}` });
  }
  if (!("id" in said)) throw new Refused(said.error, answer.status);
  return said;
}

// Give whether there is one to try; `again` where the last was wrong.
function askForToken(again) {
  const dialog = document.getElementById("ask");
  document.getElementById("tokenWrong").hidden = !again;
  dialog.returnValue = ""; // as it stays where the dialog is closed by Escape
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const isGiven = dialog.returnValue === "ok";
      if (isGiven) {
        token = document.getElementById("token").value;
        sessionStorage.setItem("token", token);
      }
      asking = null;
      resolve(isGiven);
    }, { once: true });
  });
}

// Ask for a task; give the job as it ends. `begun` is told its id, `went` of its progress.
export async function ask(path, { query = {}, file, json, begun, went, signal } = {}) {
  signal?.throwIfAborted();
  const url = `${path}?${new URLSearchParams({ ...query, wait: 0 })}`;
  const options = { method: "POST" }; // not aborted: who never hears the job's id cannot stop it
  if (json !== undefined) {
    options.body = JSON.stringify(json);
    options.headers = { "content-type": "application/json" };
  } else if (file) {
    options.body = new FormData();
    options.body.append("file", file, file.name);
  }
  const said = await told(await call(url, options));
  begun?.(said.id);
  if (signal?.aborted) {
    cancel(said.id).catch(() => {});
    throw cancelled();
  }
  return said.ended ? ended(said) : follow(said.id, went, signal);
}

const cancelled = () => new DOMException("cancelled", "AbortError");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Wait for a job's end. Only who wants to know of progress holds a connection: a browser has few.
async function follow(id, went, signal) {
  let tries = 0;
  for (let wait = SOON_MS; ; wait = Math.min(2 * wait, LATER_MS)) {
    try {
      if (went) await events((await call(`v1/jobs/${id}/events`, { signal })).body, (data) => went(data.progress));
      const said = await told(await call(`v1/jobs/${id}`, { signal }));
      if (said.ended) return ended(said);
      tries = 0;
    } catch (error) {
      const isLost = error instanceof Lost || error instanceof TypeError; // in mid-stream it is the latter
      if (!isLost || ++tries === TRIES) throw isLost ? new Lost() : error;
    }
    await pause(wait);
    signal?.throwIfAborted();
  }
}

async function events(stream, heard) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
    rest = parts.pop();
    for (const line of parts) if (line.startsWith("data:")) heard(JSON.parse(line.slice(5)));
  }
}

function ended(job) {
  if (job.state === "failed") throw new Refused(job.error);
  if (job.state === "cancelled") throw cancelled();
  return job;
}

// It is sent even while the page is left.
export const cancel = (id) => call(`v1/jobs/${id}`, { method: "DELETE", keepalive: true });

// A file that a job left, as a blob: an address would not carry the token.
export async function product(job, name) {
  const answer = await call(`v1/jobs/${job.id}/files/${name}`);
  return answer.ok ? answer.blob() : told(answer);
}

export async function save(job, name, as) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await product(job, name));
  link.download = as;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
