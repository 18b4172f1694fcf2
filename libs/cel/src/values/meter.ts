/**
 * Called for each step of work that the sizes of the arguments do not bound: values that contain one another may be far larger than what was
 * paid for making them. Throws `CostExceededError` where there has been enough.
 */
export type Meter = () => void;

/** For values that come from outside: JSON contains nothing twice. */
export const unmetered: Meter = () => undefined;
