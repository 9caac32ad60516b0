// The pages in a real Chromium, on a phone and at a desk, against a running server: RUTINLOTS_URL=... node --test pages.test.mjs
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { base, busy, desk, event, launch, madeUp, medicine, open, phone, quotesEvent, ready, silly, stream, visit } from './browser.mjs';
import { askFor, axe, markInView, noSidewaysScroll, thumbSized, visiting as check } from './checks.mjs';

const COMPOSED = 180_000; // a model on two cores may need this long

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const visiting = (viewport, options, steps) => check(browser, viewport, options, steps);
const pretend = (page, answer) => page.route('**/api/v1/ask', (route) => route.fulfill(answer));
const failures = [/Failed to load resource/u];

for (const [name, viewport] of [['phone', phone], ['desk', desk]]) {
  describe(`on a ${name}`, () => {
    test('danger to life stands above the answer, can be tapped, and goes with the next question', async () => {
      await visiting(viewport, {}, async (page) => {
        await askFor(page, 'Det brinner på avdelningen, tar vi hissen?');
        await page.waitForSelector('.danger .call[href="tel:112"]');
        await page.waitForSelector('.quote, .refusal');
        const [box, first] = await page.evaluate(() => ['.danger', '#svar'].map((one) => document.querySelector(one).getBoundingClientRect().top));
        assert.ok(box < first);
        const call = await page.locator('.call').first().boundingBox();
        assert.ok(call.height >= 56, `${call.height} px`);
        await axe(page);
        await noSidewaysScroll(page);
        await page.reload();
        await ready(page);
        assert.equal(await page.locator('.danger').count(), 1);
        await page.fill('#q', silly);
        await page.press('#q', 'Enter');
        await page.waitForSelector('.refusal');
        assert.equal(await page.locator('.danger').count(), 0);
        await open(page, '/sok');
        await ready(page);
        await page.fill('#q', 'kunden andas inte');
        await page.waitForSelector('.danger .call[href="tel:112"]');
        const hits = () => page.waitForSelector('#bord:not([aria-busy]) .hit');
        await hits();
        await page.evaluate(() => { document.querySelector('.danger').dataset.same = 'yes'; });
        const further = page.waitForResponse((response) => response.url().includes('alls'));
        await page.fill('#q', 'kunden andas inte alls');
        await further;
        await hits();
        assert.equal(await page.locator('[role="alert"] > .danger[data-same="yes"]').count(), 1, 'the box stays, so that it is read out once');
        await page.fill('#q', 'läkemedel');
        await page.waitForFunction(() => !document.querySelector('.danger'));
      });
    });

    test('a subject alone gives sections to choose from, and back shows them again', async () => {
      await visiting(viewport, {}, async (page) => {
        await askFor(page, 'läkemedel?');
        await page.waitForSelector('.overview .example');
        await axe(page);
        await noSidewaysScroll(page);
        await page.click('.overview .example');
        await page.waitForSelector('.sheet');
        await page.goBack();
        await page.waitForSelector('.overview .example');
      });
    });

    test('a question gives quotes first, then a composed answer, and a way into the routine and back', async () => {
      await visiting(viewport, {}, async (page) => {
        await open(page, '/');
        await ready(page);
        await axe(page);
        await noSidewaysScroll(page);
        if (name === 'phone') await thumbSized(page);
        // Notes in which order things appear.
        await page.evaluate(() => {
          window.order = [];
          new MutationObserver(() => {
            if (document.querySelector('.quote') && !order.includes('quote')) order.push('quote');
            if (document.querySelector('.sentence') && !order.includes('sentence')) order.push('sentence');
            if (document.querySelector('.summary:not(.writing) .actions .button:not(.stop)') && !order.includes('done')) order.push('done');
          }).observe(document.body, { subtree: true, childList: true, attributes: true });
        });
        await page.fill('#q', medicine);
        await page.press('#q', 'Enter');
        await page.waitForSelector('.quote .words');
        const writing = await page.evaluate(() => Boolean(document.querySelector('.summary.writing')));
        if (writing) {
          await page.waitForSelector('.summary .stop');
          await axe(page);
        }
        assert.equal(new URL(page.url()).searchParams.get('q'), medicine);
        assert.ok((await page.textContent('.quote.lit .words')).trim().length > 10);
        await page.waitForSelector('.summary:not(.writing) .actions .button:not(.stop)', { timeout: COMPOSED });
        const order = await page.evaluate(() => window.order);
        assert.equal(order[0], 'quote');
        assert.equal(order.at(-1), 'done');
        if (order.includes('sentence')) {
          assert.match(await page.textContent('.ai-notice'), /skriven av AI och kan innehålla fel/u);
          const chips = await page.$$eval('.sentence .chip', (all) => all.map((one) => one.getAttribute('href')));
          assert.ok(chips.length > 0, 'a composed sentence has a source');
          assert.ok(chips.every((href) => href.startsWith('/dokument/')), String(chips));
        }
        await axe(page);
        await noSidewaysScroll(page);
        if (name === 'phone') await thumbSized(page);

        const before = await page.evaluate(() => [...document.querySelectorAll('.quote .words, .sentence')].map((node) => node.textContent));
        let asked = 0;
        page.on('request', (request) => { if (request.url().endsWith('/api/v1/ask')) asked += 1; });
        await page.click('.quote.lit .source-title a', { position: { x: 4, y: 4 } });
        await page.waitForURL(/\/dokument\//u);
        await ready(page);
        await markInView(page);
        assert.ok(await page.$('.reading-bar .badge'));
        await axe(page);
        await noSidewaysScroll(page);
        if (name === 'phone') await thumbSized(page);

        await page.click('#tillbaka');
        await page.waitForSelector('.quote .words');
        assert.equal(new URL(page.url()).searchParams.get('q'), medicine);
        assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.quote .words, .sentence')].map((node) => node.textContent)), before);
        assert.equal(asked, 0, 'going back asks nothing again');

        await page.goBack();
        await page.waitForSelector('#start:not([hidden])');
        assert.equal(await page.inputValue('#q'), '');
        await page.goForward();
        await page.waitForSelector('.quote .words');
      });
    });

    test('the whole card opens the routine', async () => {
      await visiting(viewport, {}, async (page) => {
        await askFor(page, medicine);
        await page.waitForSelector('.quote.lit');
        // A long quote is taller than a phone's window: the click must scroll to its place first.
        const card = page.locator('.quote.lit');
        const box = await card.boundingBox();
        await card.click({ position: { x: box.width - 12, y: 12 } });
        await page.waitForURL(/\/dokument\/.*#traff$/u);
        await markInView(page);
      });
    });

    test('an example is a question, and a question survives a reload', async () => {
      await visiting(viewport, {}, async (page) => {
        await open(page, '/');
        await ready(page);
        const examples = page.locator('a.example');
        assert.equal(await examples.count(), 4);
        const text = (await examples.first().textContent()).trim();
        await examples.first().click();
        await page.waitForSelector('.quote, .refusal');
        assert.equal(await page.inputValue('#q'), text);
        await page.reload();
        await page.waitForSelector('.quote, .refusal', { timeout: COMPOSED });
        assert.equal(await page.inputValue('#q'), text);
      });
    });

    test('a question outside the routines gets a calm no', async () => {
      await visiting(viewport, {}, async (page) => {
        await askFor(page, silly);
        await page.waitForSelector('.refusal');
        assert.ok((await page.textContent('.refusal h2')).trim().length > 10);
        assert.equal(await page.locator('.sentence').count(), 0);
        await axe(page);
        await noSidewaysScroll(page);
        if (name === 'phone') await thumbSized(page);
      });
    });

    test('search finds while one types, groups by document and marks the words', async () => {
      await visiting(viewport, {}, async (page) => {
        await open(page, '/sok');
        await ready(page);
        await axe(page);
        await page.locator('#q').pressSequentially('nyckel', { delay: 30 });
        await page.waitForSelector('.hit mark');
        assert.equal(new URL(page.url()).searchParams.get('q'), 'nyckel');
        const ids = await page.$$eval('.hit-title a', (all) => all.map((one) => one.getAttribute('href')));
        assert.equal(new Set(ids).size, ids.length, 'a document stands once');
        assert.ok(await page.locator('.hit .badge').count() >= ids.length);
        await axe(page);
        await noSidewaysScroll(page);
        if (name === 'phone') await thumbSized(page);
        await page.click('.passage .place');
        await page.waitForURL(/\/dokument\//u);
        await ready(page);
        await markInView(page);
        await page.click('#tillbaka');
        await page.waitForURL(/\/sok\?q=nyckel/u);
        await page.waitForSelector('.hit mark');
      });
    });

    test('every other page is whole', async () => {
      await visiting(viewport, { expected: [/404/u] }, async (page) => {
        for (const path of ['/dokument', '/om']) {
          assert.equal((await open(page, path)).status(), 200, path);
          assert.equal(await page.locator('h1').count(), 1);
          await axe(page);
          await noSidewaysScroll(page);
          if (name === 'phone') await thumbSized(page);
        }
        await open(page, '/dokument');
        await ready(page);
        const title = await page.textContent('.document-row a');
        await page.fill('#filter', title);
        await page.waitForFunction(() => document.querySelector('#antal').textContent.startsWith('Visar'));
        await page.click('.document-row:not([hidden]) a');
        await ready(page);
        assert.equal((await page.textContent('h1')).trim(), title.trim());
        const file = await page.getAttribute('.sheet-head a[href*="/original"]', 'href');
        assert.equal((await page.request.get(base + file)).status(), 200);
        assert.equal((await open(page, '/finns-inte')).status(), 404);
        await axe(page);
        await noSidewaysScroll(page);
      });
    });

    test('a superseded version leads to the one that counts, and the two can be compared', async () => {
      await visiting(viewport, {}, async (page) => {
        const whole = async () => {
          await axe(page);
          await noSidewaysScroll(page);
          if (name === 'phone') await thumbSized(page);
        };
        await open(page, '/dokument/nyckelhantering-2022');
        await ready(page);
        assert.match(await page.textContent('.warning'), /Ersatt av .* sedan 1\sapril\s2025/u);
        await whole();
        await page.click('.warning a');
        await page.waitForURL(/\/dokument\/nyckelhantering$/u);
        await page.click('.versions-fold summary');
        assert.match(await page.textContent('.versions-fold summary'), /Tidigare versioner/u);
        await whole();
        await page.click('.versions .button');
        await page.waitForURL(/\/jamfor\/nyckelhantering-2022$/u);
        assert.ok((await page.locator('.change.added').count()) > 0);
        assert.ok((await page.locator('.change.removed').count()) > 0);
        await whole();
      });
    });

    test('every document can be read at every width', { timeout: 300_000 }, async () => {
      await visiting(viewport, {}, async (page) => {
        await open(page, '/dokument');
        const links = await page.$$eval('.document-row a', (all) => all.map((one) => one.getAttribute('href')));
        assert.ok(links.length > 0);
        for (const link of links) {
          await open(page, link);
          await noSidewaysScroll(page, [320]);
          await axe(page);
        }
      });
    });

    test('everything works without JavaScript', async () => {
      await visiting(viewport, { javaScriptEnabled: false }, async (page) => {
        await open(page, '/');
        await page.fill('#q', medicine);
        await page.click('.send');
        await page.waitForSelector('.quote .words', { timeout: COMPOSED });
        assert.equal(new URL(page.url()).searchParams.get('q'), medicine);
        assert.equal(await page.inputValue('#q'), medicine);
        await page.click('.quote.lit .source-title a');
        await page.waitForURL(/\/dokument\//u);
        assert.ok(await page.locator('mark#traff').isVisible());
        assert.ok((await page.locator('mark#traff').boundingBox()).y < viewport.height);
        await page.click('#tillbaka');
        await page.waitForURL(/\/\?q=/u, { timeout: COMPOSED });

        await open(page, `/?q=${encodeURIComponent(silly)}`);
        assert.ok(await page.locator('.refusal').isVisible());
        await open(page, '/sok');
        await page.fill('#q', 'nyckel');
        await page.click('.send');
        await page.waitForSelector('.hit mark');
      });
    });

    test('a dark page is as readable', async () => {
      await visiting(viewport, { colorScheme: 'dark' }, async (page) => {
        await askFor(page, medicine);
        await page.waitForSelector('.quote');
        await axe(page);
        await page.click('.quote.lit .source-title a');
        await page.waitForSelector('mark#traff');
        await axe(page);
        for (const path of ['/', '/sok?q=nyckel', '/dokument', '/om']) {
          await open(page, path);
          await axe(page);
        }
      });
    });
  });
}

describe('when things go wrong', () => {
  test('a full house counts down and asks again by itself', async () => {
    await visiting(phone, { expected: failures }, async (page) => {
      let calls = 0;
      await page.route('**/api/v1/ask', (route) => {
        calls += 1;
        return route.fulfill(calls === 1 ? busy : stream(quotesEvent(), event('done', { outcome: 'quotes_only', timings: {} })));
      });
      await askFor(page, medicine);
      assert.match(await page.textContent('.countdown'), /Försöker igen om \d sekund/u);
      assert.match(await page.textContent('.trouble-message'), /många som frågar/u);
      await axe(page);
      await page.waitForSelector('.quote');
      assert.equal(calls, 2);
    });
  });

  test('a connection lost in mid-answer keeps the quotes and says so', async () => {
    await visiting(phone, {}, async (page) => {
      await pretend(page, stream(quotesEvent(), event('token', { text: 'Ring sjuksköterskan samma dag.', citations: [1] })));
      await askFor(page, medicine);
      await page.waitForSelector('.trouble');
      assert.equal(await page.locator('.quote').count(), 1);
      assert.match(await page.textContent('.trouble-message'), /bröts/u);
      await axe(page);
      await page.unroute('**/api/v1/ask');
      await pretend(page, stream(quotesEvent(), event('done', { outcome: 'quotes_only', timings: {} })));
      await page.click('.trouble button');
      await page.waitForSelector('.quiet-notice');
      assert.equal(await page.locator('.trouble').count(), 0);
    });
  });

  test('an error event is shown in its own words', async () => {
    await visiting(phone, {}, async (page) => {
      await pretend(page, stream(quotesEvent(), event('error', { message: 'Modellen svarar inte.', retry_after: null })));
      await askFor(page, medicine);
      await page.waitForSelector('.trouble');
      assert.match(await page.textContent('.trouble-message'), /Modellen svarar inte/u);
    });
  });

  test('the answer can be stopped', async () => {
    await visiting(phone, {}, async (page) => {
      await page.route('**/api/v1/ask', () => {});
      await askFor(page, medicine);
      await page.click('.stop');
      await page.waitForSelector('.quiet-notice');
      assert.equal(await page.locator('#lage').isVisible(), false);
    });
  });

  test('composing turned off is said', async () => {
    await visiting(phone, {}, async (page) => {
      await pretend(page, stream(quotesEvent({ composing: false, generator: null }), event('done', { outcome: 'quotes_only', timings: {} })));
      await askFor(page, medicine);
      await page.waitForSelector('.quiet-notice');
      assert.equal(await page.textContent('.quiet-notice'), 'Sammanställda svar är avstängda. Du ser citat ur rutinerna.');
    });
  });
});

describe('what documents and people write', () => {
  test('is never taken for markup', async () => {
    const bad = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
    await visiting(phone, {}, async (page) => {
      await pretend(page, stream(
        quotesEvent({ quotes: [{ ...madeUp, text: bad, before: bad, heading_path: [bad], url: 'javascript:alert(1)', document: { ...madeUp.document, title: bad, owner: bad } }] }),
        event('token', { text: bad, citations: [1] }),
        event('done', { outcome: 'answered', timings: {} }),
      ));
      await askFor(page, bad);
      await page.waitForSelector('.summary:not(.writing) .sentence');
      assert.equal(await page.locator('#svar img, #svar script').count(), 0);
      assert.equal(await page.getAttribute('.source-title a', 'href'), '#');
      assert.doesNotMatch(await page.title(), /^taken/u);
      await page.unroute('**/api/v1/ask');
      await open(page, `/sok?q=${encodeURIComponent(bad)}`);
      assert.equal(await page.inputValue('#q'), bad);
      assert.equal(await page.locator('main img, main script').count(), 0);
    });
    await visiting(phone, { javaScriptEnabled: false }, async (page) => {
      await open(page, `/?q=${encodeURIComponent(bad)}`);
      assert.equal(await page.locator('main img, main script').count(), 0);
    });
  });

  test('phone numbers can be called, other numbers cannot', async () => {
    await visiting(phone, {}, async (page) => {
      const text = 'Ring 0980-31 92 21, 070-123 45 67, 112 eller 1177. Ärende SN 2025/0134 den 2025-04-01, 112 kronor, § 112.';
      await pretend(page, stream(quotesEvent({ quotes: [{ ...madeUp, text }] }), event('done', { outcome: 'quotes_only', timings: {} })));
      await askFor(page, medicine);
      await page.waitForSelector('.quote');
      assert.deepEqual(await page.$$eval('.quote .tel', (all) => all.map((one) => one.getAttribute('href'))), ['tel:0980319221', 'tel:0701234567', 'tel:112', 'tel:1177']);
      assert.equal(await page.textContent('.quote .words'), text, 'the quote stands exactly');
    });
  });

  test('an answer can be copied with its sources', async () => {
    await visiting(phone, { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await pretend(page, stream(quotesEvent(), event('token', { text: 'Ring sjuksköterskan.', citations: [1] }), event('done', { outcome: 'answered', timings: {} })));
      await askFor(page, medicine);
      await page.click('.summary:not(.writing) .actions button:has-text("Kopiera")');
      await page.waitForSelector('text=Kopierat');
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /Ring sjuksköterskan\. \[1\]/u);
      assert.match(copied, /\[1\] ”Kontakta sjuksköterska samma dag på 0980-31 92 21\.”/u);
      assert.ok(copied.includes(`${base}/dokument/pahittad`));
    });
  });
});

describe('the first load', () => {
  test('is under 150 kB and all from here', async () => {
    await visiting(phone, {}, async (page) => {
      let bytes = 0;
      const bodies = [];
      page.on('response', (response) => bodies.push(response.body().then((body) => { bytes += body.length; })));
      await open(page, '/');
      await ready(page);
      await page.waitForLoadState('networkidle');
      await Promise.all(bodies);
      assert.ok(bytes < 150_000, `${bytes} bytes`);
    });
  });

  test('can be used with the keyboard alone', async () => {
    await visiting(desk, {}, async (page) => {
      await open(page, '/om');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'innehall');
      await open(page, '/');
      await ready(page);
      await page.focus('#q');
      await page.keyboard.type(medicine);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.quote');
      await page.focus('.quote.lit .source-title a');
      const ring = await page.evaluate(() => getComputedStyle(document.querySelector('.quote.lit')).outlineStyle);
      assert.equal(ring, 'solid');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/dokument\//u);
    });
  });
});
