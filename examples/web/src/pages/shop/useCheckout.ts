import { useState } from "react";
import { useMutation } from "urql";
import { isTransient } from "../../api/retry";
import { PlaceOrderDocument, type PlaceOrderInput } from "../../gql/graphql";

interface Attempt {
  idempotencyKey: string;
  input: PlaceOrderInput;
}

/**
 * Places an order once. If the response is lost, even after the retries of the client, the order may exist:
 * `retry` sends the same request with the same key, and the server answers with the order that it has placed.
 */
export function useCheckout() {
  const [result, placeOrder] = useMutation(PlaceOrderDocument);
  const [lost, setLost] = useState<Attempt | null>(null);

  async function send(attempt: Attempt): Promise<boolean> {
    const { idempotencyKey, input } = attempt;
    const { data, error } = await placeOrder({ input }, { idempotencyKey });
    setLost(error && isTransient(error) ? attempt : null);
    return Boolean(data?.placeOrder?.order);
  }

  return {
    order: result.data?.placeOrder?.order,
    userErrors: result.data?.placeOrder?.userErrors ?? [],
    error: result.error,
    isSending: result.fetching,
    /** Sends a new order; returns whether it was placed. */
    checkOut: (input: PlaceOrderInput) => send({ idempotencyKey: crypto.randomUUID(), input }),
    /** Sends the order again whose response was lost; null if there is none. */
    retry: lost && (() => send(lost)),
  };
}
