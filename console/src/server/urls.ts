/** The URL of the GraphQL endpoint. The page's `<base>` is the folder `graphql/console/` of the server. */
export function endpointUrl(): string {
  return new URL('../../graphql', document.baseURI).href;
}

/** The URL of the endpoint for plans of operations. */
export function planUrl(): string {
  return `${endpointUrl()}/plan`;
}

/** The URL of the endpoint for WebSocket. */
export function socketUrl(): string {
  return endpointUrl().replace(/^http/, 'ws');
}

/** The URL of a file that the server makes for the console. */
export function consoleUrl(file: string): string {
  return new URL(file, document.baseURI).href;
}

/** The URL of a page outside the console, such as `reset-password`. */
export function pageUrl(name: string): string {
  return new URL(`../../${name}`, document.baseURI).href;
}
