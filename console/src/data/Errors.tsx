import type { GraphQLError } from '../session/request';

/** The errors of a response. */
export function Errors({ errors, onRetry }: { errors: readonly GraphQLError[]; onRetry?: () => void }) {
  const messages = [...new Set(errors.map(error => error.message))];
  if (messages.length === 0) return null;
  return (
    <div className="notice" role="alert">
      {messages.map(message => (
        <p key={message}>{message}</p>
      ))}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
