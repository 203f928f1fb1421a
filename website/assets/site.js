// Repairs of the theme for people who use a keyboard or a screen reader.

/** Make code and tables that scroll reachable with the keyboard, and the buttons of code no landmarks. */
function repair() {
  for (const element of document.querySelectorAll('pre > code, .md-typeset__scrollwrap')) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
  }
  for (const element of document.querySelectorAll('.md-code__nav:not([role])')) element.setAttribute('role', 'none');
}

repair();
// The theme adds the buttons later.
new MutationObserver(repair).observe(document.body, { childList: true, subtree: true });
