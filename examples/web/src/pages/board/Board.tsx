import { useQuery } from "urql";
import { isConnectionLost } from "../../api/live";
import { useValue } from "../../api/value";
import { ErrorMessage } from "../../components/ErrorMessage";
import { BoardDocument } from "../../gql/graphql";
import { Card } from "./Card";
import { STATUSES } from "./statuses";
import { useMoves } from "./useMoves";

/** The tasks of a project by status. What others change shows at once. */
export function Board({ projectId }: { projectId: string }) {
  const [{ data, error }, reload] = useQuery({ query: BoardDocument, variables: { projectId } });
  const isOffline = useValue(isConnectionLost);
  const tasks = data?.tasks;
  const { cards, problems, move, dismiss } = useMoves(tasks?.nodes ?? []);

  if (error) return <ErrorMessage error={error} retry={reload} />;
  if (!tasks) return <p role="status">{isOffline ? "The server cannot be reached. Trying again." : "Loading…"}</p>;
  return (
    <>
      {isOffline && <p role="status">Connecting again. What others change does not show yet.</p>}
      {tasks.totalCount > cards.length && <p>The board shows the newest {cards.length} tasks.</p>}
      <div className="board">
        {STATUSES.map(({ status, title }) => (
          <section
            key={status}
            aria-label={title}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              const card = cards.find(({ id }) => id === event.dataTransfer.getData("text/plain"));
              if (card && card.status !== status && !card.isMoving) move(card, status);
            }}
          >
            <h2>{title}</h2>
            {cards
              .filter((card) => card.status === status)
              .map((card) => (
                <Card
                  key={card.id}
                  card={card}
                  problem={problems[card.id]}
                  move={(status) => move(card, status)}
                  dismiss={() => dismiss(card.id)}
                />
              ))}
          </section>
        ))}
      </div>
    </>
  );
}
