import { describe, expect, it } from 'vitest';
import { splitLinks } from './links';

const urls = (text: string) => splitLinks(text).flatMap(part => (part.url ? [part.url] : []));

describe('splitLinks', () => {
  it('finds links and keeps the text between them', () => {
    const text = 'Open http://localhost:8000/reset-password#token=letter_a%2B1, then wait.\n';
    expect(urls(text)).toEqual(['http://localhost:8000/reset-password#token=letter_a%2B1']);
    expect(
      splitLinks(text)
        .map(part => part.text)
        .join(''),
    ).toBe(text);
  });

  it('makes no links of other schemes or of markup', () => {
    expect(urls('javascript:alert(1) data:text/html,x <a href="javascript:alert(1)">')).toEqual([]);
    expect(urls('"https://a.test/x"><img src=x onerror=alert(1)>')).toEqual(['https://a.test/x']);
  });

  it('leaves the punctuation after a link out', () => {
    expect(urls('(see https://a.test/b). https://a.test/c?d=e!')).toEqual(['https://a.test/b', 'https://a.test/c?d=e']);
  });
});
