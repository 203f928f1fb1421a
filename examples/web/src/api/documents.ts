/** How a document is sent: by its id in a build, as text in development, where documents change all the time. */

import { type DocumentInput, type Exchange, stringifyDocument } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

/** Codegen writes the id into the document, and both into src/gql/persisted-documents.json. */
function documentId(document: object): string {
  return (document as { __meta__: { hash: string } }).__meta__.hash;
}

/** What names the document in the body of a request. */
export function documentInBody(document: DocumentInput & object): { query: string } | { documentId: string } {
  return import.meta.env.PROD ? { documentId: documentId(document) } : { query: stringifyDocument(document) };
}

/** Lets urql send ids. The server refuses ids that were not registered with `allotment persist`. */
export const documentIdExchange: Exchange = persistedExchange({
  generateHash: async (_text, document) => documentId(document).replace("sha256:", ""),
  enforcePersistedQueries: true,
  enableForMutation: true,
  preferGetForPersistedQueries: false,
});
