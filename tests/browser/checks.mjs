// What must hold on every page, in whatever state: nothing outside, nothing in the console, accessible, no sideways scroll.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { open, ready, visit } from './browser.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs a visit and then checks what must hold on every page: nothing outside, nothing in the console. */
export async function visiting(browser, viewport, options, steps) {
  const { context, page, notes } = await visit(browser, viewport, options);
  try {
    await steps(page, notes);
    assert.deepEqual(notes.outside, [], 'requests to other places');
    assert.deepEqual(notes.errors, [], 'errors in scripts');
    const expected = options.expected ?? [];
    assert.deepEqual(notes.console.filter((line) => !expected.some((one) => one.test(line))), [], 'console');
  } finally {
    await leave(context);
  }
}

/** How long a context may take to close. */
const CLOSING_MS = 10_000;

/**
 * Closes a context. Chromium sometimes never says that one with a service worker is closed, most often one that was
 * offline; the next visit has a context of its own, so nothing is lost by not waiting for it.
 */
async function leave(context) {
  const closing = context.setOffline(false).then(() => context.close()).catch(() => {});
  let timer;
  await Promise.race([closing, new Promise((resolve) => { timer = setTimeout(resolve, CLOSING_MS); })]);
  clearTimeout(timer);
}

/** axe-core runs in a world of its own, past the page's content security policy. */
export async function axe(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
    return result.value;
  };
  await run(`${axeSource}; true`);
  // What is still fading in has the contrast of a moment; endless animations are left alone.
  await run(`Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime < 5000)
    .map((one) => one.finished.catch(() => {}))).then(() => true)`);
  const violations = await run(`axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.map((one) =>
    one.id + ': ' + one.help + '\\n' + one.nodes.map((node) => '  ' + node.target.join(' ') + ' | ' + node.failureSummary.split('\\n').slice(1).join(' ')).join('\\n')))`);
  await session.detach();
  assert.deepEqual(violations, [], 'axe');
}

export async function noSidewaysScroll(page, widths = [360, 320]) {
  const usual = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 640 });
    const [inner, content] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
    assert.ok(content <= inner, `${content} px wide in a window of ${inner} px at ${page.url()}`);
    assert.ok(inner <= width, `the page made its window ${inner} px wide, of ${width}`);
  }
  await page.setViewportSize(usual);
}

/** Links and buttons that a thumb must hit; links in running text are exempt but those that have a larger hit area. */
export async function thumbSized(page) {
  const small = await page.evaluate(() => [...document.querySelectorAll('button, .button, .places a, .brand, .example, .back, summary, textarea, input, select, .tel, .chip, .hand, .suggestion')]
    .filter((node) => node.checkVisibility() && !node.closest('.contents-side'))
    .map((node) => (node.type === 'checkbox' ? node.closest('label') : node)) // the label is what is hit
    .map((node) => {
      const box = node.getBoundingClientRect();
      const more = getComputedStyle(node, '::after');
      const extra = more.content !== 'none' && more.position === 'absolute' ? [-parseFloat(more.top) - parseFloat(more.bottom), -parseFloat(more.left) - parseFloat(more.right)] : [0, 0];
      return { what: node.outerHTML.slice(0, 80), height: box.height + Math.max(0, extra[0]), width: box.width + Math.max(0, extra[1]) };
    })
    .filter(({ height, width }) => height < 43.5 || width < 43.5));
  assert.deepEqual(small, [], 'targets under 44 px');
}

export async function markInView(page) {
  await page.waitForFunction(() => {
    const mark = document.querySelector('mark#traff');
    if (!mark) return false;
    const box = mark.getClientRects()[0];
    const bar = document.querySelector('.reading-bar')?.getBoundingClientRect().bottom ?? 0;
    const nav = document.querySelector('.places').getBoundingClientRect();
    const floor = nav.top > innerHeight / 2 ? nav.top : innerHeight;
    return box.top >= bar - 1 && box.bottom <= floor + 1;
  });
}

export async function askFor(page, question) {
  await open(page, '/');
  await ready(page);
  await page.fill('#q', question);
  await page.press('#q', 'Enter');
}

/** All of what must hold for a page as it is now; `phone` asks for targets that a thumb can hit. */
export async function whole(page, phone) {
  await axe(page);
  await noSidewaysScroll(page);
  if (phone) await thumbSized(page);
}
