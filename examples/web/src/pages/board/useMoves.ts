import { startTransition, useOptimistic, useState } from "react";
import { useMutation } from "urql";
import { describeError } from "../../../../common/userErrors.js";
import { describeFailure } from "../../api/errors";
import { type CardFragment, MoveTaskDocument, type TaskStatus } from "../../gql/graphql";

export interface ShownCard extends CardFragment {
  isMoving?: boolean;
}

/** Why a card is not where the user has put it. With `wanted`, someone else has changed it first. */
export interface Problem {
  message: string;
  wanted?: TaskStatus;
}

/** Moves cards at once, before the server answers. If the server refuses, they return, and there is a problem to show. */
export function useMoves(liveCards: CardFragment[]) {
  const [, moveTask] = useMutation(MoveTaskDocument);
  const [answers, setAnswers] = useState<Record<string, CardFragment>>({});
  const [problems, setProblems] = useState<Record<string, Problem>>({});
  const [cards, showMove] = useOptimistic<ShownCard[], ShownCard>(
    liveCards.map((card) => newer(card, answers[card.id])),
    (shown, moved) => shown.map((card) => (card.id === moved.id ? moved : card)),
  );

  function dismiss(id: string) {
    setProblems(({ [id]: _, ...others }) => others);
  }

  function move(card: CardFragment, status: TaskStatus) {
    dismiss(card.id);
    startTransition(async () => {
      showMove({ ...card, status, isMoving: true });
      const { data, error } = await moveTask({ id: card.id, expectedVersion: card.version, status });
      const answer = data?.updateTask;
      if (answer?.task) setAnswers((before) => ({ ...before, [card.id]: answer.task as CardFragment }));
      const [userError] = answer?.userErrors ?? [];
      if (error) setProblems((before) => ({ ...before, [card.id]: { message: describeFailure(error) } }));
      if (userError) {
        const wanted = userError.code === "CONFLICT" ? status : undefined;
        setProblems((before) => ({ ...before, [card.id]: { message: describeError(userError), wanted } }));
      }
    });
  }

  return { cards, problems, move, dismiss };
}

/** The answer to a move may come before or after the result of the live query that contains it. */
function newer(live: CardFragment, answer: CardFragment | undefined): CardFragment {
  return answer && answer.version > live.version ? answer : live;
}
