import { runScenarios } from "../../test/scenarios.js";
import { createClient } from "../src/client.js";
import { createTask, loadMoreTasks, saveTask, type TasksQuery, updateTask, watchTasks } from "../src/tasks.js";
import type { TasksData } from "../../common/tasks.js";

runScenarios((options) => {
  const client = createClient(options);
  return {
    async loadPages(pages, titlePrefix) {
      const query = watchTasks(client, { title: { startsWith: titlePrefix } });
      let tasks = await nextTasks(query, 0);
      for (let page = 1; page < pages; page++) {
        const longer = nextTasks(query, tasks.edges.length + 1);
        await loadMoreTasks(query, tasks.pageInfo.endCursor);
        tasks = await longer;
      }
      return tasks;
    },
    createTask: (input) => createTask(client, input),
    updateTask: (id, input, version) => updateTask(client, id, input, version),
    saveTask: (base, changes, choose) => saveTask(client, base, changes, choose),
  };
});

/** The next result that a component would show with at least this many tasks. */
function nextTasks(query: TasksQuery, length: number): Promise<TasksData["tasks"]> {
  return new Promise((resolve, reject) => {
    const subscription = query.subscribe(({ data, error, dataState }) => {
      if (!error && (dataState !== "complete" || data.tasks.edges.length < length)) return;
      queueMicrotask(() => subscription.unsubscribe()); // the first result arrives within `subscribe`
      if (error) reject(error);
      else if (dataState === "complete") resolve(data.tasks);
    });
  });
}
