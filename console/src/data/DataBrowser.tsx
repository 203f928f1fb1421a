import './forms.css';
import './data.css';

import { useMemo } from 'react';
import { useSession, useSessionStatus } from '../session/session';
import { openSignIn } from '../session/signInRequest';
import { ViewLink } from '../ui/ViewLink';
import { useView } from '../ui/view';
import { type Catalog, CatalogContext, listedNouns, nounByKey } from './catalog';
import { displayName } from './describe/names';
import { type DataRoute, listPath, readRoute, UNKNOWN_NOUN } from './describe/route';
import { Errors } from './Errors';
import { FindByField, FindById } from './FindObject';
import { Heading } from './Heading';
import { ListView } from './ListView';
import { ObjectView } from './ObjectView';
import { useCatalogLoader } from './useCatalogLoader';

/** The data browser: lists, objects, their history and forms, all described by the schema. */
export default function DataBrowser() {
  const session = useSession();
  const status = useSessionStatus();
  if (status === 'loading') return <p className="notice">Loading…</p>;
  if (!session) return <SignedOut />;
  // Another user or tenant has other objects and permissions, so everything is loaded again.
  return <Browser key={`${session.user.id} ${session.tenant?.slug}`} />;
}

function SignedOut() {
  return (
    <div className="notice">
      <h1>Data</h1>
      <p>Sign in to browse the data of a tenant.</p>
      <button type="button" className="primary" onClick={() => void openSignIn()}>
        Sign in to browse
      </button>
    </div>
  );
}

function Browser() {
  const { catalog, error, retry } = useCatalogLoader();
  const { segments, search } = useView();
  const route = useMemo(() => readRoute(segments, search), [segments, search]);
  if (error && !catalog) return <Errors errors={[{ message: error }]} onRetry={retry} />;
  if (!catalog) return <p className="notice">Loading the schema…</p>;
  return (
    <CatalogContext value={catalog}>
      <div className="data">
        <NounList catalog={catalog} current={route.view === 'nouns' ? null : route.noun} />
        <div className="data-main">
          <Content catalog={catalog} route={route} />
        </div>
      </div>
    </CatalogContext>
  );
}

function NounList({ catalog, current }: { catalog: Catalog; current: string | null }) {
  const keys = [...listedNouns(catalog).map(({ key }) => key), ...catalog.singletons.map(({ field }) => field)];
  return (
    <nav className="nouns" aria-label="Types of objects">
      <ul>
        {keys.map(key => (
          <li key={key}>
            <ViewLink path={listPath({ noun: key })} isCurrent={key === current}>
              {displayName(key)}
            </ViewLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Content({ catalog, route }: { catalog: Catalog; route: DataRoute }) {
  if (route.view === 'nouns') return <Overview catalog={catalog} />;
  const noun = nounByKey(catalog, route.noun);
  if (route.view === 'object' && route.noun === UNKNOWN_NOUN) return <FindById key={route.id} id={route.id} />;
  const singleton = catalog.singletons.find(({ field }) => field === route.noun);
  if (route.view === 'list' && singleton) return <FindByField key={singleton.field} field={singleton.field} />;
  if (!noun || (route.view === 'list' && !noun.list)) return <Unknown name={route.noun} />;
  if (route.view === 'list') return <ListView key={noun.key} noun={noun} route={route} />;
  return <ObjectView key={`${noun.key} ${route.id} ${route.asOf ?? ''}`} noun={noun} route={route} />;
}

function Overview({ catalog }: { catalog: Catalog }) {
  return (
    <article>
      <Heading text="Data" />
      <p>Choose a type of objects. Those that your role may not list are not shown.</p>
      <dl>
        {listedNouns(catalog).map(noun => (
          <div key={noun.key}>
            <dt>
              <ViewLink path={listPath({ noun: noun.key })}>{displayName(noun.key)}</ViewLink>
            </dt>
            <dd>{noun.description}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function Unknown({ name }: { name: string }) {
  return (
    <article>
      <Heading text="Not found" />
      <p>The schema has no list with the name {name}.</p>
    </article>
  );
}
