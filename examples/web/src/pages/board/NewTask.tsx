import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { describeError } from "../../../../common/userErrors.js";
import { ErrorMessage } from "../../components/ErrorMessage";
import { AddTaskDocument } from "../../gql/graphql";

/** A form for one more task. The board shows it, because it is a live query. */
export function NewTask({ projectId }: { projectId: string }) {
  const [title, setTitle] = useState("");
  const [{ data, error, fetching }, addTask] = useMutation(AddTaskDocument);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const result = await addTask({ input: { title, projectId } });
    if (result.data?.createTask?.task) setTitle("");
  }

  return (
    <form className="row" onSubmit={submit}>
      <label>
        New task
        <input value={title} onChange={(event) => setTitle(event.target.value)} />
      </label>
      <button type="submit" disabled={fetching}>
        Add
      </button>
      {error && <ErrorMessage error={error} />}
      {data?.createTask?.userErrors.map((problem) => (
        <p className="error" role="alert" key={problem.field.join(".")}>
          {describeError(problem)}
        </p>
      ))}
    </form>
  );
}
