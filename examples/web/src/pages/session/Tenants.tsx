import { useMemo, useState } from "react";
import { Provider, useQuery } from "urql";
import { createClient } from "../../api/client";
import { ErrorMessage } from "../../components/ErrorMessage";
import { MembershipsDocument } from "../../gql/graphql";
import { TenantPages } from "./TenantPages";

const STORED_TENANT = "tenant";

/** Opens the tenant that the user chose last, or their first one. */
export function Tenants() {
  const [{ data, error, fetching }, reload] = useQuery({ query: MembershipsDocument });
  const [slug, setSlug] = useState(() => localStorage.getItem(STORED_TENANT));
  const memberships = data?.viewer?.memberships.nodes ?? [];
  const membership = memberships.find(({ tenant }) => tenant?.slug === slug) ?? memberships[0];
  const tenant = membership?.tenant?.slug;
  const client = useMemo(() => (tenant === undefined ? null : createClient(tenant)), [tenant]);

  function choose(slug: string) {
    localStorage.setItem(STORED_TENANT, slug);
    setSlug(slug);
  }

  if (error) return <ErrorMessage error={error} retry={reload} />;
  if (fetching || !data?.viewer) return <p role="status">Loading…</p>;
  if (!membership || !client) return <p>You are not a member of a tenant yet.</p>;
  return (
    <Provider value={client} key={tenant}>
      <TenantPages userName={data.viewer.fullName} membership={membership} memberships={memberships} choose={choose} />
    </Provider>
  );
}
