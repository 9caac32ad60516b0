// What every page does: the app on the phone (service worker, copies, what is forgotten) and the size of the text.

const query = new URL(import.meta.url).search;
const [{ element, find, icon, say, words }, device] = await Promise.all([import(`./shared.js${query}`), import(`./device.js${query}`)]);

const root = document.documentElement;
const THIN_EVERY_MS = 60_000;

// --- larger text -----------------------------------------------------------------------------------------------------

const size = find('textstorlek');
if (size) {
  size.hidden = false;
  const name = () => {
    const level = Number(root.dataset.text) || 0;
    size.querySelector('.off-screen').textContent = words.textSize(level);
    return level;
  };
  name();
  size.addEventListener('click', () => {
    root.dataset.text = String((name() + 1) % words.textSizes.length);
    try { localStorage.setItem('rutinlots.text', root.dataset.text); } catch { /* For this page only. */ }
    say(words.textSizes[name()]);
  });
}

// --- what is kept, and for how long ----------------------------------------------------------------------------------

device.thin();
setInterval(device.thin, THIN_EVERY_MS);
addEventListener('visibilitychange', () => { if (!document.hidden) device.thin(); });

for (const button of document.querySelectorAll('[data-rensa]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    await device.wipe();
    dispatchEvent(new Event('rutinlots:rensat'));
    button.textContent = words.wiped;
    say(words.wiped);
  });
}

const atHand = [...document.querySelectorAll('[data-hand]')].map((link) => new URL(link.href).pathname);

async function startWorker() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register('/sw.js', { scope: '/' });
    const kept = await device.tellWorker({ keep: atHand });
    const line = find('nara-sparat');
    if (line && kept && kept === atHand.length) {
      line.textContent = words.atHandKept;
      line.hidden = false;
    }
  } catch { /* Pages that are not served over TLS, and private windows, have no service worker. */ }
}
if (document.readyState === 'complete') startWorker();
else addEventListener('load', startWorker, { once: true });

// --- without coverage ------------------------------------------------------------------------------------------------

const coverage = find('tackning');
function tellCoverage() {
  const copy = root.dataset.sparad;
  const gone = !navigator.onLine;
  const text = [gone ? words.noCoverage : '', copy ? words.savedCopy(device.clock(copy)) : ''].filter(Boolean).join(' ');
  coverage.textContent = text;
  coverage.hidden = !text;
}
addEventListener('online', tellCoverage);
addEventListener('offline', tellCoverage);
tellCoverage();

const saved = find('sparat');
if (saved && window.caches) {
  const cache = await caches.open('rutinlots-sparat');
  const seen = new Map();
  for (const request of await cache.keys()) {
    const html = await (await cache.match(request)).text();
    const title = new DOMParser().parseFromString(html, 'text/html').querySelector('h1')?.textContent.trim();
    const { pathname } = new URL(request.url);
    if (title && !seen.has(pathname)) seen.set(pathname, title);
  }
  const row = (href, text, mark) => element('li', {}, element('a', { class: 'example', href }, element('span', {}, text), icon(mark)));
  saved.querySelector('ul').replaceChildren(
    ...[...seen].map(([path, title]) => row(path, title, 'document')),
    ...device.answers().map(({ question }) => row(`/?q=${encodeURIComponent(question)}`, question, 'clock')));
  saved.hidden = !saved.querySelector('li');
}
const again = find('igen');
if (again) {
  again.hidden = false;
  again.addEventListener('click', () => location.reload());
  addEventListener('online', () => location.reload());
}

// Pages with a script of their own say so themselves.
if (document.querySelectorAll('script[type=module]').length === 1) root.dataset.ready = '1';
