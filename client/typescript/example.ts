// How the client is used; it is compiled with the tests.
import { Chengxu, ProblemError, type Event } from "./chengxu";

/** The running cases of the organ. */
export async function titles(api: Chengxu): Promise<string[]> {
  const out: string[] = [];
  let after: string | undefined;
  do {
    const page = await api.listCases(after === undefined ? { status: "running" } : { status: "running", after });
    out.push(...page.data.cases.map((c) => c.title));
    after = page.data.next;
  } while (after !== undefined);
  return out;
}

/** Notes something in a case as it was read; false when the case has moved meanwhile. */
export async function note(api: Chengxu, id: string, text: string): Promise<boolean> {
  const read = await api.readCase({ id });
  try {
    await api.act({ id, ifMatch: read.etag ?? "*", body: { id: crypto.randomUUID(), kind: "case.note", with: { text } } });
    return true;
  } catch (e) {
    if (e instanceof ProblemError && e.problem.code === "case-changed") return false;
    throw e;
  }
}

/** Calls back for each event of a case, and takes a broken stream up where it was. */
export async function watch(api: Chengxu, id: string, seen: (e: Event) => void, signal: AbortSignal): Promise<void> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      const args = last === undefined ? { case: id } : { case: id, lastEventId: last };
      for await (const message of api.streamEvents(args, signal)) {
        last = message.id;
        seen(JSON.parse(message.data) as Event);
      }
    } catch (e) {
      if (e instanceof ProblemError) throw e;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
