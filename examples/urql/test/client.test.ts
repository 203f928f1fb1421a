import { runScenarios } from "../../test/scenarios.js";
import { createClient } from "../src/client.js";
import { createTask, loadTasks, saveTask, updateTask } from "../src/tasks.js";

runScenarios((options) => {
  const client = createClient(options);
  return {
    async loadPages(pages, titlePrefix) {
      const where = { title: { startsWith: titlePrefix } };
      let tasks = await loadTasks(client, null, where);
      for (let page = 1; page < pages; page++) tasks = await loadTasks(client, tasks.pageInfo.endCursor, where);
      return tasks;
    },
    createTask: (input) => createTask(client, input),
    updateTask: (id, input, version) => updateTask(client, id, input, version),
    saveTask: (base, changes, choose) => saveTask(client, base, changes, choose),
  };
});
