/** What both clients do against a running server. The environment names the server and its key. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import type { Saved } from "../common/merge.js";
import { resumeOrSignIn, Session } from "../common/session.js";
import type { Task, TaskInput, TasksData } from "../common/tasks.js";
import { describeByField } from "../common/userErrors.js";
import { Browser } from "./browser.js";

export interface ClientOptions {
  endpoint: string;
  tenant: string;
  session: Session;
  fetch: typeof fetch;
}

export interface ExampleClient {
  /** Load this many pages of two tasks with titles that begin with a text, and return the whole list. */
  loadPages(pages: number, titlePrefix: string): Promise<TasksData["tasks"]>;
  createTask(input: TaskInput): Promise<Saved<Task>>;
  updateTask(id: string, input: TaskInput, expectedVersion: number): Promise<Saved<Task>>;
  saveTask(
    base: Task,
    changes: TaskInput,
    choose: (fields: (keyof Task)[], theirs: Task) => Promise<(keyof Task)[]>,
  ): Promise<Saved<Task>>;
}

const ORIGIN = process.env["ALLOTMENT_URL"]!;
const ENDPOINT = `${ORIGIN}/graphql`;
const PASSWORD = "Allotment-demo-1!";
const neverAsk = () => Promise.reject(new Error("There is nothing to ask."));

interface Scene {
  browser: Browser;
  session: Session;
  client: ExampleClient;
}

export function runScenarios(connect: (options: ClientOptions) => ExampleClient): void {
  for (const refreshTokenIn of ["COOKIE", "PAYLOAD"] as const)
    test(`three requests with an expired token refresh once, token in ${refreshTokenIn}`, async () => {
      const { browser, session, client } = await signIn(connect, refreshTokenIn);
      browser.expireToken(session.accessToken!);
      const results = await Promise.all(["A", "B", "C"].map((prefix) => client.loadPages(1, prefix)));
      assert.equal(results.length, 3);
      assert.equal(browser.requestsFor("refreshSession").length, 1);
      assert.equal(browser.requestsFor("tasks").length, 6);
    });

  test("a request that is rejected after the refresh does not refresh again", async () => {
    const { browser, session, client } = await signIn(connect);
    browser.expireToken(session.accessToken!);
    browser.holdResponse("tasks");
    await Promise.all(["A", "B"].map((prefix) => client.loadPages(1, prefix)));
    assert.equal(browser.requestsFor("refreshSession").length, 1);
    assert.equal(browser.requestsFor("tasks").length, 4);
  });

  test("a mutation with an expired token is performed once", async () => {
    const { browser, session, client } = await signIn(connect);
    browser.expireToken(session.accessToken!);
    const title = uniqueTitle();
    const { userErrors } = await client.createTask({ title });
    assert.deepEqual(userErrors, []);
    assert.equal((await client.loadPages(1, title)).edges.length, 1);
    assert.equal(browser.requestsFor("createTask").length, 2);
  });

  test("several tabs refresh at once with one cookie", async () => {
    const { browser, session } = await signIn(connect);
    const otherTab = new Session({ endpoint: ENDPOINT, fetch: browser.fetch });
    assert.deepEqual(await Promise.all([session.refresh(), otherTab.refresh()]), [true, true]);
    assert.equal(await session.refresh(), true);
    assert.equal(await otherTab.refresh(), true);
  });

  for (const refreshTokenIn of ["COOKIE", "PAYLOAD"] as const)
    test(`a refresh whose response is lost is sent again, token in ${refreshTokenIn}`, async () => {
      const { browser, session, client } = await signIn(connect, refreshTokenIn);
      browser.expireToken(session.accessToken!);
      browser.loseResponse("refreshSession");
      await Promise.all(["A", "B"].map((prefix) => client.loadPages(1, prefix)));
      assert.equal(browser.requestsFor("refreshSession").length, 2);
      assert.equal(await session.refresh(), true);
    });

  test("a connection that stays open gets a token that does not expire soon", async () => {
    const { browser, session } = await signIn(connect);
    const token = session.accessToken;
    assert.equal(await session.freshAccessToken(), token);
    mock.timers.enable({ apis: ["Date"], now: Date.now() + 15 * 60_000 });
    try {
      assert.notEqual(await session.freshAccessToken(), token);
    } finally {
      mock.timers.reset();
    }
    assert.equal(browser.requestsFor("refreshSession").length, 1);
  });

  test("a session that has ended is not refreshed, and the request fails", async () => {
    const { browser, session, client } = await signIn(connect);
    const token = session.accessToken;
    await session.signOut();
    session.accessToken = token;
    await assert.rejects(client.loadPages(1, "A"), /session|sign in/i);
    assert.equal(session.accessToken, null);
    assert.equal(browser.requestsFor("refreshSession").length, 1);
  });

  test("a mutation whose response is lost is retried with its key, and performed once", async () => {
    const { browser, client } = await signIn(connect);
    const title = uniqueTitle();
    browser.loseResponse("createTask");
    const { object } = await client.createTask({ title });
    assert.equal(object?.title, title);
    assert.equal((await client.loadPages(1, title)).edges.length, 1);
    const keys = browser.requestsFor("createTask").map((request) => request.idempotencyKey);
    assert.equal(keys.length, 2);
    assert.equal(new Set(keys).size, 1);
    assert.ok(keys[0]);
    assert.equal(browser.requestsFor("tasks")[0]?.idempotencyKey, null);
  });

  test("a new mutation has a new key, even if it is the same", async () => {
    const { browser, client } = await signIn(connect);
    const title = uniqueTitle();
    await client.createTask({ title });
    await client.createTask({ title });
    assert.equal((await client.loadPages(1, title)).edges.length, 2);
    assert.equal(new Set(browser.requestsFor("createTask").map((request) => request.idempotencyKey)).size, 2);
  });

  test("a query whose response is lost is sent again", async () => {
    const { browser, client } = await signIn(connect);
    browser.loseResponse("tasks");
    assert.ok(await client.loadPages(1, ""));
    assert.equal(browser.requestsFor("tasks").length, 2);
  });

  test("changes of different fields are merged after a conflict", async () => {
    const { client } = await signIn(connect);
    const base = await createBase(client);
    await client.updateTask(base.id, { status: "DONE" }, base.version);
    const { object, userErrors } = await client.saveTask(base, { priority: "HIGH" }, neverAsk);
    assert.deepEqual(userErrors, []);
    assert.deepEqual([object?.status, object?.priority, object?.version], ["DONE", "HIGH", 3]);
  });

  for (const [keepMine, title] of [[true, "Mine"], [false, "Theirs"]] as const)
    test(`the user decides about a field that both have changed: ${title}`, async () => {
      const { client } = await signIn(connect);
      const base = await createBase(client);
      await client.updateTask(base.id, { title: "Theirs" }, base.version);
      const asked: (keyof Task)[][] = [];
      const { object } = await client.saveTask(base, { title: "Mine", status: "DONE" }, async (fields) => {
        asked.push(fields);
        return keepMine ? fields : [];
      });
      assert.deepEqual(asked, [["title"]]);
      assert.deepEqual([object?.title, object?.status], [title, "DONE"]);
    });

  test("pages are appended without duplicates, also if an object is added meanwhile", async () => {
    const { client } = await signIn(connect);
    const prefix = uniqueTitle();
    for (const number of [1, 2, 3, 4, 5]) await client.createTask({ title: `${prefix} ${number}` });
    const { edges, pageInfo } = await client.loadPages(3, prefix);
    const titles = edges.map(({ node }) => node.title);
    assert.deepEqual(titles, [5, 4, 3, 2, 1].map((number) => `${prefix} ${number}`));
    assert.equal(pageInfo.hasNextPage, false);
    await client.createTask({ title: `${prefix} 6` });
    const first = await client.loadPages(1, prefix);
    assert.deepEqual(first.edges.map(({ node }) => node.title), [`${prefix} 6`, `${prefix} 5`]);
  });

  test("user errors become sentences by field", async () => {
    const { client } = await signIn(connect);
    const { userErrors } = await client.createTask({ title: "" });
    assert.deepEqual([...describeByField(userErrors)], [["input.title", "Please fill in this field."]]);
    const tooLong = await client.createTask({ title: "x".repeat(300) });
    assert.match(describeByField(tooLong.userErrors).get("input.title")!, /^Please shorten this to \d+ characters; it has 300\.$/);
  });

  test("a page asks until the user has signed in, and a reloaded page does not ask", async () => {
    const browser = new Browser(ORIGIN, "");
    const passwords = ["Wrong-password-1!", PASSWORD];
    const shown: string[][] = [];
    await resumeOrSignIn(new Session({ endpoint: ENDPOINT, fetch: browser.fetch }), async (errors) => {
      shown.push(errors.map((error) => error.code));
      return { email: "member@demo.test", password: passwords.shift()! };
    });
    assert.deepEqual(shown, [[], ["BAD_CREDENTIALS"]]);
    const reloaded = new Session({ endpoint: ENDPOINT, fetch: browser.fetch });
    await resumeOrSignIn(reloaded, neverAsk);
    assert.ok(reloaded.accessToken);
  });
}

async function signIn(
  connect: (options: ClientOptions) => ExampleClient,
  refreshTokenIn: "COOKIE" | "PAYLOAD" = "COOKIE",
): Promise<Scene> {
  const browser = new Browser(ORIGIN, process.env["ALLOTMENT_SECRET_KEY"]!);
  const session = new Session({ endpoint: ENDPOINT, refreshTokenIn, fetch: browser.fetch });
  assert.deepEqual(await session.signIn("member@demo.test", PASSWORD), []);
  const client = connect({ endpoint: ENDPOINT, tenant: "demo", session, fetch: browser.fetch });
  return { browser, session, client };
}

async function createBase(client: ExampleClient): Promise<Task> {
  const { object } = await client.createTask({ title: uniqueTitle() });
  return object!;
}

let titles = 0;

function uniqueTitle(): string {
  titles += 1;
  return `Task ${process.pid}-${Date.now()}-${titles}`;
}
