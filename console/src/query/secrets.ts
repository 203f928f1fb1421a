import { Lexer, Source, type Token, TokenKind } from 'graphql';

const SECRET_NAME = /password|secret|token/i;

/** Whether a variable, an argument or a field with this name has a value that must not be stored or shared. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** What stands for a secret: its name, for the user to replace. */
export function placeholder(name: string): string {
  return `<${name}>`;
}

/** Replace the texts in a value that have the name of a secret: `{password: "x"}` becomes `{password: "<password>"}`. */
export function redactValue(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return isSecretName(name) ? placeholder(name) : value;
  if (Array.isArray(value)) return value.map(item => redactValue(item, name));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, part]) => [key, redactValue(part, isSecretName(key) ? key : name)]));
}

/** Replace secrets in variables as the user typed them. A text that is not JSON and names a secret becomes empty. */
export function redactVariables(text: string): string {
  if (!isSecretName(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    const redacted = redactValue(value);
    return JSON.stringify(redacted) === JSON.stringify(value) ? text : JSON.stringify(redacted, null, 2);
  } catch {
    return '';
  }
}

/** Replace texts in a document that are values of secrets. A document that cannot be read and names a secret becomes
 * empty. */
export function redactQuery(query: string): string {
  if (!isSecretName(query)) return query;
  const tokens = readTokens(query);
  if (!tokens) return '';
  let redacted = '';
  let end = 0;
  for (const { token, name } of findSecrets(tokens)) {
    redacted += query.slice(end, token.start) + JSON.stringify(placeholder(name));
    end = token.end;
  }
  return redacted + query.slice(end);
}

/** Whether an operation contains a secret. */
export function hasSecrets(query: string, variables: string): boolean {
  return redactQuery(query) !== query || redactVariables(variables) !== variables;
}

function readTokens(query: string): Token[] | null {
  const lexer = new Lexer(new Source(query));
  const tokens: Token[] = [];
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) tokens.push(token);
    return tokens;
  } catch {
    return null; // a syntax error
  }
}

function findSecrets(tokens: Token[]): { token: Token; name: string }[] {
  return tokens.flatMap((token, index) => {
    const isNamed = token.kind === TokenKind.NAME && tokens[index + 1]?.kind === TokenKind.COLON;
    if (!isNamed || !isSecretName(token.value)) return [];
    return valueTokens(tokens, index + 2)
      .filter(({ kind }) => kind === TokenKind.STRING || kind === TokenKind.BLOCK_STRING)
      .map(text => ({ token: text, name: token.value }));
  });
}

const OPENING: string[] = [TokenKind.BRACKET_L, TokenKind.BRACE_L];
const CLOSING: string[] = [TokenKind.BRACKET_R, TokenKind.BRACE_R];
const CONTINUING: string[] = [TokenKind.BANG, TokenKind.EQUALS, TokenKind.DOLLAR];

// The tokens of the value, or of the type and the default value, that begins at `start`.
function valueTokens(tokens: Token[], start: number): Token[] {
  let depth = 0;
  for (let index = start; index < tokens.length; index += 1) {
    const kind = tokens[index]?.kind ?? '';
    if (OPENING.includes(kind)) depth += 1;
    if (CLOSING.includes(kind)) depth -= 1;
    const next = tokens[index + 1]?.kind ?? '';
    const continues = CONTINUING.includes(kind) || next === TokenKind.BANG || next === TokenKind.EQUALS;
    if (depth <= 0 && !continues) return tokens.slice(start, index + 1);
  }
  return tokens.slice(start);
}
