// A document: the way back keeps the answer as it was, and a reference can be copied.

const { element, find, wireCopy, words } = await import(`./shared.js${new URL(import.meta.url).search}`);

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

const print = find('skriv-ut');
print.hidden = false;
print.addEventListener('click', () => window.print());

// From hit to hit, where a search led here.
const steps = find('steg');
const marks = [...document.querySelectorAll('.sheet mark')];
if (steps && marks.length) {
  let at = Math.max(0, marks.findIndex((mark) => mark.id === 'traff'));
  const tell = () => { find('steg-lage').replaceChildren(element('span', { class: 'steps-word' }, words.hit), words.hitOf(at + 1, marks.length)); };
  const go = (step) => {
    marks[at].classList.remove('here');
    at = (at + step + marks.length) % marks.length;
    marks[at].classList.add('here');
    marks[at].scrollIntoView({ block: 'center' });
    tell();
  };
  find('forra').addEventListener('click', () => go(-1));
  find('nasta').addEventListener('click', () => go(1));
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.activeElement.matches('input, textarea, select')) return;
    if (event.key === 'n') go(1);
    else if (event.key === 'p') go(-1);
  });
  marks[at].classList.add('here');
  steps.hidden = false;
  tell();
}

// A link without its `#traff` still opens at the mark.
const arrived = performance.getEntriesByType('navigation')[0]?.type;
if (!location.hash && arrived !== 'back_forward' && arrived !== 'reload') find('traff')?.scrollIntoView({ block: 'center' });
document.documentElement.dataset.ready = '1';
