import { useState } from 'react';
import { type IssuerClient, useServerInfo } from '../../server/serverInfo';
import { beginAuthorization, type Purpose, type Target } from './authorization';

interface IssuerButtonsProps {
  purpose: Purpose;
  /** The issuers to offer; by default all. */
  only?: string[];
  /** What to do after the sign-in. */
  target?: Target;
}

/** A button for each issuer, which leaves the page. Empty on servers without issuers for the console. */
export function IssuerButtons({ purpose, only, target = {} }: IssuerButtonsProps) {
  const clients = (useServerInfo()?.issuers ?? []).filter(({ issuer }) => only?.includes(issuer) ?? true);
  const [error, setError] = useState<string | null>(null);
  if (clients.length === 0) return null;
  const leave = (client: IssuerClient) =>
    beginAuthorization(client, purpose, target).then(
      url => location.assign(url),
      (reason: Error) => setError(reason.message),
    );
  return (
    <fieldset className="demo-users">
      <legend>{purpose === 'signIn' ? 'Or sign in with' : 'Or confirm with'}</legend>
      {clients.map(client => (
        <button key={client.issuer} type="button" title={client.issuer} onClick={() => void leave(client)}>
          {client.name}
        </button>
      ))}
      {purpose === 'confirm' && <p className="muted">This leaves the page. Send the operation again afterwards.</p>}
      {error && (
        <p role="alert" className="error">
          {error}
        </p>
      )}
    </fieldset>
  );
}
