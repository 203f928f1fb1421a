import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatMs } from './format';

test.each([
  [0, '0.00 ms'],
  [0.421, '0.42 ms'],
  [9.994, '9.99 ms'],
  [9.996, '10.0 ms'],
  [99.96, '100 ms'],
  [999.4, '999 ms'],
  [999.6, '1.00 s'],
  [61_000, '61.00 s'],
])('formatMs(%f) is %s', (ms, text) => expect(formatMs(ms)).toBe(text));

test.each([
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1536, '1.5 KiB'],
  [3 * 1024 ** 2, '3.0 MiB'],
])('formatBytes(%i) is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test('formatCount has the right noun', () => {
  expect(formatCount(1, 'row')).toBe('1 row');
  expect(formatCount(2000, 'row')).toBe('2,000 rows');
  expect(formatCount(0, 'entry', 'entries')).toBe('0 entries');
});
