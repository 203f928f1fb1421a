import { createStore, type Store } from '../server/store';

const STORAGE_KEY = 'allotment:tenant';

/** The slug of the tenant for `X-Tenant`; null without one. */
export const tenantSlug: Store<string | null> = createStore<string | null>(null);

/** The slug that `X-Tenant` names. */
export function selectedTenant(): string | null {
  return tenantSlug.get();
}

/** The tenant that this browser used last. A slug is no secret. */
export function lastTenant(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? localStorage.getItem(STORAGE_KEY);
  } catch {
    return null; // storage is disabled
  }
}

/** Select a tenant for this tab, and for tabs that are opened later. */
export function storeTenant(slug: string | null): void {
  tenantSlug.set(slug);
  if (slug === null) return;
  try {
    sessionStorage.setItem(STORAGE_KEY, slug);
    localStorage.setItem(STORAGE_KEY, slug);
  } catch {
    // storage is disabled: the choice lasts until the page is closed
  }
}
