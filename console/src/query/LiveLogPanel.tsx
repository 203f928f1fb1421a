import { useStore } from '../server/store';
import { type LiveEvent, liveLog } from './liveLog';

/** The results of a running subscription, newest first, with a button to stop it. */
export function LiveLogPanel({ onStop }: { onStop: () => void }) {
  const log = useStore(liveLog);
  if (!log) return null;
  const { title, state, received, events, error } = log;
  return (
    <section className="live-log" aria-label={`Events of ${title}`}>
      <header>
        <strong>{title}</strong>
        <span role="status">
          {state === 'running' ? 'Running' : 'Ended'}, {received} {received === 1 ? 'event' : 'events'}
        </span>
        {state === 'running' && (
          <button type="button" onClick={onStop}>
            Stop
          </button>
        )}
        {state === 'ended' && (
          <button type="button" onClick={() => liveLog.set(null)}>
            Close
          </button>
        )}
      </header>
      {error && (
        <p role="alert" className="error">
          {error}
        </p>
      )}
      <ol reversed>
        {events.map(event => (
          <LiveEventItem key={event.number} event={event} />
        ))}
      </ol>
    </section>
  );
}

function LiveEventItem({ event: { time, result } }: { event: LiveEvent }) {
  return (
    <li>
      <time dateTime={time.toISOString()}>{time.toLocaleTimeString()}</time>
      <pre>{JSON.stringify(result, null, 1)}</pre>
    </li>
  );
}
