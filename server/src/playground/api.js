// The daemon's routes.

/** What the daemon says is wrong (RFC 9457), or that it says nothing. */
export class Problem extends Error {
  constructor(body, status) {
    super(body.detail ?? body.title ?? "the daemon gave no reason");
    this.code = body.code ?? "unreadable";
    this.title = body.title ?? `Status ${status}`;
    this.field = body.field;
    this.id = body.request_id;
    this.status = status;
  }
}

async function sent(path, { body, signal, accepted = [] } = {}) {
  const headers = { accept: "application/json" };
  const request = { headers, signal, redirect: "error", cache: "no-store" };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    Object.assign(request, { method: "POST", body: JSON.stringify(body) });
  }
  let reply;
  try {
    reply = await fetch(path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ code: "unreachable", title: "The daemon does not answer", detail: "is it running still?" }, 0);
  }
  if (reply.ok || accepted.includes(reply.status)) return reply;
  throw new Problem(await reply.json().catch(() => ({})), reply.status);
}

/** What a route says. */
export const ask = async (path, options) => (await sent(path, options)).json();

export const at = (collection) => `/v1/collections/${encodeURIComponent(collection)}`;

/** Events of a reply, `[name, data]`, as they come. */
export async function* events(path, options) {
  const reply = await sent(path, options);
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    waiting += value;
    const parts = waiting.split(/\r?\n\r?\n/);
    waiting = parts.pop();
    for (const part of parts) {
      const fields = part.split(/\r?\n/).map((line) => line.match(/^(event|data): ?(.*)$/s)).filter(Boolean);
      const of = (name) => fields.filter((field) => field[1] === name).map((field) => field[2]).join("\n");
      if (of("data")) yield [of("event"), JSON.parse(of("data"))];
    }
  }
}
