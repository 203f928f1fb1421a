import { createPrompt } from './prompt';

/** The dialog to sign in. */
export const signInPrompt = createPrompt();

/** Show the sign-in form. Resolves to whether the user signed in. */
export const openSignIn = signInPrompt.open;
