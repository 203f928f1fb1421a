import { IssuerButtons } from './issuer/IssuerButtons';
import { PasskeyButton } from './passkeys/PasskeyButton';

interface PasswordlessSignInProps {
  onSignedIn: () => void;
  /** The token of an invitation that an issuer's user accepts with the sign-in. */
  invitationToken?: string;
  /** The path of the page to open again after the sign-in with an issuer; by default the console. */
  page?: string;
}

/** The ways to sign in without a password: a passkey, or an issuer. */
export function PasswordlessSignIn({ onSignedIn, ...target }: PasswordlessSignInProps) {
  return (
    <>
      <PasskeyButton purpose="signIn" onSuccess={onSignedIn} />
      <IssuerButtons purpose="signIn" target={target} />
    </>
  );
}
