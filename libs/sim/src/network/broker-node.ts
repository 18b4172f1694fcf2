/** The name of the machine that holds the logs; links to it can be cut like any other. */
export const BROKER = 'broker';
