import { createStore, type Store } from '../server/store';

/** A request to show a dialog. */
export interface PromptRequest {
  /** Why it is shown; null if the user asked for it. */
  reason: string | null;
  resolve: (isDone: boolean) => void;
}

/** A dialog that an operation can wait for. */
export interface Prompt {
  /** The request that the dialog answers; null if it is closed. */
  request: Store<PromptRequest | null>;
  /** Show the dialog. Resolves to whether the user did what it asks for. */
  open: (reason?: string | null) => Promise<boolean>;
  /** Close the dialog. */
  close: (isDone: boolean) => void;
}

/** Create the state of a dialog, which is closed. */
export function createPrompt(): Prompt {
  const request = createStore<PromptRequest | null>(null);
  return {
    request,
    open: (reason = null) => {
      request.get()?.resolve(false);
      return new Promise(resolve => request.set({ reason, resolve }));
    },
    close: isDone => {
      const current = request.get();
      request.set(null);
      current?.resolve(isDone);
    },
  };
}
