import { expect, test } from 'vitest';
import { nameOf } from './nameOf';

test.each([
  ['query Tasks($a: Int) { a }', 'Tasks'],
  ['# query Old\nfragment F on Query { a }\nmutation  Create_1 { a }', 'Create_1'],
  ['{ a }', 'Without a name'],
])('nameOf(%j) is %s', (text, name) => expect(nameOf(text)).toBe(name));
