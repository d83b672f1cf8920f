/** Where the service is and who asks. A page of the service itself needs no token: its session is sent along. */
export interface Options {
  /** such as "https://chengxu.example.gov.cn"; left out, where the page comes from */
  base?: string;
  token?: string;
  /** "zh" or "en": the language of problems */
  language?: string;
  fetch?: typeof fetch;
}

/** What an operation answered. The ETag is what If-Match carries when the case is acted on. */
export interface Answer<T> {
  data: T;
  status: number;
  etag?: string;
  headers: Headers;
}

/** One message of a stream. */
export interface Message {
  id: string;
  data: string;
}

/** The service refused, and says why: see docs/reference/errors.md. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** The service, or something before it, answered what the contract does not have. */
export class UnexpectedAnswerError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the answer ${status} is none of the contract`);
    this.name = "UnexpectedAnswerError";
    this.status = status;
  }
}

interface Request {
  method: string;
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  header?: Record<string, string | number | boolean | undefined>;
  json?: unknown;
  mediaType?: string;
  body?: Blob | ArrayBuffer | string;
  signal?: AbortSignal | undefined;
}

/** How requests are sent. */
export class Connection {
  private readonly options: Options;

  constructor(options: Options = {}) {
    this.options = options;
  }

  /** Sends a request and gives the answer as it comes; a refusal is thrown. */
  protected async send(request: Request): Promise<Response> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.header ?? {})) {
      if (value !== undefined) headers.set(name, String(value));
    }
    if (this.options.token) headers.set("Authorization", `Bearer ${this.options.token}`);
    if (this.options.language) headers.set("Accept-Language", this.options.language);
    const init: RequestInit = { method: request.method, headers };
    if (request.signal) init.signal = request.signal;
    if (request.json !== undefined) {
      headers.set("Content-Type", "application/json");
      init.body = JSON.stringify(request.json);
    } else if (request.body !== undefined) {
      headers.set("Content-Type", request.mediaType ?? "application/octet-stream");
      init.body = request.body;
    }
    const asked = query.toString();
    const send = this.options.fetch ?? fetch;
    const response = await send((this.options.base ?? "") + request.path + (asked ? `?${asked}` : ""), init);
    if (response.ok || response.status === 304) return response;
    if ((response.headers.get("Content-Type") ?? "").startsWith("application/problem+json")) {
      throw new ProblemError((await response.json()) as Problem);
    }
    throw new UnexpectedAnswerError(response.status);
  }

  /** Sends a request and reads the JSON of the answer. */
  protected async call<T>(request: Request): Promise<Answer<T>> {
    const response = await this.send(request);
    const text = await response.text();
    const answer: Answer<T> = {
      data: (text === "" ? undefined : JSON.parse(text)) as T,
      status: response.status,
      headers: response.headers,
    };
    const etag = response.headers.get("ETag");
    if (etag !== null) answer.etag = etag;
    return answer;
  }

  /** Reads a stream of messages until it ends. */
  protected async *stream(request: Request): AsyncGenerator<Message, void, void> {
    const response = await this.send(request);
    if (!response.body) return;
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    let id = "";
    let data: string[] = [];
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line === "") {
            if (data.length > 0) yield { id, data: data.join("\n") };
            data = [];
          } else if (line.startsWith("id: ")) {
            id = line.slice(4);
          } else if (line.startsWith("data: ")) {
            data.push(line.slice(6));
          }
        }
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }
}

/**
 * Checks a delivery of a webhook over its body as it was received, by the secret ("whsec_…"). False: it is not from
 * whom it should be, or more than five minutes old.
 */
export async function verifyWebhook(secret: string, headers: Headers, body: string, now: Date = new Date()): Promise<boolean> {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  if (!/^[0-9]+$/.test(timestamp) || Math.abs(now.getTime() / 1000 - Number(timestamp)) > 300) return false;
  const bytes = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes(secret.replace(/^whsec_/, "")), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  for (const one of (headers.get("webhook-signature") ?? "").split(" ")) {
    if (!one.startsWith("v1,")) continue;
    try {
      if (await crypto.subtle.verify("HMAC", key, bytes(one.slice(3)), signed)) return true;
    } catch {
      // it is no base64
    }
  }
  return false;
}
