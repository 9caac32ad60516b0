// What the pages' scripts share: building elements, phone numbers, quote cards, and asking the server.
// Text from documents and people only ever becomes text nodes. `views/` and the templates make the same elements.

export const words = {
  searching: 'Letar i rutinerna …',
  writing: 'Skriver en sammanfattning …',
  quotesHeading: 'Så står det i rutinerna',
  summaryHeading: 'Sammanfattning',
  aiNotice: 'Sammanfattningen är skriven av AI och kan innehålla fel. Kontrollera mot rutinen.',
  composingOff: 'Sammanställda svar är avstängda. Du ser citat ur rutinerna.',
  noSummary: 'Ingen sammanfattning kunde skrivas som håller mot rutinerna. Läs citaten.',
  stopped: 'Du avbröt sammanfattningen. Citaten gäller ändå.',
  stoppedEarly: 'Du avbröt frågan.',
  moreQuotes: (count) => `Visa fler citat (${count})`,
  found: (count) => (count === 1 ? 'Ett citat hittades.' : `${count} citat hittades.`),
  done: 'Sammanfattningen är klar.',
  askInstead: 'Fråga i stället',
  nearest: 'Närmast i rutinerna',
  judged: 'Det här säger rutinerna',
  lookedFor: 'Jag letade efter: ',
  differ: 'Rutinerna säger olika',
  choose: (subject) => `Vad vill du veta om ${subject}?`,
  chooseHow: 'Det står på flera ställen. Välj ett avsnitt, eller skriv en hel fråga.',
  noAnswer: 'Rutinerna säger inget om det här.',
  stop: 'Avbryt',
  again: 'Försök igen',
  now: 'Försök nu',
  copy: 'Kopiera',
  copied: 'Kopierat',
  notCopied: 'Det gick inte att kopiera',
  newQuestion: 'Ny fråga',
  searchInstead: 'Sök i stället',
  share: 'Dela länk',
  linkCopied: 'Länken är kopierad',
  readAloud: 'Läs upp',
  stopReading: 'Sluta läsa',
  aloudQuote: (title) => `Så står det i ${title}.`,
  textSizes: ['Vanlig text', 'Större text', 'Störst text'],
  textSize: (level) => ['Större text', 'Ännu större text', 'Tillbaka till vanlig text'][level] ?? 'Större text',
  wiped: 'Rensat',
  atHandKept: 'Sparade på enheten, går att läsa utan täckning.',
  noCoverage: 'Ingen kontakt med nätet just nu.',
  savedCopy: (time) => `Sparad kopia, hämtad ${time}. Den kan ha ändrats sedan dess.`,
  savedAnswer: (time) => `Ingen kontakt med servern. Det här svaret fick du ${time}, det är sparat på enheten.`,
  waits: 'Ingen kontakt med servern. Frågan väntar och ställs av sig själv när kontakten är tillbaka.',
  removeQuestion: 'Ta bort frågan',
  readMeanwhile: 'Går att läsa utan täckning',
  asksWaiting: 'Kontakten är tillbaka. Frågan ställs.',
  thanksYes: 'Tack!',
  thanksNo: 'Tack! Det har gått till dem som sköter rutinerna.',
  notSent: 'Det gick inte att skicka. Försök igen när du har kontakt.',
  suggestions: 'Förslag',
  openRoutine: 'Öppna dokumentet',
  askedBefore: 'Du har frågat förut',
  suggestionCount: (count) => (count === 1 ? '1 förslag, pil ned för att välja' : `${count} förslag, pil ned för att välja`),
  unreachable: 'Ingen kontakt med servern. Kontrollera täckningen och försök igen.',
  broken: 'Anslutningen bröts innan svaret var klart.',
  brokenWithQuotes: 'Anslutningen bröts innan sammanfattningen var klar. Citaten ovanför är hela.',
  overloaded: 'Just nu är det många som frågar. Vänta lite.',
  failed: 'Något gick fel hos servern. Försök igen.',
  countdown: (seconds) => (seconds === 1 ? 'Försöker igen om 1 sekund' : `Försöker igen om ${seconds} sekunder`),
  source: 'Källa ',
  owner: 'Ansvarig: ',
  recognised: 'Inläst från skannad sida, kan innehålla läsfel',
  call: 'Ring ',
  page: (page, alone) => `${alone ? 'Sida' : ', sida'} ${page}`,
  hits: (count) => (count === 0 ? 'Inga träffar' : count === 1 ? '1 dokument' : `${count} dokument`),
  searchFailed: 'Sökningen gick inte att göra nu. Tryck på Sök för att försöka igen.',
  hit: 'Träff ',
  hitOf: (at, count) => `${at} av ${count}`,
  back: { '/': 'Till svaret', '/sok': 'Till sökningen', '/dokument': 'Alla dokument' },
  shown: (count) => (count === 1 ? 'Visar 1 dokument' : `Visar ${count} dokument`),
};

// The server may leave the answering to this script when it knows that scripts run.
document.cookie = 'js=1; path=/; SameSite=Strict';

export const find = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. `null` and `false` are left out. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An icon from the page's sprite. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

const offScreen = (text) => element('span', { class: 'off-screen' }, text);

/** Only addresses within this service become links. */
function local(url) {
  return typeof url === 'string' && url.startsWith('/') && !url.startsWith('//') ? url : '#';
}

// --- phone numbers: the same rules as `phone_parts` in views/text.rs ------------------------------------------------------

const PHONE = new RegExp(
  '(?:\\+46[ \\u00a0]?(?:\\(0\\)[ \\u00a0]?)?\\d{1,3}|0\\d{1,3})(?:[ \\u00a0]?[-–/][ \\u00a0]?|[ \\u00a0])'
    + '\\d{2,3}(?:[ \\u00a0]?\\d{2,3}){1,3}'
    + '|07[02369]\\d{7}|\\+46\\d{7,9}'
    + '|112|1177|113[ \\u00a0]?13|114[ \\u00a0]?14|116[ \\u00a0]?117',
  'gu',
);
const UNITS = /^[ \u00a0]*(?:§|kr|%|procent|kap|mg|ml|st |dagar|timmar|minuter|personer)/iu;
const LEADS = /(?:§|sid|sida|s\.|nr|kap\.)[ \u00a0]*$/u;

function dialled(number, before, after) {
  if (/[\p{L}\p{N}/\-–+§]$/u.test(before) || /^[\p{L}\p{N}]/u.test(after) || /^[.,:/\-–]\d/u.test(after)) return null;
  const digits = number.replace('(0)', '').replace(/\D/gu, '');
  if (digits.length <= 6) return UNITS.test(after) || LEADS.test(before) ? null : `tel:${digits}`;
  if (number.startsWith('+')) return digits.length >= 9 && digits.length <= 12 ? `tel:+${digits}` : null;
  return digits.length >= 8 && digits.length <= 10 ? `tel:${digits}` : null;
}

/** The text's nodes, with Swedish phone numbers as links. */
export function withPhones(text) {
  const out = [];
  let from = 0;
  for (const hit of text.matchAll(PHONE)) {
    const end = hit.index + hit[0].length;
    const tel = dialled(hit[0], text.slice(0, hit.index), text.slice(end));
    if (!tel) continue;
    if (from < hit.index) out.push(text.slice(from, hit.index));
    out.push(element('a', { class: 'tel', href: tel, 'aria-label': words.call + hit[0] }, icon('tel'), hit[0]));
    from = end;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}

// --- documents and quotes --------------------------------------------------------------------------------------------

const STANDING = {
  valid: ['valid', 'Gäller'],
  review_overdue: ['overdue', 'Skulle ha reviderats'],
  upcoming: ['upcoming', 'Gäller inte än'],
  expired: ['expired', 'Upphävd'],
  superseded: ['expired', 'Ersatt'],
};
const MONTHS = ['januari', 'februari', 'mars', 'april', 'maj', 'juni', 'juli', 'augusti', 'september', 'oktober', 'november', 'december'];

/** `2025-04-01` as `1 april 2025`; other text as it is. */
export function swedishDate(text) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text);
  const month = parts && MONTHS[Number(parts[2]) - 1];
  return month ? `${Number(parts[3])}\u00a0${month} ${parts[1]}` : text;
}

function validityDetail(of) {
  const say = (lead, date) => (date ? `${lead} ${swedishDate(date)}` : '');
  switch (of.standing) {
    case 'review_overdue': return say('senast', of.review_due);
    case 'upcoming': return say('börjar gälla', of.valid_from);
    case 'superseded': return say('sedan', of.superseded_by?.since);
    case 'expired': return say('gällde till och med', of.valid_until);
    default: return of.review_due ? say('revideras', of.review_due) : say('från', of.valid_from);
  }
}

/** The badge that says whether a document may be followed. */
export function badge(of) {
  const [name, label] = STANDING[of.standing] ?? STANDING.valid;
  const detail = validityDetail(of);
  return element('span', { class: `badge ${name}` }, label, detail && [' ', element('span', { class: 'badge-detail' }, detail)]);
}

/** Headings and page on one line. */
export function place(path, page) {
  const text = (path ?? []).join(' › ');
  return page ? text + words.page(page, text === '') : text;
}

/** A quote's card; the decisive one is lit. */
export function quoteCard(quote, lit) {
  const of = quote.document;
  const where = place(quote.heading_path, quote.page);
  return element('article', { class: `quote${lit ? ' lit' : ''}${STANDING[of.standing]?.[0] === 'expired' ? ' dead' : ''}`, id: quote.number ? `kalla-${quote.number}` : null },
    quote.number ? element('p', { class: 'quote-number' }, offScreen(words.source), String(quote.number)) : null,
    element('blockquote', {},
      quote.before ? element('p', { class: 'before' }, withPhones(quote.before)) : null,
      element('p', { class: 'words' }, withPhones(quote.text))),
    element('div', { class: 'source' },
      element('h3', { class: 'source-title' }, element('a', { href: local(quote.url) }, of.title, icon('arrow'))),
      where ? element('p', { class: 'place' }, where) : null,
      typeof quote.ocr_confidence === 'number' ? element('p', { class: 'recognised' }, words.recognised) : null,
      element('p', { class: 'facts' }, badge(of),
        of.owner ? [' ', element('span', { class: 'owner' }, offScreen(words.owner), of.owner)] : null)));
}

/** What comes before everything when danger to life is told of; as `partials/danger.html`. */
export function dangerBox(danger) {
  return element('div', { class: 'danger' },
    element('h2', {}, danger.message),
    element('ul', { class: 'danger-numbers' }, danger.numbers.map(({ number, label, tel }) => element('li', {},
      element('a', { class: 'call', href: /^tel:\+?\d+$/u.test(tel) ? tel : '#' }, icon('tel'),
        element('span', { class: 'call-number' }, words.call + number), ' ', element('span', { class: 'call-label' }, label))))),
    element('p', {}, danger.detail));
}

/** Routines with the sections to choose from; as `partials/overview.html`. */
export function overviewBox(overview, ...after) {
  return element('section', { class: 'overview', 'aria-labelledby': 'oversikt' },
    element('h2', { id: 'oversikt' }, words.choose(overview.subject)),
    element('p', {}, words.chooseHow),
    overview.documents.map(({ document: of, sections }) => element('div', { class: 'overview-document' },
      element('h3', { class: 'source-title' }, element('a', { href: `/dokument/${encodeURIComponent(of.id)}` }, of.title)),
      element('p', { class: 'facts' }, badge(of)),
      element('ul', { class: 'examples' }, sections.map(({ url, text }) => element('li', {},
        element('a', { class: 'example', href: local(url) }, element('span', {}, text), icon('arrow'))))))),
    ...after);
}

/** A source chip after a sentence. */
export function chip(number, quotes) {
  const quote = quotes.find((one) => one.number === number);
  if (!quote) return null;
  return element('a', { class: 'chip', href: local(quote.url), title: quote.document.title },
    offScreen(words.source), String(number), offScreen(`, ${quote.document.title}`));
}

// --- small tools -----------------------------------------------------------------------------------------------------

/** Copies text, also where the page is not served over TLS. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element('textarea', { class: 'off-screen', 'aria-hidden': 'true', tabindex: -1 });
    area.value = text;
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    let done = false;
    try { done = document.execCommand('copy'); } catch { done = false; }
    area.remove();
    before?.focus?.();
    return done;
  }
}

/** Copies on click, and says so on the button and to screen readers. */
export function wireCopy(button, makeText) {
  const label = button.querySelector('span') ?? button;
  const usual = label.textContent;
  button.addEventListener('click', async () => {
    const told = (await copyText(makeText())) ? words.copied : words.notCopied;
    label.textContent = told;
    say(told);
    setTimeout(() => { label.textContent = usual; }, 2000);
  });
}

/** Says something to screen readers without showing it. */
export function say(text) {
  const place = find('nytt') ?? find('antal');
  if (!place || place.id === 'antal') return;
  place.textContent = '';
  requestAnimationFrame(() => { place.textContent = text; });
}

/** What went wrong with a request, in words for a person. */
export class Trouble extends Error {
  constructor(message, retryAfter = null) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** Turns a response that is not a success into a [`Trouble`]. */
export async function troubleOf(response) {
  let told = null;
  try { told = (await response.json()).error; } catch { told = null; }
  const busy = response.status === 429 || response.status === 503;
  const header = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const wait = Number.isFinite(header) ? header : (told?.retry_after ?? (busy ? 5 : null));
  return new Trouble(told?.message || (busy ? words.overloaded : words.failed), busy ? wait : null);
}

/** Reads server-sent events from a response, one `{event, data}` at a time. */
export async function* events(response, onBytes = () => {}) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let event = 'message';
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onBytes();
      rest += value;
      const lines = rest.split(/\r\n|\n|\r(?!$)/u);
      rest = lines.pop();
      for (const line of lines) {
        if (line === '') {
          if (data.length) yield { event, data: JSON.parse(data.join('\n')) };
          event = 'message';
          data = [];
        } else if (line.startsWith('event:')) {
          event = line.slice(6).trim();
        } else if (line.startsWith('data:')) {
          data.push(line.slice(5).replace(/^ /u, ''));
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
