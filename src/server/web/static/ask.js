// The ask page: asks without leaving the page, shows quotes at once and the composed text as it is written.

const query = new URL(import.meta.url).search;
const [shared, device, { suggestFor }, { hush }, { hideFeedback, offerFeedback }, { Answer, asText, tools, wireNew }] = await Promise.all(
  ['shared', 'device', 'suggest', 'aloud', 'feedback', 'answer'].map((name) => import(`./${name}.js${query}`)),
);
const { Trouble, dangerBox, element, events, find, icon, say, troubleOf, words } = shared;

const SHOWN_QUESTIONS = 5;
const SILENCE_MS = 120_000;
const LISTEN_MS = 10_000;

const form = find('fraga');
const field = find('q');
const start = find('start');
const result = find('resultat');
const progress = find('lage');
const progressText = find('lagetext');
const answer = find('svar');
const danger = find('fara');
const startTitle = 'Fråga rutinerna – Rutinlots';

let running = null; // the request under way: {controller, lost}
let waiting = null; // the timer of a countdown
let listening = null; // the timer that looks for contact while a question waits
let endangered = danger.firstElementChild ? questionOf(location.href) : null; // the question that the box above the answer belongs to

const page = { ask, busy, countDown, goToStart, listen, showDanger, stop: () => running?.controller.abort() };

// --- the field -------------------------------------------------------------------------------------------------------

const grows = CSS.supports('field-sizing', 'content');
function fit() {
  if (grows) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
field.addEventListener('input', fit);
fit();

field.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const question = field.value.trim();
  if (question) submit(question);
});

const closeSuggestions = suggestFor(field, form, submit);

/** A link to a question asks without leaving the page. */
function wireQuestion(link) {
  link.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    submit(link.textContent.trim());
  });
}
start.querySelectorAll('a.example').forEach(wireQuestion);

function submit(question) {
  closeSuggestions();
  const address = `/?q=${encodeURIComponent(question)}`;
  if (location.pathname + location.search === address) history.replaceState({ question }, '', address);
  else history.pushState({ question }, '', address);
  if (matchMedia('(pointer: coarse)').matches) field.blur();
  ask(question);
}

// --- where the page is -----------------------------------------------------------------------------------------------

function showStart() {
  halt();
  document.body.classList.remove('asked');
  document.title = startTitle;
  field.value = '';
  fit();
  start.hidden = false;
  result.hidden = true;
  progress.hidden = true;
  showDanger(null);
  answer.replaceChildren();
  showDevice();
}

/** Whom to call, above everything; `null` takes it away. The box that the server wrote stays, so that it is read out once. */
function showDanger(told, question = null) {
  if (told && endangered === question) return;
  endangered = told ? question : null;
  danger.replaceChildren(...(told ? [dangerBox(told)] : []));
}

function goToStart() {
  history.pushState({}, '', '/');
  showStart();
  scrollTo({ top: 0 });
  field.focus();
}

/** What this device remembers, under the field. */
function showDevice() {
  const rows = (id, entries, mark) => {
    const section = find(id);
    const link = (question) => element('a', { class: 'example', href: `/?q=${encodeURIComponent(question)}` }, element('span', {}, question), icon(mark));
    section.querySelector('ul').replaceChildren(...entries.map(({ question }) => element('li', {}, link(question))));
    section.querySelectorAll('a').forEach(wireQuestion);
    section.hidden = !entries.length;
  };
  const remembered = device.answers().slice(0, SHOWN_QUESTIONS);
  rows('vantar', device.waiting(), 'clock');
  rows('senaste', remembered, 'arrow');
  for (const node of document.querySelectorAll('#exempel, #exempel + .examples')) node.hidden = remembered.length > 0;
}
addEventListener('rutinlots:rensat', () => { if (!start.hidden) showDevice(); });

const understood = find('jag-forstar');
understood.hidden = false;
understood.addEventListener('click', () => {
  document.documentElement.dataset.sett = '1';
  try { localStorage.setItem('rutinlots.sett', '1'); } catch { /* It is shown again next time. */ }
  field.focus({ preventScroll: true });
});

function showQuestion(question) {
  if (endangered !== question) showDanger(null);
  document.body.classList.add('asked');
  document.title = `${question} – Rutinlots`;
  field.value = question;
  fit();
  start.hidden = true;
  result.hidden = false;
  answer.replaceChildren();
}

function questionOf(address) {
  return (new URL(address).searchParams.get('q') ?? '').trim();
}

addEventListener('popstate', (event) => {
  if (location.hash) return;
  show(event.state);
});

function show(state) {
  const question = questionOf(location.href);
  const remembered = question && state?.answered && state.question === question ? device.answerTo(question) : null;
  if (!question) showStart();
  else if (remembered) {
    halt();
    showQuestion(question);
    new Answer(question, page).restore(remembered);
  } else ask(question);
}

// --- asking ----------------------------------------------------------------------------------------------------------

function halt() {
  hush();
  hideFeedback();
  clearInterval(waiting);
  clearInterval(listening);
  running?.controller.abort();
  running = null;
}

function busy(text) {
  progress.hidden = !text;
  if (text) progressText.textContent = text;
}

async function ask(question, tries = 0) {
  halt();
  const mine = { controller: new AbortController(), lost: false };
  running = mine;
  if (tries === 0) {
    showQuestion(question);
    scrollTo({ top: 0 });
  } else answer.replaceChildren();
  busy(words.searching);
  say(words.searching);
  const shown = new Answer(question, page);
  shown.stopButton();

  let silence = null;
  const lose = () => { mine.lost = true; mine.controller.abort(); };
  const heard = () => { clearTimeout(silence); silence = setTimeout(lose, SILENCE_MS); };
  addEventListener('offline', lose, { once: true });
  heard();
  try {
    const response = await fetch('/api/v1/ask', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify({ question, quotes_only: false }),
      signal: mine.controller.signal,
    });
    if (!response.ok) throw await troubleOf(response);
    for await (const { event, data } of events(response, heard)) {
      if (running !== mine) return;
      shown.take(event, data);
      if (event === 'done') break;
    }
    if (!shown.finished) throw new Trouble(shown.quotes.length ? words.brokenWithQuotes : words.broken);
    shown.keep();
  } catch (error) {
    if (running !== mine) return;
    if (error instanceof Trouble) shown.trouble(error, tries);
    else if (mine.controller.signal.aborted && !mine.lost) shown.stopped();
    else if (!shown.heard) shown.unreachable();
    else shown.trouble(new Trouble(shown.quotes.length ? words.brokenWithQuotes : words.broken), tries);
  } finally {
    clearTimeout(silence);
    removeEventListener('offline', lose);
    if (running === mine) {
      running = null;
      busy('');
    }
  }
}

// --- when there is no contact ----------------------------------------------------------------------------------------

/** Asks a question that waits as soon as there is contact. */
function listen(question) {
  clearInterval(listening);
  listening = setInterval(async () => {
    const isHere = () => !running && questionOf(location.href) === question;
    if (!isHere() || !await device.reachable() || !isHere()) return;
    say(words.asksWaiting);
    ask(question, 1);
  }, LISTEN_MS);
}

addEventListener('online', () => {
  const [first] = device.waiting();
  const here = questionOf(location.href);
  if (running || !first || (here && here !== first.question)) return;
  say(words.asksWaiting);
  if (here) ask(here, 1);
  else submit(first.question);
});

function countDown(seconds, tell, then) {
  let left = Math.max(1, Math.ceil(seconds));
  tell(left);
  clearInterval(waiting);
  waiting = setInterval(() => {
    left -= 1;
    if (left > 0) tell(left);
    else {
      clearInterval(waiting);
      then();
    }
  }, 1000);
}

// --- the page as it came ---------------------------------------------------------------------------------------------

const rendered = find('innehall').dataset.rendered;
const question = questionOf(location.href);

const [first] = question ? [] : device.waiting();

if (question && history.state?.answered && history.state.question === question && device.answerTo(question)) show(history.state);
else if (question && rendered === 'start') ask(question); // the kept copy of the page, without contact
else if (first && await device.reachable()) submit(first.question);
else if (rendered === 'deferred') ask(question || field.value.trim());
else if (rendered === 'failed') {
  const box = answer.querySelector('.trouble');
  const wait = Number(box?.dataset.retryAfter);
  box?.querySelector('.button.strong')?.addEventListener('click', (event) => { event.preventDefault(); ask(question); });
  if (wait) {
    const countdown = element('p', { class: 'countdown', 'aria-hidden': 'true' });
    box.querySelector('.trouble-message').after(countdown);
    countDown(wait, (left) => { countdown.textContent = words.countdown(left); }, () => ask(question, 1));
  }
} else if (rendered === 'answered') {
  const actions = answer.querySelector('.actions');
  actions?.prepend(...tools(question));
}
if (['answered', 'overview', 'refused'].includes(rendered)) offerFeedback(question, () => asText(question));
if (rendered === 'start' && !question) showDevice();
answer.querySelectorAll('a.button[href="/"]').forEach((link) => wireNew(link, page));
if (rendered === 'start' && !question && matchMedia('(pointer: fine)').matches) field.focus({ preventScroll: true });
document.documentElement.dataset.ready = '1';
