// Errors of the command itself, which need no traceback: the message says all.

/** Something cannot be done. */
export class CommandError extends Error {}

/** The words make no sense. Its message begins the text that tells how they would. */
export class UsageError extends Error {}
