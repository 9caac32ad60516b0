// The search page: results while typing, in the same elements as the server writes.

const { dangerBox, element, find, hitCard, troubleOf, words } = await import(`./shared.js${new URL(import.meta.url).search}`);

const PAUSE_MS = 150;

const form = find('sok');
const field = find('q');
const count = find('antal');
const hits = find('traffar');
const instead = find('fraga-i-stallet');
const danger = find('fara');

let timer = null;
let running = null;
let shown = field.value.trim();

field.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(() => look(field.value.trim()), PAUSE_MS);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(timer);
  if (matchMedia('(pointer: coarse)').matches) field.blur();
  look(field.value.trim(), true);
});
addEventListener('popstate', () => {
  field.value = new URL(location.href).searchParams.get('q') ?? '';
  look(field.value.trim(), true);
});

async function look(query, again = false) {
  if (query === shown && !again) return;
  shown = query;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  history.replaceState(null, '', query ? `/sok?q=${encodeURIComponent(query)}` : '/sok');
  document.title = query ? `Sök: ${query} – Rutinlots` : 'Sök i rutinerna – Rutinlots';
  instead.hidden = !query;
  instead.querySelector('a').href = `/?q=${encodeURIComponent(query)}`;
  if (!query) {
    danger.replaceChildren();
    hits.replaceChildren();
    count.textContent = words.searchHelp;
    return;
  }
  hits.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(`/api/v1/search?q=${encodeURIComponent(query)}&limit=20`, {
      headers: { Accept: 'application/json' },
      signal: mine.signal,
    });
    if (!response.ok) throw await troubleOf(response);
    const data = await response.json();
    if (running !== mine) return;
    // The same box is not read out again for every letter.
    if (!data.danger || !danger.firstElementChild) danger.replaceChildren(...(data.danger ? [dangerBox(data.danger)] : []));
    hits.replaceChildren(...data.hits.map(hitCard));
    count.replaceChildren(words.hits(data.hits.length));
    if (data.hits.length) count.append(' ', element('span', { class: 'took' }, words.took(data.took_ms)));
  } catch (error) {
    if (running !== mine || error.name === 'AbortError') return;
    hits.replaceChildren();
    count.textContent = error.name === 'TypeError' ? words.unreachable : error.message || words.searchFailed;
  } finally {
    if (running === mine) hits.removeAttribute('aria-busy');
  }
}

if (!shown && matchMedia('(pointer: fine)').matches) field.focus({ preventScroll: true });
document.documentElement.dataset.ready = '1';
