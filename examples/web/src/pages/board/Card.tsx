import type { TaskStatus } from "../../gql/graphql";
import { STATUSES, titleOf } from "./statuses";
import type { Problem, ShownCard } from "./useMoves";

interface Props {
  card: ShownCard;
  problem: Problem | undefined;
  move: (status: TaskStatus) => void;
  dismiss: () => void;
}

/** A task, with buttons to move it. It can also be dragged. */
export function Card({ card, problem, move, dismiss }: Props) {
  return (
    <article
      aria-label={card.title}
      aria-busy={card.isMoving}
      draggable={!card.isMoving}
      onDragStart={(event) => event.dataTransfer.setData("text/plain", card.id)}
    >
      <h3>{card.title}</h3>
      <p>
        {card.priority.toLowerCase()} priority{card.assignee && `, ${card.assignee.name}`}
      </p>
      {problem && <ProblemOfCard card={card} problem={problem} move={move} dismiss={dismiss} />}
      <p className="row">
        Move to
        {STATUSES.filter(({ status }) => status !== card.status).map(({ status, title }) => (
          <button type="button" key={status} disabled={card.isMoving} onClick={() => move(status)}>
            {title}
          </button>
        ))}
      </p>
    </article>
  );
}

/** After a conflict, the user decides. The card already shows what the other user has saved. */
function ProblemOfCard({ card, problem, move, dismiss }: Props & { problem: Problem }) {
  const { message, wanted } = problem;
  return (
    <div className="error" role="alert">
      <p>
        {message} {wanted && `It is in “${titleOf(card.status)}” now.`}
      </p>
      {wanted && wanted !== card.status && (
        <button type="button" onClick={() => move(wanted)}>
          Move to “{titleOf(wanted)}”
        </button>
      )}
      <button type="button" onClick={dismiss}>
        {wanted ? "Leave it" : "Close"}
      </button>
    </div>
  );
}
