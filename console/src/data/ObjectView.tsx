import { type ReactNode, useMemo, useState } from 'react';
import { ViewLink } from '../ui/ViewLink';
import { openView } from '../ui/view';
import { ActionBar } from './ActionBar';
import { mutationsOf, openable, useCatalog } from './catalog';
import type { Row } from './describe/changes';
import { displayName } from './describe/names';
import type { Noun } from './describe/nouns';
import { objectOperation } from './describe/operations';
import { listPath, type ObjectRoute, objectPath } from './describe/route';
import { EditForm } from './EditForm';
import { Errors } from './Errors';
import { Heading } from './Heading';
import { PastForm } from './PastForm';
import { Sections } from './Sections';
import { useOperation } from './useOperation';
import { FieldValue, Time } from './Value';

/** An object with its fields, related objects, history and events; its form, and what can be done with it. */
export function ObjectView({ noun: described, route }: { noun: Noun; route: ObjectRoute }) {
  const catalog = useCatalog();
  const noun = useMemo(() => openable(catalog, described), [catalog, described]);
  const operation = useMemo(() => objectOperation(noun, route.id, route), [noun, route]);
  const { data, errors, isLoading, reload } = useOperation<{ object: Row | null }>(operation);
  const [changes, setChanges] = useState(0);
  const changed = () => {
    setChanges(changes + 1);
    reload();
  };
  const object = data?.object;
  if (!object)
    return <Missing noun={noun} errors={<Errors errors={errors} onRetry={reload} />} isLoading={isLoading} />;
  return (
    <article aria-busy={isLoading}>
      <Breadcrumb noun={noun} />
      <Heading text={titleOf(noun, object)} />
      <Errors errors={errors} onRetry={reload} />
      {route.asOf ? (
        <PastNotice noun={noun} route={route} asOf={route.asOf} />
      ) : (
        <ChangeArea noun={noun} object={object} onChanged={changed} />
      )}
      <Fields noun={noun} object={object} />
      {noun.single?.hasAsOf && <PastForm noun={noun} route={route} />}
      {!route.asOf && <Sections key={changes} noun={noun} route={route} />}
    </article>
  );
}

function titleOf(noun: Noun, object: Row): string {
  const label = noun.label === null ? null : object[noun.label];
  return label ? String(label) : `${displayName(noun.type)} ${String(object.id)}`;
}

function Breadcrumb({ noun }: { noun: Noun }) {
  const { isPermitted } = useCatalog();
  if (!noun.list || !isPermitted(noun.list.field)) return <p className="breadcrumb">{displayName(noun.type)}</p>;
  return (
    <p className="breadcrumb">
      <ViewLink path={listPath({ noun: noun.key })}>{displayName(noun.key)}</ViewLink>
    </p>
  );
}

function Missing({ noun, errors, isLoading }: { noun: Noun; errors: ReactNode; isLoading: boolean }) {
  if (isLoading) return <p role="status">Loading…</p>;
  return (
    <article>
      <Breadcrumb noun={noun} />
      <Heading text="Not found" />
      {errors}
      <p>No object with this id exists in this tenant, or you may not see it.</p>
    </article>
  );
}

function PastNotice({ noun, route, asOf }: { noun: Noun; route: ObjectRoute; asOf: string }) {
  return (
    <p className="notice" role="status">
      This is the object as it was on <Time exact={asOf} />.{' '}
      <ViewLink path={objectPath(noun.key, route.id, { flags: route.flags })}>Show the present</ViewLink>
    </p>
  );
}

function ChangeArea({ noun, object, onChanged }: { noun: Noun; object: Row; onChanged: () => void }) {
  const catalog = useCatalog();
  const [isEditing, setEditing] = useState(false);
  const mutations = useMemo(() => mutationsOf(catalog, noun.type), [catalog, noun.type]);
  if (isEditing && mutations.update) {
    const close = () => setEditing(false);
    const saved = () => {
      close();
      onChanged();
    };
    return <EditForm noun={noun} mutation={mutations.update} object={object} onSaved={saved} onClose={close} />;
  }
  return (
    <ActionBar
      noun={noun}
      object={object}
      mutations={mutations}
      onEdit={() => setEditing(true)}
      onChanged={onChanged}
      onDeleted={() => openView(listPath({ noun: noun.key }))}
    />
  );
}

function Fields({ noun, object }: { noun: Noun; object: Row }) {
  const fields = noun.fields.filter(field => field.kind !== 'list' && field.name in object);
  return (
    <dl className="values">
      {fields.map(field => (
        <div key={field.name}>
          <dt title={field.description}>{displayName(field.name)}</dt>
          <dd>
            <FieldValue field={field} value={object[field.name]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
