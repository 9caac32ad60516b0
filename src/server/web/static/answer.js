// An answer on the ask page, as it comes and as it was kept: quotes, checked sentences, refusals, troubles.

const query = new URL(import.meta.url).search;
const [shared, device, { aloudButton }, { offerFeedback }] = await Promise.all(
  ['shared', 'device', 'aloud', 'feedback'].map((name) => import(`./${name}.js${query}`)),
);
const { Trouble, chip, copyText, element, find, icon, overviewBox, quoteCard, say, wireCopy, withPhones, words } = shared;

const OPEN_QUOTES = 3;
const MOST_RETRIES = 5;

const answer = find('svar');

/** `page` is what the ask page does for it: `ask`, `busy`, `countDown`, `goToStart`, `listen`, `showDanger` and `stop`. */
export class Answer {
  constructor(question, page) {
    this.question = question;
    this.page = page;
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
    this.page.showDanger(data, this.question);
  }

  showQuotes(data, quietly = false) {
    this.first = data;
    if (!this.danger) this.page.showDanger(null);
    if (data.outcome === 'overview') {
      answer.replaceChildren(overviewBox(data.overview, element('p', { class: 'actions' }, this.newQuestion())));
      if (!quietly) say(words.choose(data.overview.subject));
      this.page.busy('');
      this.stop?.remove();
      return;
    }
    if (data.outcome === 'refused') {
      this.showRefusal(data.refusal ?? {});
      if (!quietly) say(data.refusal?.message ?? words.noAnswer);
      this.page.busy('');
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
    this.page.busy('');
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
      element('p', { class: 'actions' }, this.newQuestion())));
  }

  // Without contact: what was answered before, or the question waits.
  unreachable() {
    this.stop?.remove();
    const remembered = device.answerTo(this.question);
    if (remembered) {
      this.restore(remembered, true);
      return;
    }
    const note = element('div', { class: 'trouble', role: 'alert' }, element('p', { class: 'trouble-message' }, words.waits));
    device.wait(this.question);
    const remove = element('button', { class: 'button', type: 'button' }, words.removeQuestion);
    remove.addEventListener('click', () => {
      device.stopWaiting(this.question);
      this.page.goToStart();
    });
    note.append(element('p', { class: 'actions' }, this.againButton(words.now), remove));
    answer.replaceChildren(note);
    // Whether it tells of danger to life only the server can see.
    const emergency = document.querySelector('#start .emergency')?.cloneNode(true);
    if (emergency) answer.append(emergency);
    const near = find('nara')?.querySelector('.hand-list').cloneNode(true);
    if (near) answer.append(element('section', { class: 'at-hand' }, element('h2', { class: 'small-heading' }, words.readMeanwhile), near));
    this.page.listen(this.question);
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
    offerFeedback(this.question, () => asText(this.question));
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
    this.actions.replaceChildren(...tools(this.question), this.newQuestion());
  }

  stopButton() {
    this.stop ??= element('button', { class: 'button stop', type: 'button' }, icon('stop'), words.stop);
    this.stop.onclick = () => this.page.stop();
    if (this.actions) this.actions.replaceChildren(this.stop);
    else answer.replaceChildren(element('p', { class: 'actions' }, this.stop));
  }

  stopped() {
    this.stop?.remove();
    if (!this.summary) {
      answer.replaceChildren(element('p', { class: 'quiet-notice' }, words.stoppedEarly), element('p', { class: 'actions' }, this.againButton(), this.newQuestion()));
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
    button.addEventListener('click', () => this.page.ask(this.question, 1));
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
    if (waits) this.page.countDown(error.retryAfter, (left) => { countdown.textContent = words.countdown(left); }, () => this.page.ask(this.question, tries + 1));
  }

  // Remembered on the device, so that "back" from a routine shows it at once, and so that it is there without coverage.
  keep() {
    const kept = { danger: this.danger, first: this.first, sentences: this.sentences, outcome: this.outcome };
    device.stopWaiting(this.question);
    const answered = device.keepAnswer(this.question, kept);
    history.replaceState({ question: this.question, answered }, '');
  }

  // An answer that was kept; without contact it says when it was given.
  restore({ kept, at }, alone = !navigator.onLine) {
    if (kept.danger) this.showDanger(kept.danger);
    this.showQuotes(kept.first, true);
    this.settle(kept.sentences);
    this.finish(kept.outcome, true);
    if (alone) {
      answer.prepend(element('div', { class: 'trouble kept-answer', role: 'alert' },
        element('p', { class: 'trouble-message' }, words.savedAnswer(device.clock(at)))));
    }
  }

  newQuestion() {
    const link = element('a', { class: 'button', href: '/' }, words.newQuestion);
    wireNew(link, this.page);
    return link;
  }
}

/** A link that empties the page for another question. */
export function wireNew(link, page) {
  link.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    page.goToStart();
  });
}

/** What can be done with an answer: read it aloud, copy it, share its address. */
export function tools(question) {
  const copy = element('button', { class: 'button', type: 'button' }, icon('copy'), element('span', {}, words.copy));
  wireCopy(copy, () => asText(question));
  return [copy, aloudButton(spokenTexts), shareButton(question)];
}

/** Shares the address of the question, or copies it. */
function shareButton(question) {
  const label = element('span', {}, words.share);
  const button = element('button', { class: 'button', type: 'button' }, icon('link'), label);
  const url = `${location.origin}/?q=${encodeURIComponent(question)}`;
  button.addEventListener('click', async () => {
    if (navigator.share) {
      try {
        await navigator.share({ title: question, url });
        return;
      } catch (error) {
        if (error.name === 'AbortError') return;
      }
    }
    const told = (await copyText(url)) ? words.linkCopied : words.notCopied;
    label.textContent = told;
    say(told);
    setTimeout(() => { label.textContent = words.share; }, 2000);
  });
  return button;
}

/** The decisive quote and the summary, as they are read aloud. */
function spokenTexts() {
  const lit = answer.querySelector('.quote.lit');
  return [
    lit && words.aloudQuote(clean(lit.querySelector('.source-title'))),
    ...[...(lit?.querySelectorAll('blockquote p') ?? [])].map(clean),
    answer.querySelector('.sentence') && `${words.summaryHeading}.`,
    ...[...answer.querySelectorAll('.sentence')].map((one) => clean(one).replace(/\s*\[\d+\]/gu, '')),
  ];
}

/** A node's text without what is only for screen readers, source numbers in brackets. */
function clean(node) {
  const copy = node.cloneNode(true);
  copy.querySelectorAll('.off-screen').forEach((hidden) => hidden.remove());
  copy.querySelectorAll('.chip').forEach((one) => { one.textContent = `[${one.textContent}]`; });
  return copy.textContent.replace(/\s+/gu, ' ').trim();
}

/** What is on the page as plain text to paste: the question, the summary, and the quotes with their sources. */
export function asText(question) {
  const refusal = answer.querySelector('.refusal h2');
  const sentences = [...answer.querySelectorAll('.sentence')].map(clean);
  const differences = [...answer.querySelectorAll('.disagreement')].map((one) => [...one.children].map(clean).join('\n'));
  const overview = [...answer.querySelectorAll('.overview h2, .overview .source-title a, .overview .example')].map(clean);
  const quotes = [...answer.querySelectorAll('.quote')].map((card) => {
    const number = card.querySelector('.quote-number');
    const link = card.querySelector('.source-title a');
    const where = card.querySelector('.place');
    const words = [...card.querySelectorAll('blockquote p')].map(clean).join(' ');
    return [`${number ? `[${clean(number)}] ` : ''}”${words}”`, [clean(link), where && clean(where), clean(card.querySelector('.badge'))].filter(Boolean).join(', '), link.href].join('\n');
  });
  return [question, refusal && clean(refusal), sentences.length ? `${sentences.join('\n')}\n(${words.aiNotice})` : '', overview.join('\n'), ...differences, ...quotes].filter(Boolean).join('\n\n');
}
