/** Runs something synchronous where a server's sockets are to be opened, such as in a network namespace. */
export type Within = <T>(action: () => T) => T;

/** Where this process is. */
export const here: Within = (action) => action();
