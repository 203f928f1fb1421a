import { expect, test } from 'vitest';
import { displayName } from './names';

test.each([
  ['dueDate', 'Due date'],
  ['apiKeys', 'API keys'],
  ['createApiKey', 'Create API key'],
  ['ApiKey', 'API key'],
  ['logoUrl', 'Logo URL'],
  ['rapidly', 'Rapidly'],
])('%s is %s', (name, expected) => {
  expect(displayName(name)).toBe(expected);
});
