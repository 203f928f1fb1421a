import { isObject } from '../server/isObject';
import { planUrl } from '../server/urls';
import { execute, type Operation } from '../session/request';
import type { Plan } from '../trace/types';

/** What the server would do with an operation. It is not executed. Throws an error with the reason if there is no plan. */
export async function loadPlan(operation: Operation, signal: AbortSignal): Promise<Plan> {
  const { status, body } = await execute(operation, { endpoint: planUrl(), signal });
  const answer: unknown = body;
  if (status === 200 && isPlan(answer)) return answer;
  throw new Error(body.errors?.[0]?.message ?? `The server answered with status ${status} and no plan.`);
}

function isPlan(answer: unknown): answer is Plan {
  return isObject(answer) && Array.isArray(answer.steps) && Array.isArray(answer.refusals);
}
