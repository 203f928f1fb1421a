import { useQuery } from "urql";
import { ErrorMessage } from "../../components/ErrorMessage";
import { NextPage } from "../../components/NextPage";
import { SearchDocument } from "../../gql/graphql";

interface Props {
  text: string;
  after?: string;
}

/** A page of results, and those after it. */
export function Results({ text, after }: Props) {
  const [{ data, error }, reload] = useQuery({ query: SearchDocument, variables: { text, after } });
  if (error) return <ErrorMessage error={error} retry={reload} />;
  if (!data?.search) return <p role="status">Searching…</p>;
  const { totalCount, edges, pageInfo } = data.search;
  return (
    <>
      {!after && <p role="status">{totalCount === 1 ? "1 result" : `${totalCount} results`}</p>}
      {edges.map(({ cursor, node, highlights }) => (
        <article key={cursor} aria-label={node.title}>
          {!highlights.some(({ field }) => field === "title") && <p className="title">{node.title}</p>}
          {highlights.map(({ field, html }) => (
            // biome-ignore lint/security/noDangerouslySetInnerHtml: the server escapes everything but <mark>
            <p key={field} className={field} dangerouslySetInnerHTML={{ __html: html }} />
          ))}
          <p>{node.__typename}</p>
        </article>
      ))}
      <NextPage pageInfo={pageInfo}>{(cursor) => <Results text={text} after={cursor} />}</NextPage>
    </>
  );
}
