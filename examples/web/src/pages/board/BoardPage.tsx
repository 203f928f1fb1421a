import { useState } from "react";
import { useQuery } from "urql";
import { ErrorMessage } from "../../components/ErrorMessage";
import { ProjectsDocument } from "../../gql/graphql";
import { Board } from "./Board";
import { NewTask } from "./NewTask";

/** The board of a project that the user chooses. */
export function BoardPage() {
  const [{ data, error }, reload] = useQuery({ query: ProjectsDocument });
  const [chosen, setChosen] = useState<string | null>(null);
  const projects = data?.projects?.nodes ?? [];
  const projectId = chosen ?? projects[0]?.id;

  if (error) return <ErrorMessage error={error} retry={reload} />;
  if (!data) return <p role="status">Loading…</p>;
  if (projectId === undefined) return <p>There are no projects yet.</p>;
  return (
    <>
      <label>
        Project
        <select value={projectId} onChange={(event) => setChosen(event.target.value)}>
          {projects.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <NewTask projectId={projectId} />
      <Board key={projectId} projectId={projectId} />
    </>
  );
}
