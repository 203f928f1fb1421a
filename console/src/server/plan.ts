import type { Plan } from '../trace/types';
import { execute, type GraphQLError, type Operation } from './request';
import { planUrl } from './urls';

/** What the server would do with an operation. It is not executed. Throws an error with the reason if there is no plan. */
export async function loadPlan(operation: Operation, signal: AbortSignal): Promise<Plan> {
  const { status, body } = await execute(operation, { endpoint: planUrl(), signal });
  const plan = body as unknown as Plan & { errors?: GraphQLError[] };
  if (status === 200 && Array.isArray(plan.steps)) return plan;
  throw new Error(plan.errors?.[0]?.message ?? `The server answered with status ${status}.`);
}
