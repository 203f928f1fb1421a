/** The session of a signed-in user: holds the access token in memory, and refreshes it. */

import type { UserError } from "./userErrors.js";

const LOGIN = `mutation ($input: LoginInput!) {
  login(input: $input) { accessToken refreshToken expiresAt userErrors { code field message params { min max value } } }
}`;
const REFRESH = `mutation ($input: RefreshTokenInput) {
  refreshSession(input: $input) { accessToken refreshToken expiresAt userErrors { code field message } }
}`;
const LOGOUT = `mutation ($input: RefreshTokenInput) { logout(input: $input) { done } }`;

const REFRESH_ATTEMPTS = 4;
const EXPIRES_SOON_MS = 30_000;

interface Tokens {
  accessToken: string | null;
  /** Null if it is in a cookie. */
  refreshToken: string | null;
  expiresAt: string | null;
  userErrors: UserError[];
}

/** The operations that a session sends: each the part of a request's body that names the document. */
export type SessionOperations = Record<"login" | "refreshSession" | "logout", { query: string } | { documentId: string }>;

const OPERATIONS: SessionOperations = {
  login: { query: LOGIN },
  refreshSession: { query: REFRESH },
  logout: { query: LOGOUT },
};

export interface SessionOptions {
  endpoint: string;
  /** COOKIE for pages of the server's own site, PAYLOAD for all others and for apps. */
  refreshTokenIn?: "COOKIE" | "PAYLOAD";
  /** For clients that send the ids of persisted documents. They select what the texts of this file select. */
  operations?: SessionOperations;
  /** Is called when the session has begun, was refreshed or has ended. */
  onChange?: () => void;
  fetch?: typeof fetch;
}

export class Session {
  accessToken: string | null = null;
  #refreshToken: string | null = null;
  #expiresAt = 0;
  #refreshing: Promise<boolean> | null = null;

  constructor(private readonly options: SessionOptions) {}

  /** Sign in; return the errors to show, none if it succeeded. `SECOND_FACTOR_REQUIRED` asks for a code, too. */
  async signIn(email: string, password: string, code?: string): Promise<UserError[]> {
    const refreshTokenIn = this.options.refreshTokenIn ?? "COOKIE";
    const data = await this.#send<{ login: Tokens }>("login", { input: { email, password, code, refreshTokenIn } });
    this.#store(data.login);
    return data.login.userErrors;
  }

  /**
   * Get the next access token; return false if the session has ended. Callers that ask at once share one request. Pass
   * the token that was rejected: if it has been replaced in the meantime, nothing is sent.
   */
  async refresh(rejectedToken = this.accessToken): Promise<boolean> {
    if (rejectedToken !== this.accessToken) return this.accessToken !== null;
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** The access token for a connection that stays open; it is refreshed before if it expires soon. */
  async freshAccessToken(): Promise<string> {
    if (this.#expiresAt - Date.now() < EXPIRES_SOON_MS) await this.refresh();
    if (this.accessToken === null) throw new SessionEnded("The session has ended.");
    return this.accessToken;
  }

  async signOut(): Promise<void> {
    await this.#refreshing?.catch(() => false); // otherwise it would store the next tokens afterwards
    const input = this.#tokenInput();
    this.#store(null);
    await this.#send("logout", { input });
  }

  /** If the response is lost, send the same token again: for ten seconds, the server returns the same next one. */
  async #refresh(): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        const input = this.#tokenInput();
        const data = await this.#send<{ refreshSession: Tokens | null }>("refreshSession", { input });
        this.#store(data.refreshSession);
        return this.accessToken !== null;
      } catch (error) {
        if (error instanceof SessionEnded) {
          this.#store(null);
          return false;
        }
        if (attempt === REFRESH_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
      }
    }
  }

  #tokenInput(): { refreshToken: string } | null {
    return this.#refreshToken === null ? null : { refreshToken: this.#refreshToken };
  }

  #store(tokens: Tokens | null): void {
    this.accessToken = tokens?.accessToken ?? null;
    this.#refreshToken = tokens?.refreshToken ?? null;
    this.#expiresAt = Date.parse(tokens?.expiresAt ?? "") || 0;
    this.options.onChange?.();
  }

  async #send<Data>(name: keyof SessionOperations, variables: object): Promise<Data> {
    const operation = (this.options.operations ?? OPERATIONS)[name];
    const response = await (this.options.fetch ?? fetch)(this.options.endpoint, {
      method: "POST",
      credentials: "include", // the browser stores and sends the cookie
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...operation, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data?: Data;
      errors?: { message: string; extensions: { code: string } }[];
    };
    const error = errors?.[0];
    if (error?.extensions.code === "UNAUTHENTICATED") throw new SessionEnded(error.message);
    if (error) throw new Error(error.message);
    return data!;
  }
}

class SessionEnded extends Error {}

/** Continue the session of the cookie, or ask until the user has signed in; `errors` are those of the attempt before. */
export async function resumeOrSignIn(
  session: Session,
  ask: (errors: UserError[]) => Promise<{ email: string; password: string }>,
): Promise<void> {
  if (await session.refresh()) return;
  let errors: UserError[] = [];
  do {
    const { email, password } = await ask(errors);
    errors = await session.signIn(email, password);
  } while (errors.length > 0);
}
