/** Saves changes with optimistic locking, and merges them with those of other users. */

import type { UserError } from "./userErrors.js";

export interface Saved<T> {
  /** The object as it is now: after the change, or, after a conflict, as another user has left it. */
  object: T | null;
  userErrors: UserError[];
}

type Save<T> = (changes: Partial<T>, expectedVersion: number) => Promise<Saved<T>>;

/** Asks the user about the fields that both have changed; returns those in which the user's own value wins. */
type Choose<T> = (fields: (keyof T)[], theirs: T) => Promise<(keyof T)[]>;

/**
 * Save the changes of a form that was loaded with `base`. If another user has changed the object since, fields that only
 * one of the two has changed are merged, the user decides about the others, and the rest is saved again.
 */
export async function saveMerged<T extends { version: number }>(
  base: T,
  changes: Partial<T>,
  save: Save<T>,
  choose: Choose<T>,
): Promise<Saved<T>> {
  for (;;) {
    const result = await save(changes, base.version);
    const isConflict = result.userErrors.some((error) => error.code === "CONFLICT");
    if (!isConflict || result.object === null) return result;
    const theirs = result.object;
    const clashes = findClashes(base, changes, theirs);
    const mine = clashes.length > 0 ? await choose(clashes, theirs) : [];
    changes = without(changes, clashes.filter((field) => !mine.includes(field)));
    base = theirs;
    if (Object.keys(changes).length === 0) return { object: theirs, userErrors: [] };
  }
}

/** The fields that both users have changed, to different values. */
export function findClashes<T extends object>(base: T, changes: Partial<T>, theirs: T): (keyof T)[] {
  const fields = Object.keys(changes) as (keyof T)[];
  return fields.filter((field) => theirs[field] !== base[field] && theirs[field] !== changes[field]);
}

function without<T extends object>(values: Partial<T>, fields: (keyof T)[]): Partial<T> {
  const rest = { ...values };
  for (const field of fields) delete rest[field];
  return rest;
}
