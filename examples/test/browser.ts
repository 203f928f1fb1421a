/** A fetch for the tests, with what a browser adds: cookies and the page's origin. It can also lose responses. */

import { createHmac } from "node:crypto";

interface SentRequest {
  /** The name of the first root field. */
  field: string;
  idempotencyKey: string | null;
  isAuthenticated: boolean;
}

export class Browser {
  readonly sent: SentRequest[] = [];
  #cookie = "";
  #expiredTokens = new Set<string>();
  #lostField = "";
  #heldField = "";
  #release = () => {};

  constructor(
    private readonly origin: string,
    private readonly secretKey: string,
  ) {}

  readonly fetch: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    const request = this.#record(String(init?.body), headers);
    headers.set("Origin", this.origin);
    if (this.#cookie && init?.credentials === "include") headers.set("Cookie", this.#cookie);
    this.#replaceExpiredToken(headers);
    const response = await fetch(input, { ...init, headers });
    if (this.#lostField === request.field) {
      this.#lostField = "";
      await response.text(); // the server has committed
      throw new TypeError("The connection was lost.");
    }
    if (request.field === "refreshSession") setTimeout(() => this.#release(), 100);
    if (this.#heldField === request.field) {
      this.#heldField = "";
      await new Promise<void>((resolve) => {
        this.#release = resolve;
        setTimeout(resolve, 5000).unref(); // if the refresh has ended before
      });
    }
    const [cookie] = response.headers.getSetCookie();
    if (cookie) this.#cookie = cookie.split(";")[0]!;
    return response;
  };

  /** Lose the response to the next request for this root field. */
  loseResponse(field: string): void {
    this.#lostField = field;
  }

  /** Deliver the response to the next request for this root field only after a refresh. */
  holdResponse(field: string): void {
    this.#heldField = field;
  }

  /** From now on, the server gets an expired token instead of this one. */
  expireToken(token: string): void {
    this.#expiredTokens.add(token);
  }

  requestsFor(field: string): SentRequest[] {
    return this.sent.filter((request) => request.field === field);
  }

  #record(body: string, headers: Headers): SentRequest {
    const { query } = JSON.parse(body) as { query: string };
    const field = /\{\s*(\w+)/.exec(query)?.[1] ?? "";
    const request = {
      field,
      idempotencyKey: headers.get("Idempotency-Key"),
      isAuthenticated: headers.has("Authorization"),
    };
    this.sent.push(request);
    return request;
  }

  #replaceExpiredToken(headers: Headers): void {
    const token = headers.get("Authorization")?.replace("Bearer ", "");
    if (token && this.#expiredTokens.has(token)) headers.set("Authorization", `Bearer ${this.#asExpired(token)}`);
  }

  /** The same token as if it had been issued an hour earlier, signed with the key of the test server. */
  #asExpired(token: string): string {
    const [header, payload] = token.split(".") as [string, string];
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, number>;
    for (const name of ["exp", "iat", "nbf"]) claims[name]! -= 3600;
    const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    return `${signed}.${createHmac("sha256", this.secretKey).update(signed).digest("base64url")}`;
  }
}
