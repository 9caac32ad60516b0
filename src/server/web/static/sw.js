// Keeps the ask page and routines for use without coverage. The server fills in the version, the names of the assets and
// the hours of a shift; a new version is a new text, which is how the browser notices it.
const VERSION = '__VERSION__';
const ASSETS = ['__ASSETS__'];
const SHIFT_MS = Number('__SHIFT__') * 3_600_000;

const SHELL = `rutinlots-skal-${VERSION}`;
const SAVED = 'rutinlots-sparat';
const START = '/';
const OFFLINE = '/utan-tackning';
const FETCHED = 'x-sparad';

/** How long a page may keep one waiting where a copy is at hand. */
const START_PATIENCE_MS = 700;
const DOCUMENT_PATIENCE_MS = 4000;
/** A routine at hand that was fetched this long ago is fetched again when there is coverage. */
const FRESH_MS = 3_600_000;

addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const shell = await caches.open(SHELL);
    await shell.addAll(ASSETS.map((name) => `/static/${name}?v=${VERSION}`));
    for (const page of [START, OFFLINE]) await put(shell, page, await fetch(page, { cache: 'no-store' }));
    await skipWaiting();
  })());
});

addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith('rutinlots-skal-') && name !== SHELL);
    await Promise.all(old.map((name) => caches.delete(name)));
    await thin();
    await clients.claim();
  })());
});

addEventListener('message', (event) => {
  const { keep, wipe } = event.data ?? {};
  if (wipe) event.waitUntil(caches.delete(SAVED).then(() => event.ports[0]?.postMessage('wiped')));
  else if (keep) event.waitUntil(thin().then(() => keepAll(keep)).then((kept) => event.ports[0]?.postMessage(kept)));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname.startsWith('/static/')) event.respondWith(asset(request, url));
  else if (request.mode !== 'navigate') return;
  else if (url.pathname === START) event.respondWith(start(event));
  else if (url.pathname.startsWith('/dokument/')) event.respondWith(routine(event, url));
  else if (!url.pathname.startsWith('/api/')) event.respondWith(fetch(request).catch(offline));
});

async function asset(request, url) {
  const kept = await caches.match(request);
  if (kept) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    // A copy of a page from before an update asks for assets of its own version.
    const similar = await caches.match(url.pathname, { ignoreSearch: true });
    if (similar) return similar;
    throw error;
  }
}

/** The ask page: from the network if it comes at once, else the copy; the page's script does the rest. */
async function start(event) {
  const fetched = fetch(event.request);
  const plain = new URL(event.request.url).search === '';
  event.waitUntil(fetched.then(async (response) => {
    if (plain) await put(await caches.open(SHELL), START, response.clone());
  }).catch(() => {}));
  const copy = () => caches.match(START, { cacheName: SHELL });
  try {
    const response = await Promise.race([fetched, after(START_PATIENCE_MS)]);
    if (response) return response.clone();
  } catch {
    return await copy() ?? offline();
  }
  return await copy() ?? fetched.then((response) => response.clone()).catch(offline);
}

/** A routine: from the network, and kept; without coverage the copy, which says when it was fetched. */
async function routine(event, url) {
  const saved = await caches.open(SAVED);
  const kept = await young(saved, url);
  const fetched = fetch(event.request);
  event.waitUntil(fetched.then((response) => put(saved, url.pathname + url.search, response.clone())).catch(() => {}));
  try {
    const response = await Promise.race([fetched, kept ? after(DOCUMENT_PATIENCE_MS) : fetched]);
    if (response) return response.clone();
  } catch { /* The copy, if there is one. */ }
  return kept ? asCopy(kept) : offline();
}

/** The copy of exactly this page, or of the same document opened elsewhere, if it is not older than a shift. */
async function young(saved, url) {
  for (const options of [{}, { ignoreSearch: true }]) {
    const kept = await saved.match(url.pathname + url.search, options);
    if (kept && age(kept) < SHIFT_MS) return kept;
  }
  return null;
}

async function offline() {
  return await caches.match(OFFLINE, { cacheName: SHELL }) ?? Response.error();
}

const after = (time) => new Promise((done) => { setTimeout(done, time); });
const age = (response) => Date.now() - Date.parse(response.headers.get(FETCHED) ?? 0);

async function put(cache, path, response) {
  if (!response.ok || response.redirected) return false;
  const headers = new Headers(response.headers);
  headers.set(FETCHED, new Date().toISOString());
  await cache.put(path, new Response(await response.blob(), { headers }));
  return true;
}

async function asCopy(response) {
  const html = await response.text();
  const marked = html.replace('<html ', `<html data-sparad="${response.headers.get(FETCHED)}" `);
  return new Response(marked, { headers: response.headers });
}

/** Removes what is older than a shift. */
async function thin() {
  const saved = await caches.open(SAVED);
  for (const request of await saved.keys()) {
    const response = await saved.match(request);
    if (response && age(response) >= SHIFT_MS) await saved.delete(request);
  }
}

/** Fetches routines that are not kept yet or not fresh; says how many are kept now. */
async function keepAll(paths) {
  const saved = await caches.open(SAVED);
  let kept = 0;
  for (const path of paths) {
    const copy = await saved.match(path);
    try {
      if (copy && age(copy) < FRESH_MS) kept += 1;
      else if (await put(saved, path, await fetch(path))) kept += 1;
      else if (copy) kept += 1;
    } catch {
      if (copy) kept += 1;
    }
  }
  return kept;
}
