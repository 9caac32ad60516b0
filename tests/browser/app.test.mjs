// The app on the phone: kept pages, waiting questions, what is forgotten, and what can be done with an answer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { base, event, launch, madeUp, medicine, open, phone, desk, quotesEvent, ready, silly, stream } from './browser.mjs';
import { askFor, noSidewaysScroll, visiting as check, whole } from './checks.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const visiting = (viewport, options, steps) => check(browser, viewport, options, steps);
const app = { serviceWorkers: 'allow', expected: [/Failed to load resource/u, /Failed to fetch/u] };
const pretend = (page, answer) => page.route('**/api/v1/ask', (route) => route.fulfill(answer));
const answered = (page) => page.waitForSelector('#efter:not([hidden])', { timeout: 180_000 });

/** Opens the start page and waits until it and the routines at hand are kept. */
async function installed(page) {
  await open(page, '/');
  await ready(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.waitForSelector('#nara-sparat:not([hidden])');
}

/** Moves the clocks of what is kept back by some hours, as if the shift had gone on. */
const grow = (page, hours) => page.evaluate(async (ms) => {
  const memory = JSON.parse(localStorage.getItem('rutinlots.minne') ?? '{"answers":[],"waiting":[]}');
  for (const one of [...memory.answers, ...memory.waiting]) one.at -= ms;
  localStorage.setItem('rutinlots.minne', JSON.stringify(memory));
  const cache = await caches.open('rutinlots-sparat');
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    const headers = new Headers(response.headers);
    headers.set('x-sparad', new Date(Date.parse(headers.get('x-sparad')) - ms).toISOString());
    await cache.put(request, new Response(await response.blob(), { headers }));
  }
}, hours * 3_600_000);

describe('without coverage', () => {
  test('the app can be installed: manifest, icons and a service worker over all pages', async () => {
    await visiting(phone, app, async (page) => {
      await open(page, '/');
      const address = await page.getAttribute('link[rel=manifest]', 'href');
      const response = await page.request.get(base + address);
      assert.match(response.headers()['content-type'], /manifest\+json/u);
      const manifest = await response.json();
      assert.equal(manifest.start_url, '/');
      assert.equal(manifest.display, 'standalone');
      for (const icon of manifest.icons) {
        const file = await page.request.get(base + icon.src);
        assert.equal(file.status(), 200, icon.src);
        assert.equal(file.headers()['content-type'], icon.type);
      }
      const scope = await page.evaluate(() => navigator.serviceWorker.ready.then((one) => new URL(one.scope).pathname));
      assert.equal(scope, '/');
      const session = await page.context().newCDPSession(page);
      const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
      const real = installabilityErrors.map((one) => one.errorId).filter((id) => id !== 'in-incognito');
      assert.deepEqual(real, []);
    });
  });

  test('the ask page, the routines at hand and the own answers open, with validity and time', async () => {
    await visiting(phone, app, async (page) => {
      await installed(page);
      await page.fill('#q', medicine);
      await page.press('#q', 'Enter');
      await answered(page);
      const words = await page.textContent('.quote.lit .words');
      await page.context().setOffline(true);

      await open(page, '/');
      await ready(page);
      assert.match(await page.textContent('#tackning'), /Ingen kontakt/u);
      await whole(page, true);
      assert.equal((await page.textContent('#senaste a')).trim(), medicine);

      for (const name of ['Dödsfall', 'Fall', 'Brand hemma hos någon', 'Utebliven medicin']) {
        await open(page, '/');
        await ready(page);
        await page.click(`.hand-list a:text-is("${name}"), .hand-list a:has(span:text-is("${name}"))`);
        await page.waitForURL(/\/dokument\//u);
        await ready(page);
        assert.match(await page.textContent('#tackning'), /Sparad kopia, hämtad \d\d\.\d\d/u, name);
        assert.match(await page.textContent('.sheet-head'), /Gäller|Skulle ha reviderats/u, name);
        assert.ok((await page.textContent('.sheet')).length > 500, name);
      }
      await whole(page, true);

      await open(page, '/');
      await ready(page);
      await page.click('#senaste a');
      await page.waitForSelector('.quote.lit');
      assert.equal(await page.textContent('.quote.lit .words'), words);
      assert.match(await page.textContent('.trouble-message'), /sparat på enheten/u);
      await whole(page, true);

      await open(page, '/sok');
      await ready(page);
      assert.match(await page.textContent('h1'), /Ingen kontakt/u);
      assert.ok(await page.locator('#sparat li').count() >= 5);
      await whole(page, true);
    });
  });

  test('a question waits, says so, and is asked when coverage is back', async () => {
    await visiting(phone, app, async (page) => {
      await installed(page);
      await page.context().setOffline(true);
      await page.fill('#q', medicine);
      await page.press('#q', 'Enter');
      await page.waitForSelector('.trouble');
      assert.match(await page.textContent('.trouble-message'), /väntar/u);
      assert.ok(await page.locator('#svar .hand').count() > 3, 'what can be read meanwhile');
      await whole(page, true);
      await page.context().setOffline(false);
      await page.waitForSelector('.quote.lit', { timeout: 60_000 });
      assert.equal(await page.locator('.trouble').count(), 0);
    });
  });

  test('a question that waits survives that the app is closed, and can be taken back', async () => {
    await visiting(phone, app, async (page) => {
      await installed(page);
      await page.context().setOffline(true);
      for (const question of ['Vad gör jag om någon har ramlat?', medicine]) {
        await page.fill('#q', question);
        await page.press('#q', 'Enter');
        await page.waitForSelector('.trouble');
      }
      await page.click('text=Ta bort frågan');
      await page.waitForSelector('#vantar:not([hidden])');
      assert.deepEqual(await page.$$eval('#vantar a', (all) => all.map((one) => one.textContent.trim())), ['Vad gör jag om någon har ramlat?']);
      await whole(page, true);
      await page.goto('about:blank');
      await page.context().setOffline(false);
      await open(page, '/');
      await page.waitForSelector('.quote, .refusal', { timeout: 60_000 });
      assert.equal(await page.inputValue('#q'), 'Vad gör jag om någon har ramlat?');
    });
  });

  test('nothing that is kept outlives a shift', async () => {
    await visiting(phone, app, async (page) => {
      await installed(page);
      await page.fill('#q', medicine);
      await page.press('#q', 'Enter');
      await answered(page);
      await grow(page, 7);
      await page.context().setOffline(true);
      await open(page, '/');
      await ready(page);
      assert.equal(await page.locator('#senaste a').count(), 1, 'after seven hours it is there');
      await grow(page, 1.1);
      await open(page, '/');
      await ready(page);
      assert.equal(await page.locator('#senaste a').count(), 0);
      assert.equal(await page.evaluate(() => localStorage.getItem('rutinlots.minne')), null);
      await page.click('.hand-list a');
      await page.waitForSelector('h1:has-text("Ingen kontakt")');
    });
  });

  test('"Rensa" forgets questions, answers and routines at once', async () => {
    await visiting(phone, app, async (page) => {
      await installed(page);
      await page.fill('#q', medicine);
      await page.press('#q', 'Enter');
      await answered(page);
      await page.click('text=Ny fråga');
      await page.waitForSelector('#senaste a');
      await whole(page, true);
      await page.click('#senaste [data-rensa]');
      await page.waitForSelector('#senaste', { state: 'hidden' });
      await page.waitForFunction(async () => !(await caches.has('rutinlots-sparat')));
      assert.equal(await page.evaluate(() => localStorage.getItem('rutinlots.minne')), null);
      await open(page, '/om');
      await ready(page);
      assert.ok(await page.locator('[data-rensa]').isVisible());
    });
  });

  test('a page that comes slowly is shown from the copy', async () => {
    await visiting(phone, app, async (page) => {
      await installed(page);
      await open(page, '/');
      await ready(page);
      const times = await page.evaluate(async () => {
        const begun = performance.now();
        await (await fetch('/static/style.css' + document.querySelector('link[rel=stylesheet]').href.replace(/.*\?/u, '?'))).text();
        return performance.now() - begun;
      });
      assert.ok(times < 200, `${times} ms for a kept asset`);
    });
  });
});

describe('before the first question and at every answer', () => {
  test('it is said that AI makes the answers, until it has been read', async () => {
    await visiting(phone, {}, async (page) => {
      await open(page, '/');
      await ready(page);
      assert.match(await page.textContent('#forsta-gangen'), /AI och kan innehålla fel/u);
      await whole(page, true);
      await page.click('#jag-forstar');
      await open(page, '/');
      await ready(page);
      assert.equal(await page.locator('#forsta-gangen').isVisible(), false);
      assert.ok(await page.locator('.notice-line').isVisible());
      for (const question of [medicine, silly]) {
        await askFor(page, question);
        await answered(page);
        assert.ok(await page.locator('.ai-notice:visible, .ai-check:visible').count() > 0, question);
      }
    });
    await visiting(phone, { javaScriptEnabled: false }, async (page) => {
      await open(page, '/');
      assert.ok(await page.locator('#forsta-gangen').isVisible());
      await open(page, `/?q=${encodeURIComponent(medicine)}`);
      assert.ok(await page.locator('.ai-notice:visible, .ai-check:visible').count() > 0);
    });
  });
});

describe('what can be done with an answer', () => {
  const settled = stream(quotesEvent(), event('token', { text: 'Ring sjuksköterskan.', citations: [1] }), event('citations', { text: '', sentences: [{ text: 'Ring sjuksköterskan.', citations: [1], status: 'supported' }] }), event('done', { outcome: 'answered', timings: {} }));

  test('its address can be shared', async () => {
    await visiting(phone, { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await pretend(page, settled);
      await page.addInitScript(() => { navigator.share = undefined; });
      await askFor(page, medicine);
      await page.click('.actions button:has-text("Dela länk")');
      await page.waitForSelector('text=Länken är kopierad');
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${base}/?q=${encodeURIComponent(medicine)}`);
    });
  });

  test('it is read aloud by a voice of the device, and there is no button without one', async () => {
    const voices = (list) => {
      window.spoken = [];
      class Utterance { constructor(text) { this.text = text; } }
      Object.defineProperty(window, 'SpeechSynthesisUtterance', { value: Utterance });
      Object.defineProperty(window, 'speechSynthesis', { value: {
        getVoices: () => list, addEventListener() {}, cancel() {},
        speak(one) { window.spoken.push({ text: one.text, voice: one.voice.name }); },
      } });
    };
    for (const list of [[], [{ name: 'nät', lang: 'sv-SE', localService: false }], [{ name: 'annat', lang: 'en-US', localService: true }]]) {
      await visiting(phone, {}, async (page) => {
        await page.addInitScript(voices, list);
        await pretend(page, settled);
        await askFor(page, medicine);
        await page.waitForSelector('.actions button:has-text("Kopiera")');
        assert.equal(await page.locator('button:has-text("Läs upp")').isVisible(), false, JSON.stringify(list));
      });
    }
    await visiting(phone, {}, async (page) => {
      await page.addInitScript(voices, [{ name: 'nät', lang: 'sv-SE', localService: false }, { name: 'egen', lang: 'sv-SE', localService: true }]);
      await pretend(page, settled);
      await askFor(page, medicine);
      await page.click('button:has-text("Läs upp")');
      await whole(page, true);
      const spoken = await page.evaluate(() => window.spoken);
      assert.ok(spoken.every((one) => one.voice === 'egen'));
      const text = spoken.map((one) => one.text).join(' ');
      assert.ok(text.includes(madeUp.text) && text.includes('Ring sjuksköterskan.'), text);
      assert.doesNotMatch(text, /\[1\]/u);
      await page.click('button:has-text("Sluta läsa")');
      await page.waitForSelector('button:has-text("Läs upp")');
    });
  });

  test('every quote says with words and colour whether its routine may be followed', async () => {
    await visiting(phone, {}, async (page) => {
      const standings = { valid: 'Gäller', review_overdue: 'Skulle ha reviderats', expired: 'Upphävd' };
      const quotes = Object.keys(standings).map((standing, index) => ({ ...madeUp, number: index + 1, document: { ...madeUp.document, standing } }));
      await pretend(page, stream(quotesEvent({ quotes }), event('done', { outcome: 'quotes_only', timings: {} })));
      await askFor(page, medicine);
      await page.waitForSelector('.quote');
      const badges = await page.$$eval('.quote .badge', (all) => all.map((one) => [one.firstChild.textContent.trim(), getComputedStyle(one).backgroundColor]));
      assert.deepEqual(badges.map(([text]) => text), Object.values(standings));
      assert.equal(new Set(badges.map(([, colour]) => colour)).size, 3);
    });
  });

  test('text can be made larger, and stays so, and still fits', async () => {
    for (const viewport of [phone, desk]) {
      await visiting(viewport, {}, async (page) => {
        await pretend(page, settled);
        await askFor(page, medicine);
        await page.waitForSelector('.quote');
        const height = () => page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('.quote .words')).fontSize));
        const before = await height();
        await page.click('#textstorlek');
        await page.click('#textstorlek');
        assert.ok(await height() >= before * 1.4);
        await noSidewaysScroll(page);
        await whole(page, viewport === phone);
        for (const path of ['/', '/sok?q=nyckel', '/dokument', '/dokument/dodsfall', '/om']) {
          await open(page, path);
          await ready(page);
          assert.equal(await page.evaluate(() => document.documentElement.dataset.text), '2');
          await noSidewaysScroll(page);
        }
        await page.click('#textstorlek');
        assert.equal(await page.evaluate(() => document.documentElement.dataset.text), '0');
      });
    }
  });

  test('thumbs up and down reach the maintainers, also without JavaScript', async () => {
    for (const viewport of [phone, desk]) {
      await visiting(viewport, {}, async (page) => {
        await askFor(page, medicine);
        await answered(page);
        await page.click('.feedback button:has-text("Ja")');
        await page.waitForSelector('.feedback-thanks');
        await whole(page, viewport === phone);

        await askFor(page, silly);
        await answered(page);
        await page.click('.why > summary');
        assert.match(await page.textContent('.feedback'), /Skriv inte namn, personnummer/u);
        await whole(page, viewport === phone);
        await page.check('input[name=gammalt]');
        await page.check('input[name=kalla]');
        await page.fill('#kommentar', 'Numret är bytt');
        const sent = page.waitForRequest('**/aterkoppling');
        await page.click('.why button:has-text("Skicka")');
        const fields = new URLSearchParams((await sent).postData());
        assert.equal(fields.get('fraga'), silly);
        assert.equal(fields.get('hjalpte'), 'nej');
        assert.deepEqual([fields.get('gammalt'), fields.get('kalla'), fields.get('fel')], ['1', '1', null]);
        assert.ok(fields.get('visat').includes((await page.textContent('.refusal h2')).trim()));
        await page.waitForSelector('.feedback-thanks');
      });
    }
    await visiting(phone, { javaScriptEnabled: false }, async (page) => {
      await open(page, `/?q=${encodeURIComponent(medicine)}`);
      const words = (await page.textContent('.quote.lit .words')).trim();
      assert.ok((await page.locator('textarea[name=visat]').inputValue()).includes(words.slice(0, 30)));
      await page.click('.why > summary');
      await page.check('input[name=fel]');
      await page.click('.why button:has-text("Skicka")');
      await page.waitForSelector('h1:has-text("Tack")');
      await page.click('text=Till svaret');
      await page.waitForSelector('.quote');
    });
  });

  test('a report that cannot be sent is not lost', async () => {
    await visiting(phone, { expected: [/Failed to load resource/u] }, async (page) => {
      await pretend(page, settled);
      await page.route('**/aterkoppling', (route) => route.fulfill({ status: 500, body: '' }));
      await askFor(page, medicine);
      await answered(page);
      await page.click('.why > summary');
      await page.fill('#kommentar', 'Numret är bytt');
      await page.click('.why button:has-text("Skicka")');
      await page.waitForSelector('.feedback-trouble');
      assert.equal(await page.inputValue('#kommentar'), 'Numret är bytt');
      await whole(page, true);
    });
  });
});

describe('suggestions while typing', () => {
  for (const [name, viewport] of [['phone', phone], ['desk', desk]]) {
    test(`open a routine at a heading with the keyboard alone, on a ${name}`, async () => {
      await visiting(viewport, {}, async (page) => {
        await open(page, '/');
        await ready(page);
        await page.locator('#q').pressSequentially('dods', { delay: 30 });
        await page.waitForSelector('.suggestion');
        await whole(page, name === 'phone');
        assert.match((await page.$$eval('.suggestion-text', (all) => all.map((one) => one.textContent))).join('\n'), /dödsfall/iu);
        await page.keyboard.press('ArrowDown');
        const active = await page.getAttribute('#q', 'aria-activedescendant');
        assert.equal(await page.getAttribute(`#${active}`, 'aria-selected'), 'true');
        await whole(page, name === 'phone');
        await page.keyboard.press('Escape');
        assert.equal(await page.locator('.suggestion').count(), 0);
        assert.equal(await page.inputValue('#q'), 'dods');
        await page.locator('#q').pressSequentially('f', { delay: 30 });
        await page.waitForSelector('.suggestion');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/dokument\//u);
      });
    });
  }

  test('bring back earlier questions of this device, and asking without choosing asks what was typed', async () => {
    await visiting(phone, {}, async (page) => {
      await askFor(page, medicine);
      await answered(page);
      await page.click('text=Ny fråga');
      await page.locator('#q').pressSequentially('vägrar', { delay: 30 });
      await page.waitForSelector('.suggestion');
      assert.match(await page.textContent('.suggestion'), /Brukaren vägrar/u);
      await page.tap('.suggestion');
      await page.waitForSelector('.quote');
      assert.equal(await page.inputValue('#q'), medicine);
      await page.click('text=Ny fråga');
      await page.locator('#q').pressSequentially('nyckel', { delay: 30 });
      await page.waitForSelector('.suggestion');
      await page.keyboard.press('Enter');
      // A subject alone is answered with sections to choose from.
      await page.waitForSelector('.overview, .quote, .refusal');
      assert.equal(new URL(page.url()).searchParams.get('q'), 'nyckel');
    });
  });
});
