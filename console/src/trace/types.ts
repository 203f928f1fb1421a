/** What the operation cost, in points. */
export interface Cost {
  requested: number;
  actual: number;
  remaining: number | null;
}

/** A part of the processing, with its start since the request arrived. */
export interface Span {
  startMs: number;
  durationMs: number;
}

/** A field that was resolved, for all objects of its level at once. */
export interface FieldSpan extends Span {
  path: string;
  objects: number;
  loads: number;
}

/** A statement in the database, without the values of its parameters. */
export interface Statement extends Span {
  sql: string;
  parameters: number;
  path: string | null;
  rows: number | null;
  connection: 'read' | 'write';
  failed?: boolean;
}

/** A batch of a dataloader. */
export interface Load extends Span {
  loader: string;
  path: string | null;
  keys: number;
  rows: number | null;
}

/** How the server executed an operation: `extensions.trace`. */
export interface Trace {
  executor: string;
  fallbackReason: string | null;
  durationMs: number;
  source: string | null;
  phases: (Span & { name: string })[];
  fields: FieldSpan[];
  statements: Statement[];
  loads: Load[];
  /** How many there were beyond those that the lists contain. */
  omitted: { fields: number; statements: number; loads: number };
}

/** One step of a plan. */
export interface PlanStep {
  path: string;
  type: string;
  loader: string | null;
  statements: number;
  sql: string[];
}

/** What running an operation would do: the response of the endpoint for plans. */
export interface Plan {
  operation: { name: string | null; type: string } | null;
  executor: string | null;
  fallbackReason: string | null;
  steps: PlanStep[];
  cost: { requested: number; limit: number | null; budgetRemaining: number | null } | null;
  statements: { least: number | null; most: number | null } | null;
  refusals: { code: string; message: string; path: string | null }[];
}
