// Suggestions under the question field: earlier questions on this device, and titles and headings to open. The field keeps
// the focus; arrows move through the list, Enter takes, Escape closes.

const query = new URL(import.meta.url).search;
const [{ element, icon, say, words }, device] = await Promise.all([import(`./shared.js${query}`), import(`./device.js${query}`)]);

const PAUSE_MS = 120;
const LEAST = 2;
const EARLIER = 2;

/** Wires a field; `ask` is called with an earlier question that was taken. Returns a function that closes the list. */
export function suggestFor(field, form, ask) {
  const list = element('ul', { id: 'forslag', class: 'suggestions', role: 'listbox', 'aria-label': words.suggestions, hidden: true });
  form.after(list);
  for (const [name, value] of [['aria-autocomplete', 'list'], ['aria-controls', list.id], ['aria-haspopup', 'listbox']]) field.setAttribute(name, value);
  let entries = [];
  let chosen = -1;
  let timer = null;
  let running = null;

  function close() {
    clearTimeout(timer);
    running?.abort();
    entries = [];
    chosen = -1;
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute('aria-activedescendant');
  }

  function choose(index) {
    chosen = index;
    [...list.children].forEach((node, at) => node.setAttribute('aria-selected', String(at === chosen)));
    const node = list.children[chosen];
    if (node) {
      field.setAttribute('aria-activedescendant', node.id);
      node.scrollIntoView({ block: 'nearest' });
    } else field.removeAttribute('aria-activedescendant');
  }

  function take(index) {
    const entry = entries[index];
    close();
    if (entry.url) location.assign(entry.url);
    else ask(entry.text);
  }

  function show(found) {
    const before = entries.length;
    entries = found;
    chosen = -1;
    field.removeAttribute('aria-activedescendant');
    list.replaceChildren(...entries.map((entry, index) => {
      const node = element('li', { id: `forslag-${index}`, class: 'suggestion', role: 'option', 'aria-selected': 'false' },
        icon(entry.url ? 'document' : 'clock'),
        element('span', { class: 'suggestion-text' }, entry.text,
          element('span', { class: 'suggestion-kind' }, entry.url ? (entry.document ?? words.openRoutine) : words.askedBefore)));
      // Before the field loses the focus.
      node.addEventListener('pointerdown', (event) => event.preventDefault());
      node.addEventListener('click', () => take(index));
      return node;
    }));
    list.hidden = !entries.length;
    if (entries.length && entries.length !== before) say(words.suggestionCount(entries.length));
  }

  async function look() {
    const typed = field.value.trim();
    running?.abort();
    if (typed.length < LEAST) return close();
    const mine = new AbortController();
    running = mine;
    const small = typed.toLocaleLowerCase('sv');
    const earlier = device.answers().map((one) => one.question)
      .filter((one) => one !== typed && one.toLocaleLowerCase('sv').includes(small)).slice(0, EARLIER).map((text) => ({ text }));
    let places = [];
    try {
      const response = await fetch(`/api/v1/suggestions?q=${encodeURIComponent(typed)}`, { signal: mine.signal });
      if (response.ok) places = await response.json();
    } catch { /* Earlier questions can be suggested without contact. */ }
    if (running === mine && !mine.signal.aborted && document.activeElement === field) show([...earlier, ...places]);
    return undefined;
  }

  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  // Before the field's own listener, which asks on Enter.
  field.addEventListener('keydown', (event) => {
    if (event.isComposing || !entries.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const places = entries.length + 1;
      choose(((chosen + 1 + step + places) % places) - 1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && chosen >= 0) {
      event.preventDefault();
      event.stopImmediatePropagation();
      take(chosen);
    }
  }, { capture: true });
  field.addEventListener('blur', () => setTimeout(() => { if (document.activeElement !== field) close(); }, 150));
  return close;
}
