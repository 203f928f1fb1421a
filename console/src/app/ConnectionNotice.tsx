import { useReachable } from '../server/connection';

/** Says that the server cannot be reached, until it can be reached again. */
export function ConnectionNotice() {
  const isReachable = useReachable();
  return (
    <div role="status" className="connection">
      {!isReachable && 'The server cannot be reached. Trying again every few seconds…'}
    </div>
  );
}
