// The list of documents: a filter over what is already on the page.

const { find, words } = await import(`./shared.js${new URL(import.meta.url).search}`);

const filter = find('filter');
const count = find('antal');
const rows = [...document.querySelectorAll('.document-row')].map((row) => ({ row, text: row.textContent.toLocaleLowerCase('sv') }));

function apply() {
  const parts = filter.value.toLocaleLowerCase('sv').split(/\s+/u).filter(Boolean);
  let visible = 0;
  for (const { row, text } of rows) {
    row.hidden = !parts.every((part) => text.includes(part));
    if (!row.hidden) visible += 1;
  }
  for (const section of document.querySelectorAll('.collection')) {
    section.hidden = !section.querySelector('.document-row:not([hidden])');
  }
  count.textContent = parts.length ? (visible ? words.shown(visible) : words.hits(0)) : '';
}

if (rows.length) {
  filter.closest('.filter').hidden = false;
  filter.addEventListener('input', apply);
  if (filter.value) apply();
}
document.documentElement.dataset.ready = '1';
