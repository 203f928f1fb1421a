import { createContext, useContext } from 'react';
import { describeMutations, type NounMutations } from './describe/mutations';
import { describeNouns, describeSingletons, type Noun, type Singleton } from './describe/nouns';
import type { TypeIndex } from './describe/typeIndex';

/** What the schema offers, and what the user may use of it. */
export interface Catalog {
  index: TypeIndex;
  nouns: Noun[];
  /** Root fields with one object that the user may read. */
  singletons: Singleton[];
  isPermitted: (rootField: string) => boolean;
}

/** The catalog of the data browser. */
export const CatalogContext = createContext<Catalog | null>(null);

/** The catalog that the data browser has loaded. */
export function useCatalog(): Catalog {
  const catalog = useContext(CatalogContext);
  if (catalog === null) throw new Error('The catalog is not loaded.');
  return catalog;
}

/** Describe the nouns of a schema for a user with these permissions. */
export function buildCatalog(index: TypeIndex, permissions: readonly string[]): Catalog {
  const permitted = new Set(permissions);
  const isPermitted = (name: string) => permitted.has(name);
  const singletons = describeSingletons(index).filter(({ field }) => isPermitted(field));
  return { index, nouns: describeNouns(index), singletons, isPermitted };
}

/** The nouns whose lists the user may read. */
export function listedNouns({ nouns, isPermitted }: Catalog): Noun[] {
  return nouns.filter(noun => noun.list !== null && isPermitted(noun.list.field));
}

/** The noun of a name in the address. */
export function nounByKey({ nouns }: Catalog, key: string): Noun | undefined {
  return nouns.find(noun => noun.key === key);
}

/** The noun of a type. */
export function nounByType({ nouns }: Catalog, type: string): Noun | undefined {
  return nouns.find(noun => noun.type === type);
}

/** The mutations of a type that the user may use. */
export function mutationsOf({ index, isPermitted }: Catalog, type: string): NounMutations {
  return describeMutations(index, type, isPermitted);
}

/** The noun as the user may open its objects: without permission for its own root field, `node` finds them. */
export function openable({ isPermitted }: Catalog, noun: Noun): Noun {
  return noun.single && !isPermitted(noun.single.field) ? { ...noun, single: null } : noun;
}
