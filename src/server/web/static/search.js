// The search desk: results while typing and choosing, taken from the page that the server writes, and the keyboard.

const { copyText, find, say, words } = await import(`./shared.js${new URL(import.meta.url).search}`);

const PAUSE_MS = 150;

const form = find('sok');
const field = find('q');
const desk = find('bord');
const danger = find('fara');
const wide = matchMedia('(min-width: 60rem)');

let timer = null;
let running = null;
let shown = location.search;

/** The address of what the form says now; choices that are left alone are left out. */
function address(submitter = null) {
  const said = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) if (value.trim()) said.append(name, value.trim());
  return said.get('q') ? `/sok?${said}` : '/sok';
}

/** After new elements have come: what only scripts can do becomes visible. */
function wake() {
  desk.querySelectorAll('.needs-script').forEach((node) => { node.hidden = false; });
  desk.querySelectorAll('.no-script').forEach((node) => { node.hidden = true; });
}

function openFilters() {
  const filters = find('filter');
  if (filters && wide.matches) filters.open = true;
}

/** Whom to call, above the hits. A box that says the same stays, so that it is not read out again for every letter. */
function showDanger(fresh) {
  const told = fresh?.firstElementChild;
  if (danger.textContent.trim() !== (told?.textContent.trim() ?? '')) danger.replaceChildren(...(told ? [told] : []));
}

async function look(path, { push = false, again = false } = {}) {
  const { search } = new URL(path, location.origin);
  if (search === shown && !again) return;
  const first = !find('filter');
  const open = find('filter')?.open;
  shown = search;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  history[push ? 'pushState' : 'replaceState'](null, '', path);
  desk.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(path, { headers: { Accept: 'text/html' }, signal: mine.signal });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (running !== mine) return;
    const fresh = page.getElementById('bord');
    if (!fresh) throw new Error(words.searchFailed);
    const focused = desk.contains(document.activeElement) ? document.activeElement.id : '';
    document.title = page.title;
    showDanger(page.getElementById('fara'));
    desk.replaceChildren(...fresh.childNodes);
    if (first) openFilters();
    else if (open !== undefined && find('filter')) find('filter').open = open;
    wake();
    if (focused) (find(focused) ?? find('f-samling'))?.focus({ preventScroll: true });
    say(find('antal').textContent);
  } catch (error) {
    if (running !== mine || error.name === 'AbortError') return;
    find('traffar').replaceChildren();
    find('antal').textContent = error.name === 'TypeError' ? words.unreachable : error.message || words.searchFailed;
    shown = null;
  } finally {
    if (running === mine) desk.removeAttribute('aria-busy');
  }
}

field.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(() => look(address()), PAUSE_MS);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(timer);
  if (matchMedia('(pointer: coarse)').matches) field.blur();
  look(address(event.submitter), { again: true });
});
desk.addEventListener('change', (event) => { if (event.target.matches('select')) look(address(), { push: true }); });
desk.addEventListener('click', async (event) => {
  const reset = event.target.closest('#nollstall');
  if (reset && !(event.metaKey || event.ctrlKey || event.shiftKey)) {
    event.preventDefault();
    look(reset.getAttribute('href'), { push: true });
    return;
  }
  const copy = event.target.closest('.copy-reference');
  if (!copy) return;
  const label = copy.querySelector('span');
  const usual = label.textContent;
  const told = (await copyText(`${copy.dataset.reference}\n${location.origin}${copy.dataset.url}`)) ? words.copied : words.notCopied;
  label.textContent = told;
  say(told);
  setTimeout(() => { label.textContent = usual; }, 2000);
});
addEventListener('popstate', () => {
  field.value = new URL(location.href).searchParams.get('q') ?? '';
  look(location.pathname + location.search, { again: true });
});

// `/` goes to the field, arrows walk from it through the passages and back.
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { activeElement } = document;
  if (event.key === '/' && !activeElement.matches('input, select, textarea')) {
    event.preventDefault();
    field.focus();
    field.select();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || (activeElement !== field && !activeElement.matches('.hit a'))) return;
  const stops = [field, ...document.querySelectorAll('.passage .place')];
  const at = activeElement.matches('.hit-title a')
    ? stops.indexOf(activeElement.closest('.hit').querySelector('.place')) - (step > 0 ? 1 : 0)
    : stops.indexOf(activeElement);
  const next = stops[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

openFilters();
wake();
if (!field.value && matchMedia('(pointer: fine)').matches) field.focus({ preventScroll: true });
document.documentElement.dataset.ready = '1';
