/** A part of a text: a link, or the text between links. `position` is where it begins. */
export interface TextPart {
  text: string;
  url: string | null;
  position: number;
}

/** Only these become links: an email can contain what other people entered, such as `javascript:…`. */
const LINK = /https?:\/\/[^\s<>"]*[^\s<>"().,;:!?']/g;

/** Split a text into its links and the text between them. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index), url: null, position: end });
    parts.push({ text: match[0], url: match[0], position: match.index });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), url: null, position: end });
  return parts;
}
