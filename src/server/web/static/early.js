// Before the page is painted: what the person has chosen on this device, so that nothing moves afterwards.
try {
  const root = document.documentElement;
  root.dataset.text = localStorage.getItem('rutinlots.text') || '0';
  if (localStorage.getItem('rutinlots.sett')) root.dataset.sett = '1';
} catch { /* Storage is turned off: the page looks as on the first visit. */ }
