/**
 * The signal of a test's calls that may take as long as the test. A deadline that is set where a file begins may be over when its
 * tests run: files may share a process, and all of them are read first.
 */
export const NO_DEADLINE: AbortSignal = new AbortController().signal;
