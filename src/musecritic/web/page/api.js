// Calls of the service. A job is asked for, followed until it ends, and can be cancelled.

let token = sessionStorage.getItem("token") ?? "";

export class Refused extends Error {}

async function call(path, options = {}, again = true) {
  const headers = new Headers(options.headers);
  if (token) headers.set("authorization", `Bearer ${token}`);
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401 && again) {
    await askForToken();
    return call(path, options, false);
  }
  return answer;
}

function askForToken() {
  const dialog = document.getElementById("ask");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      token = document.getElementById("token").value;
      sessionStorage.setItem("token", token);
      resolve();
    }, { once: true });
  });
}

// Ask for a task; give the job as it ends. `begun` is told its id, `went` of its progress.
export async function ask(path, { query = {}, file, json, begun, went, signal } = {}) {
  const url = `${path}?${new URLSearchParams({ ...query, wait: 0 })}`;
  const options = { method: "POST", signal };
  if (json !== undefined) {
    options.body = JSON.stringify(json);
    options.headers = { "content-type": "application/json" };
  } else if (file) {
    options.body = new FormData();
    options.body.append("file", file, file.name);
  }
  const answer = await call(url, options);
  const said = await answer.json();
  if (!("id" in said)) throw new Refused(said.error.message);
  begun?.(said.id);
  return said.ended ? ended(said) : follow(said.id, went, signal);
}

async function follow(id, went, signal) {
  for (;;) {
    try {
      const answer = await call(`v1/jobs/${id}/events`, { signal });
      if (!answer.ok) break; // the job itself will say why
      await events(answer.body, (data) => went?.(data.progress));
      break;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000)); // a connection was lost: once more
    }
  }
  const answer = await call(`v1/jobs/${id}`, { signal });
  const said = await answer.json();
  if (!("id" in said)) throw new Refused(said.error.message);
  return said.ended ? ended(said) : follow(id, went, signal);
}

async function events(stream, told) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
    rest = parts.pop();
    for (const line of parts) if (line.startsWith("data:")) told(JSON.parse(line.slice(5)));
  }
}

function ended(job) {
  if (job.state === "failed") throw new Refused(job.error.message);
  if (job.state === "cancelled") throw new DOMException("cancelled", "AbortError");
  return job;
}

export const cancel = (id) => call(`v1/jobs/${id}`, { method: "DELETE" });

// A file that a job left, as a blob: an address would not carry the token.
export async function product(job, name) {
  const answer = await call(`v1/jobs/${job.id}/files/${name}`);
  if (!answer.ok) throw new Refused((await answer.json()).error.message);
  return answer.blob();
}

export async function save(job, name, as = name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await product(job, name));
  link.download = as;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
