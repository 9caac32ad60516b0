// A document: the way back keeps the answer as it was, and a reference can be copied.

const { find, wireCopy, words } = await import(`./shared.js${new URL(import.meta.url).search}`);

const back = find('tillbaka');
const from = document.referrer ? new URL(document.referrer) : null;
const led = from?.origin === location.origin ? words.back[from.pathname] : null;
if (back && led && (from.search || from.pathname === '/dokument')) {
  back.href = from.href;
  back.lastChild.textContent = led;
  back.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || !window.navigation) return;
    // Steps within the document (its contents, the marked passage) are stepped over.
    const here = navigation.currentEntry?.index ?? -1;
    const entry = navigation.entries().findLast((one) => one.index < here && one.url === from.href);
    if (!entry) return;
    event.preventDefault();
    navigation.traverseTo(entry.key);
  });
}

const copy = find('kopiera-hanvisning');
if (copy) {
  copy.hidden = false;
  wireCopy(copy, () => `${copy.dataset.reference}\n${location.href}`);
}

// A link without its `#traff` still opens at the mark.
const arrived = performance.getEntriesByType('navigation')[0]?.type;
if (!location.hash && arrived !== 'back_forward' && arrived !== 'reload') find('traff')?.scrollIntoView({ block: 'center' });
document.documentElement.dataset.ready = '1';
