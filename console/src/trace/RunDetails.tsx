import { useServerInfo } from '../server/serverInfo';
import { useStore } from '../server/store';
import { useSession } from '../session/session';
import { executorText, formatBytes, formatCount, formatMs, formatNumber } from './format';
import { readCost, readTrace } from './readExtensions';
import { lastRun } from './state';
import type { Cost, Trace } from './types';
import { Waterfall } from './Waterfall';

/** What the last run took and cost, and how the server executed it. */
export default function RunDetails() {
  const run = useStore(lastRun);
  if (!run) return <p>Run an operation. Its time, its cost and its statements are shown here.</p>;
  const { operation, outcome, isTraced } = run;
  const trace = readTrace(outcome.body.extensions);
  const facts = [
    ['Operation', operation.operationName ?? 'without a name'],
    ['Status', `${outcome.status}`],
    ['Round trip', formatMs(outcome.durationMs)],
    ...(trace ? [['Server', formatMs(trace.durationMs)]] : []),
    ['Response', `${formatBytes(outcome.bytes)}, before compression`],
    ...costFacts(readCost(outcome.body.extensions)),
    ...(trace ? traceFacts(trace) : []),
  ];
  return (
    <>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {trace ? <Waterfall trace={trace} /> : <NoTrace isTraced={isTraced} />}
    </>
  );
}

function costFacts(cost: Cost | null): string[][] {
  if (!cost) return [];
  const { requested, actual, remaining } = cost;
  const charged = actual === null || actual === undefined ? 'nothing' : formatNumber(actual);
  return [
    ['Cost', `${charged} of at most ${formatCount(requested, 'point')}`],
    ...(remaining === null ? [] : [['Budget', `${formatCount(remaining, 'point')} left`]]),
  ];
}

function traceFacts({ executor, fallbackReason, source, statements, loads, omitted }: Trace): string[][] {
  const from = source ? ` on the ${source}` : '';
  const sum = omitted.fields + omitted.statements + omitted.loads;
  return [
    ['Executor', executorText(executor, fallbackReason)],
    [
      'Database',
      `${formatCount(statements.length + omitted.statements, 'statement')}, ${formatCount(loads.length + omitted.loads, 'load')}${from}`,
    ],
    ...(sum
      ? [['Not listed', `${formatNumber(sum)} more, of which ${formatCount(omitted.statements, 'statement')}`]]
      : []),
  ];
}

function NoTrace({ isTraced }: { isTraced: boolean }) {
  const server = useServerInfo();
  const isSuperuser = useSession()?.user.isSuperuser ?? false;
  if (isTraced) return <p>The server sent no trace.</p>;
  if (server?.trace === 'everyone' || isSuperuser) return <p>Run the operation again to see its statements.</p>;
  return <p>This server shows statements to superusers only.</p>;
}
