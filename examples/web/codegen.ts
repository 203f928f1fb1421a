import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "src/**/*.graphql",
  emitLegacyCommonJSImports: false,
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: "sha256" }, // writes src/gql/persisted-documents.json
      },
      // The cache needs __typename. What the app sends by id must select it itself.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        scalars: { Date: "string", DateTime: "string", Decimal: "string", JSON: "Record<string, unknown>" },
        strictScalars: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
