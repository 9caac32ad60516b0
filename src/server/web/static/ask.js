// The ask page: asks without leaving the page, shows quotes at once and the composed text as it is written.

const { Trouble, chip, dangerBox, element, events, find, icon, overviewBox, quoteCard, say, troubleOf, wireCopy, withPhones, words } =
  await import(`./shared.js${new URL(import.meta.url).search}`);

const OPEN_QUOTES = 3;
const SILENCE_MS = 120_000;
const MOST_RETRIES = 5;

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
let endangered = danger.firstElementChild ? questionOf(location.href) : null; // the question that the box above the answer belongs to

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

for (const example of document.querySelectorAll('a.example')) {
  example.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    submit(example.textContent.trim());
  });
}

function submit(question) {
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
}

/** Whom to call, above everything; `null` takes it away. The box that the server wrote stays, so that it is read out once. */
function showDanger(told, question = null) {
  if (told && endangered === question) return;
  endangered = told ? question : null;
  danger.replaceChildren(...(told ? [dangerBox(told)] : []));
}

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
  if (!question) showStart();
  else if (state?.kept && state.question === question) {
    halt();
    showQuestion(question);
    new Answer(question).restore(state.kept);
  } else ask(question);
}

// --- asking ----------------------------------------------------------------------------------------------------------

function halt() {
  clearInterval(waiting);
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
  const shown = new Answer(question);
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
    else shown.trouble(new Trouble(shown.quotes.length ? words.brokenWithQuotes : shown.heard || mine.lost ? words.broken : words.unreachable), tries);
  } finally {
    clearTimeout(silence);
    removeEventListener('offline', lose);
    if (running === mine) {
      running = null;
      busy('');
    }
  }
}

// --- the answer ------------------------------------------------------------------------------------------------------

class Answer {
  constructor(question) {
    this.question = question;
    this.quotes = [];
    this.sentences = [];
    this.first = null;
    this.danger = null;
    this.finished = false;
    this.heard = false;
    this.stop = null;
  }

  take(event, data) {
    this.heard = true;
    if (event === 'danger') this.showDanger(data);
    else if (event === 'quotes') this.showQuotes(data);
    else if (event === 'token') this.addSentence(data);
    else if (event === 'citations') this.settle(data.sentences ?? []);
    else if (event === 'done') this.finish(data.outcome);
    else if (event === 'error') throw new Trouble(data.message || words.failed, data.retry_after ?? null);
  }

  showDanger(data) {
    this.danger = data;
    showDanger(data, this.question);
  }

  showQuotes(data, quietly = false) {
    this.first = data;
    if (!this.danger) showDanger(null);
    if (data.outcome === 'overview') {
      answer.replaceChildren(overviewBox(data.overview, element('p', { class: 'actions' }, newQuestion())));
      if (!quietly) say(words.choose(data.overview.subject));
      busy('');
      this.stop?.remove();
      return;
    }
    if (data.outcome === 'refused') {
      this.showRefusal(data.refusal ?? {});
      if (!quietly) say(data.refusal?.message ?? words.noAnswer);
      busy('');
      this.stop?.remove();
      return;
    }
    this.quotes = data.quotes ?? [];
    const cards = this.quotes.map((quote, index) => quoteCard(quote, index === 0));
    const folded = cards.splice(OPEN_QUOTES);
    this.body = element('div', { class: `answer${data.composing ? ' composed' : ''}` },
      element('section', { class: 'quotes', 'aria-labelledby': 'citat' },
        element('h2', { id: 'citat', class: 'small-heading' }, words.quotesHeading),
        (data.disagreements ?? []).map(({ explanation }) => element('div', { class: 'disagreement' }, element('h3', {}, words.differ), element('p', {}, explanation))),
        cards,
        folded.length ? element('details', { class: 'more' }, element('summary', {}, words.moreQuotes(folded.length)), folded) : null));
    this.text = element('div', { class: 'sentences', 'aria-live': quietly ? null : 'polite' });
    this.notes = element('div', { class: 'notes' });
    this.actions = element('p', { class: 'actions' });
    this.summary = element('section', { class: 'summary', 'aria-labelledby': 'sammanfattning' },
      element('h2', { id: 'sammanfattning', class: data.composing ? 'small-heading' : 'off-screen' }, words.summaryHeading),
      this.text, this.notes, this.actions);
    this.body.append(this.summary);
    answer.replaceChildren(this.body);
    if (data.composing) {
      this.summary.classList.add('writing');
      this.stopButton();
    }
    busy('');
    if (!quietly) say(`${words.found(this.quotes.length)}${data.composing ? ` ${words.writing}` : ''}`);
  }

  showRefusal(refusal) {
    const nearest = refusal.nearest ?? [];
    answer.replaceChildren(element('div', { class: `refusal ${refusal.kind ?? ''}` },
      element('h2', {}, refusal.message || words.noAnswer),
      refusal.detail ? element('p', {}, withPhones(refusal.detail)) : null,
      refusal.looked_for?.length ? element('p', { class: 'looked-for' }, words.lookedFor + refusal.looked_for.join(', ')) : null,
      refusal.contact ? element('p', { class: 'contact' },
        element('span', { class: 'contact-lead' }, words.askInstead), ' ', withPhones(refusal.contact)) : null,
      nearest.length ? element('section', { class: 'quotes nearest', 'aria-labelledby': 'narmast' },
        element('h3', { id: 'narmast', class: 'small-heading' }, refusal.kind === 'judgement' ? words.judged : words.nearest),
        nearest.map((quote) => quoteCard({ ...quote, number: null }, false))) : null,
      element('p', { class: 'actions' }, newQuestion())));
  }

  sentence({ text, citations, status }, fresh) {
    const chips = (citations ?? []).map((number) => chip(number, this.quotes)).filter(Boolean);
    return element('p', { class: `sentence ${status === 'quoted' ? 'quoted' : 'supported'}${fresh ? ' fresh' : ''}` },
      withPhones(text.trim()), chips.map((one) => [' ', one]));
  }

  addSentence(sentence) {
    if (!this.text || !sentence.text?.trim()) return;
    this.sentences.push(sentence);
    this.text.append(this.sentence(sentence, true));
    this.showNotice();
  }

  // Only what differs is replaced, so that a screen reader does not read the whole answer again.
  settle(sentences) {
    if (!this.text) return;
    const same = (a, b) => a && a.text.trim() === b.text.trim() && String(a.citations) === String(b.citations) && (a.status ?? 'supported') === b.status;
    const nodes = [...this.text.children];
    sentences.forEach((sentence, index) => {
      if (same(this.sentences[index], sentence) && nodes[index]) return;
      const node = this.sentence(sentence, false);
      if (nodes[index]) nodes[index].replaceWith(node);
      else this.text.append(node);
    });
    nodes.slice(sentences.length).forEach((node) => node.remove());
    this.sentences = sentences;
    if (sentences.length) this.showNotice();
  }

  showNotice() {
    this.notice ??= element('p', { class: 'ai-notice' }, words.aiNotice);
    if (!this.notice.isConnected) this.notes.prepend(this.notice);
  }

  finish(outcome, quietly = false) {
    this.finished = true;
    this.outcome = outcome;
    this.stop?.remove();
    if (!this.summary) return;
    this.summary.classList.remove('writing');
    if (!this.sentences.length) {
      this.body.classList.remove('composed');
      const off = !this.first.composing && !this.first.generator;
      find('sammanfattning').className = 'off-screen';
      this.notes.replaceChildren(element('p', { class: 'quiet-notice' }, off ? words.composingOff : words.noSummary));
    } else if (!quietly) say(words.done);
    this.showActions();
  }

  showActions() {
    const copy = element('button', { class: 'button', type: 'button' }, icon('copy'), element('span', {}, words.copy));
    wireCopy(copy, () => asText(this.question));
    this.actions.replaceChildren(copy, newQuestion());
  }

  stopButton() {
    this.stop ??= element('button', { class: 'button stop', type: 'button' }, icon('stop'), words.stop);
    this.stop.onclick = () => running?.controller.abort();
    if (this.actions) this.actions.replaceChildren(this.stop);
    else answer.replaceChildren(element('p', { class: 'actions' }, this.stop));
  }

  stopped() {
    this.stop?.remove();
    if (!this.summary) {
      answer.replaceChildren(element('p', { class: 'quiet-notice' }, words.stoppedEarly), element('p', { class: 'actions' }, this.againButton(), newQuestion()));
      say(words.stoppedEarly);
      return;
    }
    this.summary.classList.remove('writing');
    this.notes.append(element('p', { class: 'quiet-notice' }, words.stopped));
    say(words.stopped);
    this.showActions();
    this.actions.prepend(this.againButton());
  }

  againButton(label = words.again) {
    const button = element('button', { class: 'button strong', type: 'button' }, icon('again'), label);
    button.addEventListener('click', () => ask(this.question, 1));
    return button;
  }

  trouble(error, tries) {
    this.stop?.remove();
    this.summary?.classList.remove('writing');
    const waits = error.retryAfter !== null && tries < MOST_RETRIES;
    const countdown = waits ? element('p', { class: 'countdown', 'aria-hidden': 'true' }) : null;
    const box = element('div', { class: 'trouble', role: 'alert' },
      element('p', { class: 'trouble-message' }, error.message),
      countdown,
      element('p', { class: 'actions' }, this.againButton(waits ? words.now : words.again),
        element('a', { class: 'button', href: `/sok?q=${encodeURIComponent(this.question)}` }, words.searchInstead)));
    if (this.notes) {
      this.notes.append(box);
      this.actions.replaceChildren();
    } else answer.replaceChildren(box);
    if (waits) countDown(error.retryAfter, (left) => { countdown.textContent = words.countdown(left); }, () => ask(this.question, tries + 1));
  }

  // The answer goes with its place in the history, so that "back" from a routine shows it at once.
  keep() {
    const kept = { danger: this.danger, first: this.first, sentences: this.sentences, outcome: this.outcome };
    try {
      history.replaceState({ question: this.question, kept }, '');
    } catch {
      // Too large to keep: going back asks again.
    }
  }

  restore(kept) {
    if (kept.danger) this.showDanger(kept.danger);
    this.showQuotes(kept.first, true);
    if (kept.first.outcome === 'refused' || kept.first.outcome === 'overview') return;
    this.settle(kept.sentences);
    this.finish(kept.outcome, true);
  }
}

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

function newQuestion() {
  const link = element('a', { class: 'button', href: '/' }, words.newQuestion);
  wireNew(link);
  return link;
}

function wireNew(link) {
  link.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState({}, '', '/');
    showStart();
    scrollTo({ top: 0 });
    field.focus();
  });
}

/** What is on the page as plain text to paste: the question, the summary, and the quotes with their sources. */
function asText(question) {
  const clean = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll('.off-screen').forEach((hidden) => hidden.remove());
    copy.querySelectorAll('.chip').forEach((one) => { one.textContent = `[${one.textContent}]`; });
    return copy.textContent.replace(/\s+/gu, ' ').trim();
  };
  const sentences = [...answer.querySelectorAll('.sentence')].map(clean);
  const quotes = [...answer.querySelectorAll('.quote')].map((card) => {
    const number = card.querySelector('.quote-number');
    const link = card.querySelector('.source-title a');
    const where = card.querySelector('.place');
    const words = [...card.querySelectorAll('blockquote p')].map(clean).join(' ');
    return [`${number ? `[${clean(number)}] ` : ''}”${words}”`, [clean(link), where && clean(where), clean(card.querySelector('.badge'))].filter(Boolean).join(', '), link.href].join('\n');
  });
  return [question, sentences.length ? `${sentences.join('\n')}\n(${words.aiNotice})` : '', ...quotes].filter(Boolean).join('\n\n');
}

// --- the page as it came ---------------------------------------------------------------------------------------------

const rendered = find('innehall').dataset.rendered;
const question = questionOf(location.href);

if (question && history.state?.kept && history.state.question === question) show(history.state);
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
  const copy = element('button', { class: 'button', type: 'button' }, icon('copy'), element('span', {}, words.copy));
  wireCopy(copy, () => asText(question));
  actions?.prepend(copy);
}
answer.querySelectorAll('a.button[href="/"]').forEach(wireNew);
if (rendered === 'start' && !question && matchMedia('(pointer: fine)').matches) field.focus({ preventScroll: true });
document.documentElement.dataset.ready = '1';
