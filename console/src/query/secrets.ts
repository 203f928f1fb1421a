import { Lexer, Source, type Token, TokenKind } from 'graphql';
import { isObject } from '../server/isObject';
import type { Operation } from '../server/types';

const SECRET_NAME = /password|secret|token|api[-_]?key(?!Ids?$)/i;
// The server's API keys, tokens of emails, refresh tokens and webhook secrets, and JSON Web Tokens.
const SECRET_PREFIX = /(?:allot_|letter_|refresh_|whsec_|eyJ)/;
const SECRET_VALUE = new RegExp(`^(?:Bearer )?${SECRET_PREFIX.source}`);
const SECRET_IN_COMMENT = new RegExp(`\\b${SECRET_PREFIX.source}|(?:${SECRET_NAME.source})\\w*"?\\s*:\\s*"`, 'i');

/** Whether a variable, an argument or a field with this name has a value that must not be stored or shared. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Whether a text is a secret of this server or a token, which is independent of its name. */
export function isSecretValue(text: string): boolean {
  return SECRET_VALUE.test(text);
}

/** What stands for a secret: its name, for the user to replace. */
export function placeholder(name: string): string {
  return `<${name || 'secret'}>`;
}

/** Replace secrets in a value: `{password: "x"}` becomes `{password: "<password>"}`. `secret` is the name of the secret
 * that the value belongs to, if any. */
export function redactValue(value: unknown, secret = '', name = ''): unknown {
  if (typeof value === 'string') return secret || isSecretValue(value) ? placeholder(secret || name) : value;
  if (Array.isArray(value)) return value.map(item => redactValue(item, secret, name));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, part]) => [key, redactValue(part, isSecretName(key) ? key : secret, key)]),
  );
}

/** Replace the secrets in the document and in the variables of an operation. */
export function redactOperation<Redacted extends Operation>(operation: Redacted): Redacted {
  const { query, variables } = operation;
  return {
    ...operation,
    query: redactQuery(query),
    ...(variables && { variables: redactObject(variables, secretVariables(query)) }),
  };
}

/** Replace secrets in variables as the user typed them, for the query that uses them. A text that is not JSON and may
 * contain a secret becomes empty. */
export function redactVariables(text: string, query: string): string {
  const secrets = secretVariables(query);
  try {
    const value: unknown = JSON.parse(text);
    const redacted = isObject(value) ? redactObject(value, secrets) : redactValue(value);
    return JSON.stringify(redacted) === JSON.stringify(value) ? text : JSON.stringify(redacted, null, 2);
  } catch {
    return mentionsSecret(text) || secrets === null || secrets.size > 0 ? '' : text;
  }
}

/** Replace the secrets in a document. A document that cannot be read and may contain a secret becomes empty. */
export function redactQuery(query: string): string {
  const all = readTokens(query);
  if (!all) return mentionsSecret(query) ? '' : query;
  let redacted = '';
  let end = 0;
  for (const [token, text] of replacements(all)) {
    redacted += query.slice(end, token.start) + text;
    end = token.end;
  }
  return redacted + query.slice(end);
}

/** Whether an operation contains a secret. */
export function hasSecrets(query: string, variables: string): boolean {
  return redactQuery(query) !== query || redactVariables(variables, query) !== variables;
}

function mentionsSecret(text: string): boolean {
  return SECRET_NAME.test(text) || SECRET_PREFIX.test(text);
}

// Without `secrets`, each variable may be one.
function redactObject(
  variables: Record<string, unknown>,
  secrets: ReadonlyMap<string, string> | null,
): Record<string, unknown> {
  const secretOf = (name: string) => (isSecretName(name) || !secrets ? name : (secrets.get(name) ?? ''));
  const entries = Object.entries(variables);
  return Object.fromEntries(entries.map(([name, value]) => [name, redactValue(value, secretOf(name), name)]));
}

/** The variables that a document uses as a secret, with the name of the argument or field that they are the value of:
 * `$p` in `password: $p`. Null if the document cannot be read and may contain a secret. */
function secretVariables(query: string): ReadonlyMap<string, string> | null {
  const all = readTokens(query);
  if (!all) return mentionsSecret(query) ? null : new Map();
  return variablesIn(secretValues(withoutComments(all), new Map()));
}

function variablesIn(values: SecretToken[]): Map<string, string> {
  const variables = values.filter(
    ({ token }) => token.kind === TokenKind.NAME && token.prev?.kind === TokenKind.DOLLAR,
  );
  return new Map(variables.map(({ token, name }) => [token.value, name]));
}

/** All tokens with the comments; null if there is a syntax error. */
function readTokens(query: string): Token[] | null {
  const lexer = new Lexer(new Source(query));
  const tokens: Token[] = [];
  try {
    const start = lexer.token;
    while (lexer.advance().kind !== TokenKind.EOF);
    for (let token = start.next; token && token.kind !== TokenKind.EOF; token = token.next) tokens.push(token);
    return tokens;
  } catch {
    return null;
  }
}

function withoutComments(tokens: Token[]): Token[] {
  return tokens.filter(({ kind }) => kind !== TokenKind.COMMENT);
}

function isText({ kind }: Token): boolean {
  return kind === TokenKind.STRING || kind === TokenKind.BLOCK_STRING;
}

/** What to write instead of which tokens, in their order. */
function replacements(all: Token[]): [Token, string][] {
  const tokens = withoutComments(all);
  const variables = variablesIn(secretValues(tokens, new Map()));
  const names = new Map(secretValues(tokens, variables).map(({ token, name }) => [token, name]));
  return all.flatMap((token): [Token, string][] => {
    if (token.kind === TokenKind.COMMENT)
      return SECRET_IN_COMMENT.test(token.value) ? [[token, '# removed: it may contain a secret']] : [];
    const name = names.get(token) ?? (isSecretValue(token.value) ? 'secret' : null);
    return isText(token) && name !== null ? [[token, JSON.stringify(placeholder(name))]] : [];
  });
}

interface SecretToken {
  token: Token;
  name: string;
}

/** The tokens of the values of secrets; with the default values of `variables`, which are used as secrets. */
function secretValues(tokens: Token[], variables: ReadonlyMap<string, string>): SecretToken[] {
  return tokens.flatMap((token, index) => {
    const isNamed = token.kind === TokenKind.NAME && tokens[index + 1]?.kind === TokenKind.COLON;
    if (!isNamed) return [];
    const isVariable = tokens[index - 1]?.kind === TokenKind.DOLLAR;
    const name = isSecretName(token.value) ? token.value : isVariable ? variables.get(token.value) : undefined;
    if (name === undefined) return [];
    return valueTokens(tokens, index + 2).map(value => ({ token: value, name }));
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
