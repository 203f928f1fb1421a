// The example operations, in the order of their tabs.
import aggregate from './aggregate.graphql?raw';
import auditLog from './audit-log.graphql?raw';
import createArticle from './create-article.graphql?raw';
import createTask from './create-task.graphql?raw';
import deleteDocument from './delete-document.graphql?raw';
import documents from './documents.graphql?raw';
import logIn from './log-in.graphql?raw';
import myWork from './my-work.graphql?raw';
import openTasks from './open-tasks.graphql?raw';
import orders from './orders.graphql?raw';
import pastDocument from './past-document.graphql?raw';
import placeOrder from './place-order.graphql?raw';
import products from './products.graphql?raw';
import projects from './projects.graphql?raw';
import search from './search.graphql?raw';
import taskCounts from './task-counts.graphql?raw';
import whoAmI from './who-am-i.graphql?raw';

export const examples = [
  logIn,
  whoAmI,
  myWork,
  projects,
  openTasks,
  taskCounts,
  aggregate,
  createTask,
  orders,
  products,
  placeOrder,
  search,
  createArticle,
  documents,
  deleteDocument,
  pastDocument,
  auditLog,
];
