/** By which the tests' signing secrets are kept, also in processes of their own. */
export const SECRETS_KEY = 'thirty-two letters, for tests only';
