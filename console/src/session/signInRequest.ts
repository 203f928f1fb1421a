import { createStore, type Store } from '../server/store';

/** A request to show the sign-in form. */
export interface SignInRequest {
  /** Why it is shown; null if the user asked for it. */
  reason: string | null;
  resolve: (isSignedIn: boolean) => void;
}

/** The request that the dialog answers; null if it is closed. */
export const signInRequest: Store<SignInRequest | null> = createStore<SignInRequest | null>(null);

/** Show the sign-in form. Resolves to whether the user signed in. */
export function openSignIn(reason: string | null = null): Promise<boolean> {
  signInRequest.get()?.resolve(false);
  return new Promise(resolve => signInRequest.set({ reason, resolve }));
}

/** Close the form. */
export function closeSignIn(isSignedIn: boolean): void {
  const request = signInRequest.get();
  signInRequest.set(null);
  request?.resolve(isSignedIn);
}
