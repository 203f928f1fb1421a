import type { Extensions } from '../server/types';
import type { Cost, Trace } from './types';

/** The trace in the extensions of a response; null if there is none. */
export function readTrace(extensions: Extensions | undefined): Trace | null {
  const trace = extensions?.trace as Partial<Trace> | undefined;
  if (typeof trace !== 'object' || trace === null || typeof trace.durationMs !== 'number') return null;
  const { executor = '', fallbackReason = null, durationMs, source = null } = trace;
  const { phases = [], fields = [], statements = [], loads = [] } = trace;
  const { omitted = { fields: 0, statements: 0, loads: 0 } } = trace;
  return { executor, fallbackReason, durationMs, source, phases, fields, statements, loads, omitted };
}

/** The cost in the extensions of a response; null if there is none. */
export function readCost(extensions: Extensions | undefined): Cost | null {
  const cost = extensions?.cost as Cost | undefined;
  return typeof cost?.requested === 'number' ? cost : null;
}
