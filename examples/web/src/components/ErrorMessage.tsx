import type { CombinedError } from "@urql/core";
import { describeFailure } from "../api/errors";

interface Props {
  error: CombinedError;
  retry?: () => void;
}

export function ErrorMessage({ error, retry }: Props) {
  return (
    <p className="error" role="alert">
      {describeFailure(error)}{" "}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </p>
  );
}
