// A real Chromium, with every request to another place, every console error and every page error noted.
import { chromium } from 'playwright-core';

export const base = (process.env.RUTINLOTS_URL ?? 'http://127.0.0.1:8080').replace(/\/$/u, '');
export const phone = { width: 360, height: 740 };
export const desk = { width: 1280, height: 800 };
export const medicine = 'Brukaren vägrar ta sin medicin, vad gör jag?';
export const silly = 'Vem vann melodifestivalen?';

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A fresh person: a context of its own and a page, with `notes` of what must not happen. */
export async function visit(browser, viewport, options = {}) {
  const touch = viewport.width < 600;
  const context = await browser.newContext({ viewport, hasTouch: touch, isMobile: touch, locale: 'sv-SE', timezoneId: 'Europe/Stockholm', serviceWorkers: 'block', ...options });
  context.setDefaultTimeout(Number(process.env.RUTINLOTS_PATIENCE ?? 30_000));
  const notes = { outside: [], console: [], errors: [] };
  await context.route((url) => url.origin !== new URL(base).origin, (route) => {
    notes.outside.push(route.request().url());
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.text().startsWith('Service Worker registration blocked')) return; // as asked for
    if (message.type() === 'error' || message.type() === 'warning') notes.console.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => notes.errors.push(String(error)));
  return { context, page, notes };
}

/** Waits until the page's script has taken hold. */
export const ready = (page) => page.waitForSelector('html[data-ready="1"]', { state: 'attached' });

export async function open(page, path) {
  const response = await page.goto(base + path);
  return response;
}

/** A quote as the API writes it, for states that the real server does not show on demand. */
export const madeUp = {
  number: 1,
  text: 'Kontakta sjuksköterska samma dag på 0980-31 92 21.',
  before: '',
  document: {
    id: 'pahittad', title: 'Påhittad rutin för tester', document_type: 'Rutin', owner: 'Enhetschef', collection: 'Test', case_number: 'SN 2025/1',
    standing: 'review_overdue', valid_from: '2024-01-01', valid_until: null, review_due: '2025-01-01', applies_to: null,
  },
  heading_path: ['1 Syfte'],
  page: 2,
  passage: 'p-1',
  span: { start: 0, end: 1 },
  url: '/dokument/pahittad?stycke=p-1&fran=0&till=1#traff',
};

export const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
export const stream = (...events) => ({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: events.join('') });
export const quotesEvent = (more = {}) => event('quotes', {
  question: 'fråga', outcome: 'answered', composing: true, generator: 'modell', quotes: [madeUp], refusal: null, ...more,
});
export const busy = {
  status: 503,
  headers: { 'content-type': 'application/json', 'retry-after': '2' },
  body: JSON.stringify({ error: { code: 'overloaded', message: 'Just nu är det många som frågar. Vänta lite.', retry_after: 2 } }),
};
