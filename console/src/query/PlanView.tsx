import { useEffect, useState } from 'react';
import type { Operation } from '../server/types';
import { useSession } from '../session/session';
import { executorText, formatCount, formatNumber } from '../trace/format';
import type { Plan, PlanStep } from '../trace/types';
import { SqlText } from '../trace/Waterfall';
import { useCurrentOperation } from './current';
import type { CurrentOperation } from './findOperation';
import { loadPlan } from './plan';

const DELAY_MS = 500; // after the last key
type Loaded = { plan: Plan; problem: null } | { plan: null; problem: string };

/** How the server would execute the operation under the cursor, what that costs at most, and why it would be refused. */
export default function PlanView() {
  const current = useCurrentOperation();
  const { loaded, isLoading } = usePlan(current);
  if (!current.operation) return <p>{current.problem}</p>;
  if (current.type === 'subscription')
    return <p>A subscription has no plan: each of its results is an execution of its own.</p>;
  return (
    <div aria-busy={isLoading}>
      {!loaded && <p>Loading…</p>}
      {loaded?.problem && <p role="alert">{loaded.problem}</p>}
      {loaded?.plan && <PlanDetails plan={loaded.plan} />}
    </div>
  );
}

function usePlan({ operation, type }: CurrentOperation) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [isLoading, setLoading] = useState(false);
  const session = useSession(); // another user or tenant has another plan
  const planned = type === 'subscription' ? null : operation;
  const key = JSON.stringify(planned);
  // The operation is a new object with each rendering, its key is not.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key for the operation; the session decides about refusals
  useEffect(() => {
    if (planned === null) return;
    const controller = new AbortController();
    const load = async () => {
      setLoading(true);
      const next = await requestPlan(planned, controller.signal);
      if (controller.signal.aborted) return;
      setLoaded(next);
      setLoading(false);
    };
    const timer = setTimeout(() => void load(), DELAY_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key, session]);
  return { loaded, isLoading };
}

async function requestPlan(operation: Operation, signal: AbortSignal): Promise<Loaded> {
  try {
    return { plan: await loadPlan(operation, signal), problem: null };
  } catch (error) {
    return { plan: null, problem: (error as Error).message };
  }
}

function PlanDetails({ plan }: { plan: Plan }) {
  return (
    <>
      <Refusals refusals={plan.refusals} />
      <dl className="facts">
        {factsOf(plan).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {plan.steps.length > 0 && <Steps steps={plan.steps} />}
    </>
  );
}

function Refusals({ refusals }: Pick<Plan, 'refusals'>) {
  if (refusals.length === 0) return <p>The server would execute this operation.</p>;
  return (
    <div role="alert">
      <p className="error">The server would refuse this operation, or a part of it:</p>
      <ul>
        {refusals.map(({ code, message, path }) => (
          <li key={`${code} ${path} ${message}`}>
            <code>{code}</code> {path && <code>{path}</code>} {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function factsOf({ operation, executor, fallbackReason, cost, statements }: Plan): string[][] {
  return [
    ...(operation ? [['Operation', `${operation.type} ${operation.name ?? 'without a name'}`]] : []),
    ...(executor ? [['Executor', executorText(executor, fallbackReason)]] : []),
    ...(cost ? [['Cost', costText(cost)]] : []),
    ...(cost && cost.budgetRemaining !== null
      ? [['Budget', `${formatCount(cost.budgetRemaining, 'point')} left`]]
      : []),
    ...(statements ? [['Statements', statementsText(statements)]] : []),
  ];
}

function costText({ requested, limit }: NonNullable<Plan['cost']>): string {
  const points = `at most ${formatCount(requested, 'point')}`;
  return limit === null ? points : `${points}; the limit is ${formatNumber(limit)}`;
}

function statementsText({ least, most }: NonNullable<Plan['statements']>): string {
  if (least === null || most === null) return 'known only when it is executed';
  return least === most ? formatNumber(least) : `${formatNumber(least)} to ${formatNumber(most)}`;
}

function Steps({ steps }: { steps: PlanStep[] }) {
  return (
    <table className="waterfall">
      <caption>Steps, in the order of their execution</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Type</th>
          <th scope="col">Loader</th>
          <th scope="col">Statements</th>
        </tr>
      </thead>
      <tbody>
        {steps.map(step => (
          <tr key={step.path}>
            <th scope="row">
              {step.path}
              {step.sql.map(sql => (
                <SqlText key={sql} label="statement" sql={sql} />
              ))}
            </th>
            <td>{step.type}</td>
            <td>{step.loader}</td>
            <td className="number">{formatNumber(step.statements)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
