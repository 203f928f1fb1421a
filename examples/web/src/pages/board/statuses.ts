import type { TaskStatus } from "../../gql/graphql";

/** The columns of the board. */
export const STATUSES: { status: TaskStatus; title: string }[] = [
  { status: "TODO", title: "To do" },
  { status: "IN_PROGRESS", title: "In progress" },
  { status: "DONE", title: "Done" },
];

export function titleOf(status: TaskStatus): string {
  return STATUSES.find((column) => column.status === status)?.title ?? status;
}
