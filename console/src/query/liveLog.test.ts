import { expect, test } from 'vitest';
import { endLog, liveLog, logResult, startLog } from './liveLog';

test('has the latest 200 results, newest first', () => {
  startLog('New');
  for (let number = 1; number <= 205; number += 1) logResult(number);
  const log = liveLog.get();
  expect(log?.received).toBe(205);
  expect(log?.events).toHaveLength(200);
  expect(log?.events[0]).toMatchObject({ number: 205, result: 205 });
});

test('the first reason for the end is shown', () => {
  startLog('New');
  endLog('The token has expired.');
  endLog(null);
  expect(liveLog.get()).toMatchObject({ state: 'ended', error: 'The token has expired.' });
});
