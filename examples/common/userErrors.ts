/** Sentences of your own for user errors: by code, with the values that the server reports. */

export interface UserErrorParams {
  min?: string | null;
  max?: string | null;
  actual?: string | null;
  available?: string | null;
  allowed?: string[] | null;
  currentVersion?: number | null;
  value?: string | null;
}

export interface UserError {
  code: UserErrorCode;
  /** The path of the argument, such as ["input", "title"]. */
  field: string[];
  /** In English, for codes that this client does not know. */
  message: string;
  params?: UserErrorParams | null;
}

/** Select these fields in every mutation. */
export const USER_ERROR_FIELDS = "code field message params { min max actual available allowed currentVersion value }";

const SENTENCES = {
  NOT_FOUND: () => "This no longer exists.",
  CONFLICT: () => "Another user has changed this in the meantime.",
  TAKEN: ({ value }) => (value ? `“${value}” is already in use.` : "This is already in use."),
  REQUIRED: () => "Please fill in this field.",
  TOO_SHORT: ({ min }) => (min === "1" ? "Please fill in this field." : `Please enter at least ${min} characters.`),
  TOO_LONG: ({ max, actual }) => `Please shorten this to ${max} characters; it has ${actual}.`,
  OUT_OF_RANGE: ({ min, max }) => (max ? `The highest value is ${max}.` : `The lowest value is ${min}.`),
  INVALID: () => "Please check this value.",
  OUT_OF_STOCK: ({ value, available }) => `Only ${available} of ${value} are left.`,
  NOT_FOR_SALE: ({ value }) => `${value ?? "This product"} is not for sale.`,
  WRONG_STATUS: ({ allowed }) => `This is not possible now. You can: ${allowed?.join(", ") || "nothing"}.`,
  INSUFFICIENT_FUNDS: ({ available }) => `The account has only ${available}.`,
  OTHER_CURRENCY: () => "The accounts have different currencies.",
  ACCOUNT_CLOSED: () => "This account is closed.",
  NOT_EMPTY: ({ available }) => `The account still has ${available}.`,
  LAST_OWNER: () => "Someone has to remain the owner.",
  BAD_CREDENTIALS: () => "The email address or the password is wrong.",
  SECOND_FACTOR_REQUIRED: () => "Please enter a code of your authenticator app.",
  BAD_CODE: () => "This code is wrong, or was used already.",
} satisfies Record<string, (params: UserErrorParams) => string>;

export type UserErrorCode = keyof typeof SENTENCES;

/** The sentence for one error. */
export function describeError({ code, message, params }: UserError): string {
  const sentence: ((params: UserErrorParams) => string) | undefined = SENTENCES[code];
  return sentence ? sentence(params ?? {}) : message;
}

/** The sentences by the path of the input that they belong to, such as "input.title". */
export function describeByField(errors: UserError[]): Map<string, string> {
  return new Map(errors.map((error) => [error.field.join("."), describeError(error)]));
}
