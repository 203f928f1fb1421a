import type { EntryFieldsFragment } from "../../gql/graphql";

/** Who has changed what, from which value to which. */
export function Entry({ entry }: { entry: EntryFieldsFragment }) {
  const { noun, action, changedFields, before, after, createdAt, user, actorKind } = entry;
  return (
    <article>
      <h2>
        {noun} {action.toLowerCase()}
      </h2>
      <p>
        {user?.fullName ?? actorKind.toLowerCase()}, <time dateTime={createdAt}>{formatTime(createdAt)}</time>
      </p>
      <dl>
        {changedFields.map((field) => (
          <div key={field}>
            <dt>{field}</dt>
            <dd>
              {formatValue(before[field])} → {formatValue(after[field])}
            </dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function formatTime(time: string): string {
  return new Date(time).toLocaleString("en", { dateStyle: "medium", timeStyle: "medium" });
}

function formatValue(value: unknown): string {
  if (value === undefined || value === null || value === "") return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
