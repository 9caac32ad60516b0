// Pictures of every page and state: node screenshots.mjs FOLDER. The server's address is in RUTINLOTS_URL.
// THEMES=light,dark,contrast chooses; light and dark are the default.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { base, busy, desk, event, launch, madeUp, medicine, open, phone, quotesEvent, ready, silly, stream, visit } from './browser.mjs';

const folder = process.argv[2];
if (!folder) {
  console.error('Usage: node screenshots.mjs FOLDER');
  process.exit(2);
}
await mkdir(folder, { recursive: true });

const themes = (process.env.THEMES ?? 'light,dark').split(',');
const only = process.env.ONLY?.split(',');

async function askFor(page, question) {
  await open(page, '/');
  await ready(page);
  await page.fill('#q', question);
  await page.press('#q', 'Enter');
}
const answered = (page) => page.waitForSelector('.summary:not(.writing) .actions .button', { timeout: 180_000 });
const installed = async (page) => { await open(page, '/'); await ready(page); await page.waitForSelector('#nara-sparat:not([hidden])'); };
const pretend = (page, answer) => page.route('**/api/v1/ask', (route) => route.fulfill(answer));

const states = {
  start: async (page) => { await open(page, '/'); await ready(page); },
  searching: async (page) => { await page.route('**/api/v1/ask', () => {}); await askFor(page, medicine); await page.waitForSelector('#lage:not([hidden])'); },
  quotes: async (page) => { await askFor(page, medicine); await page.waitForSelector('.quote'); },
  answer: async (page) => { await askFor(page, medicine); await answered(page); },
  refusal: async (page) => { await askFor(page, silly); await page.waitForSelector('.refusal'); },
  danger: async (page) => { await askFor(page, 'Det brinner på avdelningen, tar vi hissen?'); await page.waitForSelector('.quote'); },
  'danger-search': async (page) => { await open(page, '/sok?q=kunden%20andas%20inte'); await ready(page); await page.waitForSelector('.danger'); },
  person: async (page) => { await askFor(page, 'Har Kalle fått sin insulin idag?'); await page.waitForSelector('.refusal'); },
  judgement: async (page) => { await askFor(page, 'Ska jag ge en extra tablett, hon har så ont?'); await page.waitForSelector('.refusal'); },
  overview: async (page) => { await askFor(page, 'läkemedel?'); await page.waitForSelector('.overview'); },
  disagreement: async (page) => { await askFor(page, 'Hur snabbt ska någon vara hos den boende när larmknappen trycks på natten?'); await page.waitForSelector('.quote'); },
  'composing-off': async (page) => {
    await pretend(page, stream(quotesEvent({ composing: false, generator: null }), event('done', { outcome: 'quotes_only', timings: {} })));
    await askFor(page, medicine); await answered(page);
  },
  busy: async (page) => { await pretend(page, busy); await askFor(page, medicine); await page.waitForSelector('.countdown'); },
  unreachable: async (page) => { await page.route('**/api/v1/ask', (route) => route.abort()); await askFor(page, medicine); await page.waitForSelector('.trouble'); },
  broken: async (page) => {
    await pretend(page, stream(quotesEvent(), event('token', { text: 'Ring sjuksköterskan samma dag på 0980-31 92 21.', citations: [1] })));
    await askFor(page, medicine); await page.waitForSelector('.trouble');
  },
  standings: async (page) => {
    const quotes = ['superseded', 'expired', 'upcoming', 'review_overdue', 'valid'].map((standing, index) => ({ ...madeUp, number: index + 1, ocr_confidence: index ? null : 0.93, document: { ...madeUp.document, standing, valid_until: '2024-12-31', review_due: '2026-12-31', valid_from: '2027-01-01' } }));
    await pretend(page, stream(quotesEvent({ quotes }), event('token', { text: 'Ring sjuksköterskan.', citations: [1, 2, 3, 4, 5] }), event('done', { outcome: 'answered', timings: {} })));
    await askFor(page, medicine); await answered(page); await page.click('.more summary');
  },
  'start-again': async (page) => { await askFor(page, medicine); await answered(page); await page.click('text=Ny fråga'); await page.evaluate(() => { document.documentElement.dataset.sett = '1'; }); },
  suggestions: async (page) => { await open(page, '/'); await ready(page); await page.locator('#q').pressSequentially('dödsf', { delay: 30 }); await page.waitForSelector('.suggestion'); await page.keyboard.press('ArrowDown'); },
  'larger-text': async (page) => { await page.addInitScript(() => localStorage.setItem('rutinlots.text', '2')); await askFor(page, medicine); await answered(page); },
  feedback: async (page) => { await askFor(page, silly); await page.click('.why > summary'); await page.check('input[name=gammalt]'); },
  thanks: async (page) => { await askFor(page, medicine); await answered(page); await page.click('.feedback button:has-text("Ja")'); await page.waitForSelector('.feedback-thanks'); },
  'offline-start': async (page) => { await installed(page); await page.context().setOffline(true); await open(page, '/'); await ready(page); },
  'offline-waiting': async (page) => { await installed(page); await page.context().setOffline(true); await page.fill('#q', medicine); await page.press('#q', 'Enter'); await page.waitForSelector('.trouble'); },
  'offline-answer': async (page) => { await installed(page); await askFor(page, medicine); await answered(page); await page.context().setOffline(true); await page.reload(); await page.waitForSelector('.kept-answer'); },
  'offline-routine': async (page) => { await installed(page); await page.context().setOffline(true); await page.click('.hand-list a'); await page.waitForURL(/\/dokument\//u); await ready(page); },
  'offline-page': async (page) => { await installed(page); await page.context().setOffline(true); await open(page, '/sok'); await ready(page); },
  'search-start': async (page) => { await open(page, '/sok'); await ready(page); },
  search: async (page) => { await open(page, '/sok'); await ready(page); await page.fill('#q', 'läkemedel'); await page.waitForSelector('.hit'); },
  'search-none': async (page) => { await open(page, '/sok'); await ready(page); await page.fill('#q', 'xyzzyplugh'); await page.waitForFunction(() => document.querySelector('#antal').textContent.startsWith('Inga')); },
  'search-narrowed': async (page) => { await open(page, `/sok?q=${encodeURIComponent('läkemedel')}&ordning=titel`); await ready(page); },
  hit: async (page) => { await open(page, '/sok?q=nyckel'); await ready(page); await page.click('.passage .place'); await page.waitForURL(/\/dokument\//u); await ready(page); await page.waitForTimeout(1800); },
  documents: async (page) => { await open(page, '/dokument'); await ready(page); },
  document: async (page) => { await open(page, '/dokument'); await page.click('.document-row a'); await ready(page); },
  passage: async (page) => { await askFor(page, medicine); await page.waitForSelector('.quote'); await page.click('.quote .source-title a'); await page.waitForSelector('#traff'); await ready(page); await page.waitForTimeout(1800); },
  superseded: async (page) => { await open(page, '/dokument/nyckelhantering-2022'); await ready(page); await page.click('.versions-fold summary'); },
  compare: async (page) => { await open(page, '/dokument/nyckelhantering/jamfor/nyckelhantering-2022'); },
  about: async (page) => { await open(page, '/om'); },
  'not-found': async (page) => { await open(page, '/finns-inte'); },
};

const browser = await launch();
let failed = 0;
for (const theme of themes) {
  for (const viewport of [phone, desk]) {
    for (const [name, reach] of Object.entries(states)) {
      if (only && !only.includes(name)) continue;
      const { context, page } = await visit(browser, viewport, {
        colorScheme: theme === 'dark' ? 'dark' : 'light',
        contrast: theme === 'contrast' ? 'more' : 'no-preference',
        deviceScaleFactor: 1,
        serviceWorkers: name.startsWith('offline') ? 'allow' : 'block',
      });
      const file = join(folder, `${name}-${viewport.width}-${theme}`);
      try {
        await reach(page);
        await page.waitForTimeout(350);
        await page.screenshot({ path: `${file}.png` });
        const long = await page.evaluate(() => document.documentElement.scrollHeight > innerHeight * 1.05);
        if (long) await page.screenshot({ path: `${file}-full.png`, fullPage: true });
      } catch (error) {
        failed += 1;
        console.error(`${file}: ${error.message}`);
      }
      await context.close();
    }
  }
}
await browser.close();
console.log(`Pictures of ${base} are in ${folder}${failed ? `; ${failed} states could not be reached` : ''}.`);
process.exit(failed ? 1 : 0);
