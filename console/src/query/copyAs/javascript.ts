import { type SnippetRequest, TOKEN_NOTE, TOKEN_VARIABLE } from './types';

/** JavaScript with `fetch`. */
export function toFetch(request: SnippetRequest): string {
  const { url, operation } = request;
  const names = ['query', ...(operation.variables ? ['variables'] : [])];
  const name = operation.operationName ? `, operationName: ${JSON.stringify(operation.operationName)}` : '';
  return `${declarations(request)}
const response = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify({ ${names.join(', ')}${name} }),
});
console.log(JSON.stringify(await response.json(), null, 2));
`;
}

/** JavaScript with urql. */
export function toUrql(request: SnippetRequest): string {
  const method = request.type === 'mutation' ? 'mutation' : 'query';
  const variables = request.operation.variables ? 'variables' : '{}';
  return `import { Client, fetchExchange } from '@urql/core';

${declarations(request)}
const client = new Client({
  url: ${JSON.stringify(request.url)},
  exchanges: [fetchExchange],
  fetchOptions: { headers },
  preferGetMethod: false,
});
const { data, error } = await client.${method}(query, ${variables}).toPromise();
console.log(JSON.stringify(data, null, 2), error ?? '');
`;
}

/** JavaScript with Apollo Client. */
export function toApollo(request: SnippetRequest): string {
  const isMutation = request.type === 'mutation';
  const variables = request.operation.variables ? ', variables' : '';
  return `import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';

${declarations(request)}
const client = new ApolloClient({
  link: new HttpLink({ uri: ${JSON.stringify(request.url)}, headers }),
  cache: new InMemoryCache(),
});
const { data, error } = await client.${isMutation ? 'mutate' : 'query'}({
  ${isMutation ? 'mutation' : 'query'}: gql(query)${variables},
  errorPolicy: 'all',
});
console.log(JSON.stringify(data, null, 2), error ?? '');
`;
}

function declarations({ operation, headers, hasToken }: SnippetRequest): string {
  const token = hasToken ? [`Authorization: \`Bearer \${process.env.${TOKEN_VARIABLE}}\``] : [];
  const others = Object.entries(headers).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const all = [...token, ...others];
  const variables = operation.variables ? `const variables = ${JSON.stringify(operation.variables, null, 2)};\n` : '';
  return `${hasToken ? `// ${TOKEN_NOTE}\n` : ''}const headers = {${all.length ? ` ${all.join(', ')} ` : ''}};
const query = ${templateLiteral(operation.query)};
${variables}`;
}

/** A text as a template literal, with its line breaks. */
export function templateLiteral(text: string): string {
  const escaped = text.replaceAll(/[\\`]|\$(?=\{)/g, '\\$&').replaceAll('\r', '\\r');
  return `\`\n${escaped}\n\``;
}
