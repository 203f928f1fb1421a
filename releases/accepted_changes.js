// A rule for `graphql-inspector diff`: breaking changes that accepted.json lists, each with its reason, are no errors.
// Entries without a reason, or without such a change, are.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const accepted = JSON.parse(readFileSync(resolve(process.env.ACCEPTED_CHANGES), "utf8"));

export default function acceptChanges({ changes }) {
  const breaking = new Set(changes.filter(({ criticality }) => criticality.level === "BREAKING").map(printed));
  const problems = Object.entries(accepted).flatMap(([message, reason]) => {
    const problem = findProblem(reason, breaking.has(message));
    return problem ? [`accepted.json: ${problem}: ${message}`] : [];
  });
  if (problems.length) throw new Error(problems.join("\n"));
  return changes.filter((change) => !(printed(change) in accepted));
}

function findProblem(reason, exists) {
  if (typeof reason !== "string" || !reason.trim()) return "no reason";
  return exists ? null : "no such breaking change";
}

// The message as the command prints it: it removes quotation marks, and prints what they contain in bold letters.
function printed({ message }) {
  return message.replace(/'([^']+)'/g, "$1").replace(/"([^"]+)"/g, "$1");
}
