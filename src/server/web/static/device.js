// What this device remembers: questions, answers and questions that wait for contact. Nothing of it reaches the server,
// and nothing of it outlives a shift. Routines are kept by the service worker (`sw.js`).

const KEY = 'rutinlots.minne';
const MOST = { answers: 12, waiting: 5 };

export const shiftHours = Number(document.documentElement.dataset.skift) || 8;
const SHIFT_MS = shiftHours * 3_600_000;

const nothing = () => ({ answers: [], waiting: [] });

/** What is remembered and younger than a shift. */
function read() {
  let memory = nothing();
  try {
    memory = { ...memory, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch { /* Storage is turned off or holds something else. */ }
  const now = Date.now();
  const young = ({ at }) => at <= now && now - at < SHIFT_MS;
  return { answers: memory.answers.filter(young), waiting: memory.waiting.filter(young) };
}

function write(memory) {
  try {
    if (memory.answers.length + memory.waiting.length) localStorage.setItem(KEY, JSON.stringify(memory));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

/** Forgets what is older than a shift. */
export function thin() {
  write(read());
}

/** Remembers an answer; the same question is remembered once. False where it cannot be. */
export function keepAnswer(question, kept) {
  const memory = read();
  const others = memory.answers.filter((one) => one.question !== question);
  memory.answers = [{ question, kept, at: Date.now() }, ...others].slice(0, MOST.answers);
  while (!write(memory)) {
    // Full: the oldest ones go.
    if (memory.answers.length < 2) return false;
    memory.answers.pop();
  }
  return true;
}

/** The answers, the newest first: `{question, kept, at}`. */
export const answers = () => read().answers;

export const answerTo = (question) => read().answers.find((one) => one.question === question) ?? null;

/** Lets a question wait for contact. */
export function wait(question) {
  const memory = read();
  const others = memory.waiting.filter((one) => one.question !== question);
  memory.waiting = [{ question, at: Date.now() }, ...others].slice(0, MOST.waiting);
  write(memory);
}

export function stopWaiting(question) {
  const memory = read();
  memory.waiting = memory.waiting.filter((one) => one.question !== question);
  write(memory);
}

export const waiting = () => read().waiting;

/** Forgets everything, routines too. What the person has chosen (size of text, the notice read) stays. */
export async function wipe() {
  write(nothing());
  history.replaceState(null, '');
  if (window.caches) await caches.delete('rutinlots-sparat');
}

/** The service worker's answer to a message; `null` where there is none. */
export async function tellWorker(message) {
  if (!navigator.serviceWorker) return null;
  const { active } = await navigator.serviceWorker.ready;
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => done(event.data);
    active.postMessage(message, [port2]);
  });
}

/** Whether the server can be reached now. */
export async function reachable() {
  try {
    const patience = AbortSignal.timeout(5000);
    return (await fetch('/healthz', { cache: 'no-store', signal: patience })).ok;
  } catch {
    return false;
  }
}

/** `13.05`, or `i går 22.40`. */
export function clock(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString('sv-SE', { hour: '2-digit', minute: '2-digit' }).replace(':', '.');
  const today = new Date().toDateString() === date.toDateString();
  return today ? time : `${date.toLocaleDateString('sv-SE', { day: 'numeric', month: 'long' })} ${time}`;
}
