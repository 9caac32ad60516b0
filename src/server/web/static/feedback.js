// The form under an answer, sent without leaving the page.

const query = new URL(import.meta.url).search;
const { element, find, say, words } = await import(`./shared.js${query}`);

const block = find('efter');
const form = find('aterkoppling');
const usual = form ? [...form.childNodes] : [];

/** Shows the form for an answer; `asText` gives it as it is shown. */
export function offerFeedback(question, asText) {
  if (!form) return;
  form.replaceChildren(...usual);
  form.reset();
  form.querySelector('details').open = false;
  form.elements.fraga.value = question;
  form.asText = asText;
  block.hidden = false;
}

export function hideFeedback() {
  if (block) block.hidden = true;
}

form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  form.querySelector('.feedback-trouble')?.remove();
  if (form.asText) form.elements.visat.value = form.asText();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const buttons = form.querySelectorAll('button');
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const response = await fetch(form.action, { method: 'POST', body: fields });
    if (!response.ok) throw new Error(String(response.status));
    form.replaceChildren(element('p', { class: 'feedback-thanks', tabindex: -1 }, fields.get('hjalpte') === 'ja' ? words.thanksYes : words.thanksNo));
    form.firstChild.focus({ preventScroll: true });
  } catch {
    event.submitter.before(element('p', { class: 'feedback-trouble', role: 'alert' }, words.notSent));
    say(words.notSent);
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
});
