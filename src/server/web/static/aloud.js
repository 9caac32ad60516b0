// Reads an answer aloud, with voices that run on the device alone: what is asked and answered must not leave it. Where
// there is no such Swedish voice there is no button.

const query = new URL(import.meta.url).search;
const { element, icon, words } = await import(`./shared.js${query}`);

const synthesis = window.speechSynthesis;

function voice() {
  return synthesis?.getVoices().find((one) => one.localService === true && /^sv\b/iu.test(one.lang)) ?? null;
}

/** A button that reads `texts()` aloud; hidden until there is a voice. */
export function aloudButton(texts) {
  const label = element('span', {}, words.readAloud);
  const button = element('button', { class: 'button', type: 'button', hidden: true, 'aria-pressed': 'false' }, icon('speak'), label);
  const show = () => { button.hidden = !voice(); };
  let reading = false;
  const stopped = () => {
    reading = false;
    label.textContent = words.readAloud;
    button.setAttribute('aria-pressed', 'false');
  };
  button.addEventListener('click', () => {
    synthesis.cancel();
    if (reading) return stopped();
    const with_ = voice();
    if (!with_) return show();
    const spoken = texts().filter(Boolean).map((text) => {
      const one = new SpeechSynthesisUtterance(text);
      one.voice = with_;
      one.lang = with_.lang;
      return one;
    });
    if (!spoken.length) return undefined;
    reading = true;
    label.textContent = words.stopReading;
    button.setAttribute('aria-pressed', 'true');
    spoken.at(-1).onend = stopped;
    spoken.forEach((one) => { one.onerror = stopped; synthesis.speak(one); });
    return undefined;
  });
  if (synthesis) {
    show();
    synthesis.addEventListener?.('voiceschanged', show);
    addEventListener('pagehide', () => synthesis.cancel());
  }
  return button;
}

/** Falls silent, for instance when another question is asked. */
export const hush = () => synthesis?.cancel();
