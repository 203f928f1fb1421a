import { useQuery } from "urql";
import { ErrorMessage } from "../../components/ErrorMessage";
import { NextPage } from "../../components/NextPage";
import { AuditDocument } from "../../gql/graphql";
import { Entry } from "./Entry";

/** A page of the audit, newest first, and those after it. */
export function Audit({ after }: { after?: string }) {
  const [{ data, error }, reload] = useQuery({
    query: AuditDocument,
    variables: { after },
    requestPolicy: "cache-and-network", // others write entries, too
  });
  if (error) return <ErrorMessage error={error} retry={reload} />;
  if (!data?.auditLog) return <p role="status">Loading…</p>;
  return (
    <>
      {data.auditLog.nodes.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
      <NextPage pageInfo={data.auditLog.pageInfo}>{(cursor) => <Audit after={cursor} />}</NextPage>
    </>
  );
}
