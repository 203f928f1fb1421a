import { useState } from 'react';
import { CopyButton } from '../ui/CopyButton';
import { ViewLink } from '../ui/ViewLink';
import { openView } from '../ui/view';
import type { Mutation } from './describe/mutations';
import { displayName } from './describe/names';
import type { Noun } from './describe/nouns';
import { objectPath } from './describe/route';
import { MutationForm } from './MutationForm';
import type { MutationResult } from './useMutation';

/** The form of a new object. It opens the object, or first shows what the server returns only once, such as a secret. */
export function CreateForm({ noun, mutation, onClose }: { noun: Noun; mutation: Mutation; onClose: () => void }) {
  const [created, setCreated] = useState<MutationResult | null>(null);
  const finish = (result: MutationResult) => {
    if (onceOnly(result).length > 0 || !result.object) return setCreated(result);
    openView(objectPath(noun.key, String(result.object.id)));
  };
  if (!created) return <MutationForm mutation={mutation} noun={noun} onDone={finish} onClose={onClose} />;
  return <Created noun={noun} result={created} />;
}

/** The values of the payload beside the object. */
function onceOnly({ values }: MutationResult): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
}

function Created({ noun, result }: { noun: Noun; result: MutationResult }) {
  return (
    <div className="panel" role="status">
      <p>Created. The server returns the following only now:</p>
      <dl className="values">
        {onceOnly(result).map(([name, value]) => (
          <div key={name}>
            <dt>{displayName(name)}</dt>
            <dd>
              <code>{value}</code> <CopyButton className="copy" text={value} name={`Copy ${displayName(name)}`} />
            </dd>
          </div>
        ))}
      </dl>
      {result.object && <ViewLink path={objectPath(noun.key, String(result.object.id))}>Open the object</ViewLink>}
    </div>
  );
}
