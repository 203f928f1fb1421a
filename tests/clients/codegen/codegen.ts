import type { CodegenConfig } from "@graphql-codegen/cli";

const scalars = { Date: "string", DateTime: "string", Decimal: "string", JSON: "Record<string, unknown>" };
const config = { scalars, strictScalars: true, useTypeImports: true };

const codegen: CodegenConfig = {
  schema: "schema.graphql",
  documents: ["src/**/*.ts"],
  emitLegacyCommonJSImports: false,
  generates: {
    "src/gql/": { preset: "client", presetConfig: { fragmentMasking: { unmaskFunctionName: "getFragmentData" } }, config },
    "src/all-types.ts": { plugins: ["typescript"], config },
    "src/operations.ts": { plugins: ["typescript-operations"], config },
  },
};

export default codegen;
